"""How long a take usually takes is learned from takes like it, and from nobody else's."""

from datetime import timedelta
from decimal import Decimal

import pytest

from studio.generations.typical import ENOUGH, Typical, kind_of, typical_times
from tests.rows import ago, ask, put, user

pytestmark = pytest.mark.django_db
SENT = ago(hours=1)


def took(seconds, *, owner=None, **data):
    row = ask(owner=owner, **data)[0]
    return put(row, status="succeeded", submitted_at=SENT, finished_at=SENT + timedelta(seconds=seconds))


def usual(row):
    return typical_times(row.owner, [kind_of(row)]).get(kind_of(row))


def test_it_is_the_middle_half_of_takes_of_the_same_kind():
    for seconds in (60, 70, 80, 90, 1000):
        took(seconds)
    took(5, resolution="480p")
    took(6, duration=10)
    assert usual(ask()[0]) == Typical(70, 90, 5)
    assert str(usual(ask()[0])) == "1:10–1:30 min"


def test_a_few_tell_their_least_and_most():
    took(12)
    took(31)
    assert str(usual(ask()[0])) == "12–31 s"
    assert str(Typical(8, 8, 1)) == "8 s"


def test_nothing_is_said_before_there_is_a_history():
    took(12, duration=20)
    assert usual(ask()[0]) is None


def test_other_people_and_takes_that_never_came_teach_nothing(django_assert_num_queries):
    took(12, owner=user("bea"))
    put(ask()[0], status="failed", submitted_at=SENT, finished_at=SENT + timedelta(seconds=3))
    row = ask()[0]
    with django_assert_num_queries(1):
        assert usual(row) is None
    with django_assert_num_queries(0):
        assert typical_times(row.owner, []) == {}


def test_only_the_last_ones_count():
    for seconds in [500] * 5 + [40] * ENOUGH:
        took(seconds)
    assert usual(ask()[0]) == Typical(40, 40, ENOUGH)


def test_several_kinds_are_answered_at_once(django_assert_num_queries):
    took(12)
    took(13, duration=10)
    rows = [ask()[0], ask(duration=10)[0]]
    with django_assert_num_queries(1):
        found = typical_times(rows[0].owner, map(kind_of, rows))
    assert {kind[3]: each.low for kind, each in found.items()} == {Decimal(5): 12, Decimal(10): 13}

"""What every open page asks once a second."""

import pytest

from studio import clock
from studio.gallery.changes import Revisions, revisions
from studio.generations.connections import Connection
from studio.generations.models import Generation
from tests.rows import API, ask, put, user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def news(seen=(), newest=None, **more):
    return revisions(user().pk, Connection.named(API), [row.pk for row in seen], newest, most=3, **more).takes


def test_of_what_is_on_the_page_it_tells_the_revisions():
    rows = ask(3)
    put(rows[1], revision=7)
    assert news(rows[:2]) == {rows[0].pk: 1, rows[1].pk: 7}
    assert news() == {}


def test_what_came_since_is_told_and_the_newest_of_many():
    rows = ask(5)
    assert set(news(rows[:1], rows[2].pk)) == {rows[0].pk, rows[3].pk, rows[4].pk}
    assert set(news((), rows[0].pk)) == {row.pk for row in rows[2:]}


def test_new_ones_can_be_asked_to_fit():
    rows = ask(4)
    put(rows[3], favorite=True)
    favorites = Generation.objects.owned_by(user()).filter(favorite=True)
    assert set(news(rows[:1], rows[1].pk, fitting=favorites)) == {rows[0].pk, rows[3].pk}


def test_another_s_take_is_nobody_else_s_news():
    theirs = ask(owner=user("bob"))
    assert news(theirs, 0) == {}


def test_what_is_in_the_trash_is_there_only_on_its_own_page_and_what_is_gone_nowhere():
    trashed, purged = ask(2)
    put(trashed, deleted_at=clock.now())
    put(purged, deleted_at=clock.now(), purged_at=clock.now())
    assert news([trashed, purged], 0) == {}
    assert news([trashed, purged], 0, trashed=True) == {trashed.pk: 1}


def test_a_provider_that_was_never_asked_and_no_worker_are_none():
    assert revisions(user().pk, Connection.named(API), [], None, most=3) == Revisions()

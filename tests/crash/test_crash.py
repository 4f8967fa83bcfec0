"""Workers that are killed, and stopped past their claim, at every named point between a claim and its commit: what is
paid is neither lost nor paid twice. `make soak` is the long form.
"""

import pytest

from .points import POINTS
from .run import Run, elsewhere, log

pytestmark = pytest.mark.database
SEED, SECONDS, CLAIM = 1, 240, 2  # it ends as soon as all are reached: on an idle machine after 20 s


@pytest.fixture(scope="module")
def told(database, tmp_path_factory):
    """What came of it on this database. Printed with a failure."""
    url = database.server.create("crash") if database.server else ""
    run = Run(url, str(tmp_path_factory.mktemp("crash")), SEED, 0, SECONDS, CLAIM)
    told = elsewhere(run)
    print(told)
    if told["broken"]:
        print(log(run))
    return told


def test_a_worker_died_at_every_point(told):
    assert told["missed"] == []
    assert set(POINTS) - set(told["hit"]) == set()
    assert told["kills"] >= len(POINTS)
    assert told["stops"] > 0


def test_no_take_is_sent_twice_and_none_is_left_unsent(told):
    assert told["count"]["takes"] > 0
    assert (told["count"]["twice"], told["count"]["unsent"]) == (0, 0)


def test_every_promise_holds_for_every_take(told):
    """Each task id is kept or its take is unconfirmed; one final state; a history without gaps; nothing is stuck; and
    what was kept before a crash is never merely unconfirmed.
    """
    assert told["broken"] == []


def test_the_workers_that_were_left_ended_cleanly(told):
    assert told["clean"] >= 4

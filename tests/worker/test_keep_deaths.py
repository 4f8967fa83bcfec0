"""A video that ends the process that keeps it, or reads it, is tried three times and then left to the person."""

import sys
from datetime import timedelta
from resource import RUSAGE_SELF, getrusage

import pytest

from studio.generations.keeping import MOST_DEATHS
from studio.generations.models import Generation
from studio.media.child import Child, children
from tests.media.clips import clip
from tests.media.test_claims import HOSTILE
from tests.media.video_server import VideoServer, saying
from tests.rows import again, put

from .keeping import card, keeping_studio, was_tried
from .test_keep_crash import KILLED, Killed

LEASE = timedelta(seconds=30)
CRASHING = """
import os
from studio.media import jobs

jobs.JOBS = dict.fromkeys(jobs.JOBS, lambda **_: os.abort())
jobs.main()
"""


@pytest.fixture
def studio(transactional_db, tmp_path, settings):
    with keeping_studio(tmp_path, settings) as studio:
        yield studio


@pytest.fixture
def killed(tmp_path):
    shop = VideoServer({"/a.mp4": clip()})
    killed = Killed(tmp_path, shop)
    killed.run({"seconds": 30})
    yield killed
    killed.close()
    shop.close()


@pytest.mark.parametrize("point", ["asking", "examining", "the rename"])
def test_a_worker_that_is_killed_three_times_gives_the_video_up_and_keep_now_tries_it_again(killed, point):
    plan = {"point": point, "side": "before", "nth": 1}
    killed.asked()
    for times in range(1, MOST_DEATHS + 1):
        assert killed.run(plan) == KILLED
        (row,) = killed.rows("SELECT keeping, keep_attempts, keep_deaths FROM studio_generation")
        assert row == {"keeping": "pending", "keep_attempts": times, "keep_deaths": times}
    assert killed.run(plan) == 0
    (row,) = killed.rows("SELECT keeping, keep_why, keep_token FROM studio_generation")
    assert row == {
        "keeping": "failed", "keep_token": "",
        "keep_why": "The studio was ended three times while it kept this video, perhaps by the file itself.",
    }  # fmt: skip
    killed.keep_now()
    assert killed.run({"seconds": 60}) == 0
    assert killed.rows("SELECT keeping, keep_deaths FROM studio_generation") == [{"keeping": "kept", "keep_deaths": 0}]


def test_a_video_that_kills_its_reader_is_given_up_after_three_and_says_so(studio, monkeypatch):
    children.stop()
    monkeypatch.setattr(Child, "command", (sys.executable, "-c", CRASHING))
    row = studio.finished()
    studio.start(unit=0.01)
    failed = studio.until(row, keeping="failed")
    assert (failed.keep_attempts, len(studio.shop.requests)) == (MOST_DEATHS, MOST_DEATHS)
    assert "could not be read safely" in card(row)
    assert "Save now" in card(row)
    assert studio.files("downloads") == []
    monkeypatch.undo()
    children.stop()
    assert failed.keep_now()
    assert studio.kept(row).keep_deaths == 0


def test_a_claim_counts_as_a_try_when_it_is_taken(studio):
    row = studio.finished()
    claim = Generation.objects.claim_keep(7, LEASE)
    assert (again(row).keep_attempts, claim.generation.keep_attempts) == (1, 1)
    assert again(row).drop_keep(claim.token, LEASE)
    assert (again(row).keep_attempts, again(row).keep_deaths) == (0, 0)


def test_a_worker_that_leaves_in_good_order_has_not_tried(studio):
    row = studio.finished()
    for died, left in ((False, 0), (True, 1)):
        Generation.objects.claim_keep(7, LEASE)
        Generation.objects.release_keeps_of(7, died=died)
        assert (again(row).keep_attempts, again(row).keep_deaths) == (left, left)


def test_a_server_in_trouble_is_no_death(studio):
    studio.shop.turns.append(saying(503))
    row = studio.finished(keep_deaths=2, keep_attempts=2)
    studio.start(unit=60)
    studio.until_true(lambda: was_tried(row, 3))
    assert again(row).keep_deaths == 0


def test_what_was_there_at_a_death_is_kept_with_nothing_beside_it(studio):
    first, suspect, last = (studio.finished() for _ in range(3))
    put(suspect, keep_deaths=1)
    claimed = Generation.objects.claim_keep(7, LEASE)
    assert claimed.generation.pk == first.pk
    assert Generation.objects.claim_keep(7, LEASE, alone=False) is None
    assert Generation.objects.claim_keep(7, LEASE).generation.pk == suspect.pk
    assert Generation.objects.claim_keep(7, LEASE, alone=False).generation.pk == last.pk
    for row in (first, suspect, last):
        put(row, keep_token="", keep_deaths=row.pk == suspect.pk, keep_due_at=row.finished_at)
    studio.start()
    for row in (first, suspect, last):
        studio.kept(row)


def test_it_is_given_up_where_the_last_death_was_by_a_process_that_nobody_heard_of(studio):
    row = studio.finished(keep_deaths=MOST_DEATHS, keep_token="9:x")  # noqa: S106 - no password
    studio.start()
    assert "three times" in studio.until(row, keeping="failed").keep_why
    assert studio.shop.requests == []


@pytest.mark.parametrize("kind", ["several tracks", "QuickTime", "many fragments", "edits"])
def test_a_small_video_that_claims_millions_of_samples_is_refused_in_words(studio, kind):
    studio.shop.files["/a.mp4"] = HOSTILE[kind]
    row = studio.finished()
    before = getrusage(RUSAGE_SELF).ru_maxrss
    studio.start(unit=0.01)
    assert studio.until(row, keeping="failed").keep_why == "The file claims more than it can hold."
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 100 << 10
    assert "Save now" in card(row)

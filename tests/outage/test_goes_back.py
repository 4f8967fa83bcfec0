"""A database that goes back in time under running workers: nothing that was paid for is sent again."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PROGRAMS

from .studio import OutageStudio, Postgres, outage_studio

KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.skipif(not PROGRAMS, reason="there is no PostgreSQL"))]
TAKES = 6


@pytest.fixture(params=KINDS)
def studio(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OutageStudio]:
    with outage_studio(tmp_path, request.param) as found:
        yield found


def test_what_a_worker_has_sent_is_not_sent_again_and_runs_under_its_task_id(studio: OutageStudio) -> None:
    studio.ask(TAKES)
    studio.database.keep_copy()
    studio.start("one")
    studio.until(lambda: studio.statuses() == ["running"] * TAKES)
    before = studio.takes()
    studio.database.go_back()
    studio.until(lambda: studio.statuses() == ["running"] * TAKES, "to put it right")
    assert studio.takes() == before
    assert studio.posts == TAKES
    assert studio.state()["paused"] == "older"
    assert "the database has gone back in time" in studio.log("one")


def test_what_another_worker_had_sent_is_held_until_a_click_and_then_goes_on(studio: OutageStudio) -> None:
    """The one that sent them is gone, with all that it remembered; the other has only seen the count."""
    studio.ask(TAKES)
    studio.database.keep_copy()
    studio.start("gone")
    studio.until(lambda: studio.posts == TAKES)
    studio.until(lambda: studio.statuses() == ["running"] * TAKES)
    studio.start("left")
    studio.until(lambda: "Working for" in studio.log("left"))
    studio.until(lambda: list((studio.folder / "left").glob("sent/*/*")))
    studio.end("gone", signal.SIGKILL)
    studio.database.go_back()
    studio.until(lambda: studio.statuses() == ["older"] * TAKES, "to hold it")
    studio.start("new")
    studio.ask(1, "later")
    studio.until(lambda: "Working for" in studio.log("new"))
    assert studio.posts == TAKES
    assert studio.statuses() == [*["older"] * TAKES, "waited"]
    studio.act("Connection.named(PROVIDER).resume(); Generation.objects.are_held().release()")
    studio.until(lambda: studio.posts == 2 * TAKES + 1)
    studio.until(lambda: studio.statuses() == ["running"] * (TAKES + 1))
    studio.end("left")
    studio.start("left")
    studio.until(lambda: studio.log("left").count("Working for") == 2)
    studio.ask(1, "last")
    studio.until(lambda: studio.posts == 2 * TAKES + 2)
    assert studio.state()["paused"] == ""


def test_it_is_noticed_by_a_worker_that_starts_afterwards_and_what_is_gone_is_put_back(studio: OutageStudio) -> None:
    studio.ask(1, "old")
    studio.database.keep_copy()
    studio.start("one")
    studio.ask(2, "new")
    studio.until(lambda: studio.statuses() == ["running"] * 3)
    before = studio.takes()
    assert studio.end("one") == 0
    studio.database.go_back()
    studio.ask(1, "other")  # it gets the id that another had
    studio.start("one")
    studio.until(lambda: len(studio.takes()) == 4)
    studio.until(lambda: [row["status"] for row in studio.takes().values()].count("running") == 3)
    after = studio.takes()
    assert {name: row["task_id"] for name, row in after.items() if row["task_id"]} == {
        name: row["task_id"] for name, row in before.items()
    }
    assert (after["other 0"]["status"], after["other 0"]["held"]) == ("queued", "older")
    assert studio.posts == 3


def test_a_take_whose_answer_was_still_to_come_gets_it(studio: OutageStudio) -> None:
    arrived, let_go = threading.Event(), threading.Event()

    def slow(peer: object) -> None:
        arrived.set()
        let_go.wait(60)
        studio.accept(peer)

    studio.api.on_post(slow)
    studio.ask(1)
    studio.database.keep_copy()
    studio.start("one")
    assert arrived.wait(60)
    studio.database.go_back()
    studio.until(lambda: studio.statuses() == ["unconfirmed"])
    let_go.set()
    studio.until(lambda: studio.statuses() == ["running"])
    assert studio.posts == 1


@pytest.mark.skipif(not PROGRAMS, reason="there is no PostgreSQL")
def test_a_server_that_loses_commits_in_a_crash_loses_none_of_ours(tmp_path: Path) -> None:
    """It is told to write its log seconds late, and ended at once after each take that was sent."""
    with outage_studio(tmp_path, "postgres", synchronous_commit="off", wal_writer_delay="10s") as studio:
        assert isinstance(studio.database, Postgres)
        studio.start("one")
        for number in range(3):
            studio.ask(2, f"round {number}")
            studio.until(lambda number=number: studio.posts == 2 * number + 2)
            studio.database.end()
            studio.database.start()
            studio.until(lambda number=number: studio.statuses() == ["running"] * (2 * number + 2))
        assert studio.posts == 6
        assert studio.state()["paused"] == ""
        assert max(studio.api.prompts.values()) == 1

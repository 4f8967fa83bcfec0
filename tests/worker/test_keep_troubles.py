"""What cannot be kept says why, in words, and is tried again where that may help; the link always stays."""

from itertools import pairwise

import pytest

from tests.media.video_server import saying
from tests.rows import again, ago, put

from .api import MISSING
from .keeping import card, keeping_studio, was_tried


@pytest.fixture
def studio(transactional_db, tmp_path, settings):
    with keeping_studio(tmp_path, settings) as studio:
        yield studio


REFUSED = [(404, "404 (not found)"), (403, "403 (forbidden)"), (401, "401 (not allowed)")]


@pytest.mark.parametrize("status", [404, 403, 401])
def test_a_link_that_is_not_there_yet_is_tried_until_it_is(studio, status):
    """A store whose rules are wrong for an hour must not cost the video."""
    studio.shop.turns.extend(saying(status) for _ in range(6))
    row = studio.finished()
    studio.start()
    assert studio.kept(row).keep_attempts == 7


@pytest.mark.parametrize(("status", "words"), REFUSED)
def test_a_link_that_is_refused_says_so_while_it_waits_and_is_given_up_after_a_week(studio, status, words):
    studio.shop.turns.extend(saying(status) for _ in range(99))
    row = studio.finished(keep_attempts=19)
    studio.start(unit=100)
    studio.until_true(lambda: was_tried(row, 20))
    waiting = again(row)
    assert (waiting.keeping, waiting.video_url) == ("pending", studio.shop.url())
    assert 3500 < (waiting.keep_due_at - ago(seconds=0)).total_seconds() <= 3600
    assert "Not saved yet." in card(row)
    assert words in card(row)
    put(row, keep_due_at=ago(seconds=1), finished_at=ago(days=8))
    failed = studio.until(row, keeping="failed")
    assert words in failed.keep_why
    assert "7 days" in failed.keep_why
    assert (failed.keep_due_at, failed.keep_token, failed.status) == (None, "", "succeeded")
    assert "Link only." in card(row)
    assert "Save now" in card(row)
    studio.shop.turns.clear()
    assert failed.keep_now()
    studio.kept(row)
    assert "· Saved" in card(row)


@pytest.mark.parametrize("status", [410, 400, 451])
def test_a_link_that_is_gone_for_good_is_not_tried_again(studio, status):
    studio.shop.turns.append(saying(status))
    studio.api.on_poll(MISSING)
    row = studio.finished()
    studio.start()
    assert f"answers {status}" in studio.until(row, keeping="failed").keep_why
    assert len(studio.shop.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408, 204])
def test_a_server_in_trouble_is_tried_again_until_it_answers(studio, status):
    studio.shop.turns.extend(saying(status) for _ in range(5))
    row = studio.finished()
    studio.start()
    assert studio.kept(row).keep_attempts == 6


@pytest.mark.parametrize("wait", [3600, 999999])
def test_a_server_that_wants_to_be_left_alone_is_for_an_hour_at_most(studio, wait):
    studio.shop.turns.append(saying(503, f"Retry-After: {wait}"))
    row = studio.finished()
    studio.start()
    studio.until_true(lambda: was_tried(row))
    waiting = again(row)
    assert 3500 < (waiting.keep_due_at - ago(seconds=0)).total_seconds() <= 3600
    assert "answers 503" in waiting.keep_why
    assert "Not saved yet." in card(row)
    assert waiting.keep_now()
    studio.kept(row)


def test_the_waits_grow(studio):
    studio.shop.close()
    row = studio.finished()
    worker = studio.start(unit=100)
    waits = []
    for attempt in range(1, 9):
        studio.until_true(lambda attempt=attempt: was_tried(row, attempt))
        waits.append((again(row).keep_due_at - ago(seconds=0)).total_seconds())
        put(row, keep_due_at=ago(seconds=1))
    assert worker.downloads.unit == 100
    assert waits[0] < 120
    assert all(later > earlier * 1.3 or later > 3000 for earlier, later in pairwise(waits))
    assert max(waits) <= 3600
    assert "refuses connections" in again(row).keep_why


def test_after_a_week_it_is_given_up(studio):
    studio.shop.turns.append(saying(500))
    row = studio.finished(finished_at=ago(days=8))
    studio.start()
    assert "7 days" in studio.until(row, keeping="failed").keep_why


@pytest.mark.parametrize("body", [
    b"<!DOCTYPE html><html>Expired", b'{"error": "expired"}', b"\x89PNG\r\n\x1a\n" + bytes(900), b"",
    b"MZ" + bytes(500),
], ids=range(5))  # fmt: skip
def test_what_is_no_video_is_not_kept_whatever_the_server_calls_it(studio, body):
    studio.shop.turns.append(saying(200, "Content-Type: video/mp4", body=body))
    row = studio.finished()
    studio.start()
    why = studio.until(row, keeping="failed").keep_why
    assert "web page" in why if body.startswith(b"<!") else "no MP4, WebM or MOV" in why
    assert (studio.files(), studio.files("downloads"), studio.files("posters")) == ([], [], [])


def test_a_wrong_type_is_noticed_by_its_first_bytes(studio):
    studio.shop.files["/a.mp4"] = b"<html>" + bytes(50_000_000)
    row = studio.finished()
    studio.start()
    studio.until(row, keeping="failed")
    assert studio.files("downloads") == []

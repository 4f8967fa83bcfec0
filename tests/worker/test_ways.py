"""The way of a take through a real worker, a real client and a real socket."""

import json

import pytest

from studio.generations.models import Generation
from tests.provider.servers import reply
from tests.rows import story

from .api import DONE, RUNNING, accepted, error, reset, task


def test_a_take_is_sent_followed_and_ready(studio):
    studio.api.on_post(accepted("n50_ltx2", consumed_credits=24))
    studio.api.on_poll(RUNNING, DONE)
    row = studio.ask()
    studio.start()
    done = studio.until(row, status="succeeded")
    assert (done.task_id, done.video_url) == ("n50_ltx2", "https://cdn.test/a.mp4")
    assert (done.charged, done.credits, done.money) == ("yes", 24, "Charged 24")
    assert (done.due_at, done.claim_token) == (None, "")
    assert done.finished_at > done.submitted_at
    assert [json.loads(body) for body in studio.api.bodies] == [row.request]
    assert studio.api.asked["n50_ltx2"] == 2
    assert story(row) == [
        ("", "queued"), ("queued", "submitting"), ("submitting", "running"), ("running", "succeeded"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        (reply(200, {"id": "n7", "status": "pending", "model": "ltx-2", "created_at": 1}), DONE),
        (accepted("n7"), task("SUCCESS", output={"video_url": "https://cdn.test/a.mp4"})),
        (accepted("n7"), task("success", video_url="https://cdn.test/a.mp4")),
        (accepted("n7"), reply(200, {"status": "COMPLETED", "output": {"video_url": "https://cdn.test/a.mp4"}})),
    ],
)
def test_every_family_of_answers_leads_to_the_video(studio, answer, done):
    studio.api.on_post(answer)
    studio.api.on_poll(done)
    row = studio.ask()
    studio.start()
    ready = studio.until(row, status="succeeded")
    assert (ready.task_id, ready.video_url) == ("n7", "https://cdn.test/a.mp4")


def test_a_take_that_fails_while_rendering_says_why_and_that_it_may_be_charged(studio):
    studio.api.on_poll(task("FAILED", error_message="The picture is too dark"))
    row = studio.ask()
    studio.start()
    failed = studio.until(row, status="failed")
    assert (failed.charged, failed.message) == ("maybe", "The picture is too dark")
    assert studio.api.prompts["a wave"] == 1


@pytest.mark.parametrize("answer", [error(400, "Bad prompt"), error(403, "Not for you"), error(422, "Bad seed"),
                                    reply(200, {"code": 400, "message": "Bad prompt"})])  # fmt: skip
def test_a_refused_take_is_not_charged_and_not_sent_again(studio, answer):
    studio.api.on_post(answer, accepted())
    row = studio.ask()
    studio.start()
    failed = studio.until(row, status="failed")
    assert failed.charged == "no"
    assert any(word in failed.message for word in ("Bad prompt", "Not for you", "Bad seed"))
    assert studio.api.prompts["a wave"] == 1
    assert studio.state.paused == ""


@pytest.mark.parametrize(("code", "reason"), [(401, "key"), (402, "credits")])
def test_an_account_in_trouble_holds_everything_until_a_click(studio, code, reason):
    studio.api.on_post(error(code, "No more of this"), accepted())
    first = studio.ask("first")
    studio.start()
    held = studio.until(first, status="queued", held=reason)
    assert (held.charged, held.due_at) == ("no", None)
    assert "No more of this" in held.message
    second = studio.ask("second")
    assert studio.until(second, held=reason).due_at is None
    assert "No more of this" in studio.state.message
    studio.stop()
    studio.start()
    studio.until_true(lambda: studio.api.asked["dailies-key-check"] >= 2)
    studio.workers[0][0].stopping.wait(0.3)
    assert studio.api.prompts.total() == 1
    studio.state.resume()
    Generation.objects.all().release()
    for row in (first, second):
        studio.until(row, status="succeeded")
    assert studio.api.prompts == {"first": 2, "second": 1}


def test_while_sending_is_stopped_what_comes_back_unsent_is_held_too(studio):
    row = studio.ask()
    state = studio.state
    type(state).objects.filter(pk=state.pk).update(paused="credits")
    studio.start()
    studio.until(row, held="credits")
    assert studio.api.prompts.total() == 0


def test_429_waits_as_long_as_it_is_told_and_sends_again(studio):
    studio.api.on_post(error(429, "Slow down", "Retry-After: 1"), accepted())
    row = studio.ask()
    studio.start()
    waiting = studio.until(row, attempts=1)
    assert (waiting.status, waiting.charged, waiting.held) == ("queued", "no", "")
    studio.until(row, status="succeeded")
    first, second = [at for at, line in zip(studio.api.times, studio.api.lines, strict=True) if line == "POST"]
    assert 0.9 < second - first < 3
    assert studio.state.failures == 0


def test_a_reset_after_the_request_was_read_is_never_sent_again(studio):
    studio.api.on_post(reset, accepted())
    row = studio.ask()
    studio.start()
    lost = studio.until(row, status="unconfirmed")
    assert (lost.charged, lost.due_at, lost.task_id) == ("maybe", None, "")
    studio.stop()
    studio.start()
    other = studio.ask("another")
    studio.until(other, status="succeeded")
    studio.workers[0][0].stopping.wait(0.3)
    assert studio.api.prompts == {"a wave": 1, "another": 1}
    assert Generation.objects.get(pk=row.pk).status == "unconfirmed"


CUT_OFF = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{"
UNCLEAR = [error(408), error(409), error(500), error(503), reply(302, b"", "Location: /x"), reply(200, b"<html>")]


@pytest.mark.parametrize("answer", [*UNCLEAR, reply(200, {"code": 200, "data": {}}), CUT_OFF])
def test_an_answer_that_tells_nothing_is_unconfirmed_and_never_sent_again(studio, answer):
    def once(peer):
        peer.send(answer)

    studio.api.on_post(once, accepted())
    row = studio.ask()
    studio.start()
    assert studio.until(row, status="unconfirmed").charged == "maybe"
    studio.workers[0][0].stopping.wait(0.2)
    assert studio.api.prompts["a wave"] == 1
    assert Generation.objects.get(pk=row.pk).status == "unconfirmed"

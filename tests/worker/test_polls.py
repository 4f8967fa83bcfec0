"""A poll never fails a take, whatever comes of it."""

import pytest

from studio.generations.models import Generation
from tests.provider.servers import reply
from tests.rows import ago, put

from .api import DONE, MISSING, RUNNING, accepted, error, reset, task


def running(studio):
    row = studio.ask()
    studio.start()
    return studio.until(row, status="running")


FRUITLESS = [error(500), error(503), error(400), error(402), error(429, "Slow", "Retry-After: 0"), reset,
             reply(200, b"<html>"), reply(200, {"code": 500, "message": "x"})]  # fmt: skip


@pytest.mark.parametrize("answer", FRUITLESS)
def test_a_fruitless_poll_changes_nothing_and_the_next_one_counts(studio, answer):
    studio.api.on_poll(answer, answer, DONE)
    row = studio.ask()
    studio.start()
    done = studio.until(row, status="succeeded")
    assert studio.api.asked["n1_ltx2"] == 3
    assert done.revision == 4  # asked for, sent, accepted, ready: no more
    assert studio.api.prompts["a wave"] == 1


@pytest.mark.parametrize("code", [401, 403])
def test_a_key_that_a_poll_refuses_raises_the_banner_until_it_is_taken_again(studio, code):
    studio.api.on_poll(error(code, "Wrong key"))
    row = running(studio)
    studio.until_true(lambda: "Wrong key" in studio.state.warning)
    assert Generation.objects.get(pk=row.pk).status == "running"
    assert studio.state.paused == ""
    studio.api.on_poll(DONE)
    studio.until(row, status="succeeded")
    studio.until_true(lambda: studio.state.warning == "")


def test_an_unknown_task_is_lost_only_after_a_while_and_can_be_found_again(studio):
    studio.api.on_poll(MISSING)
    row = running(studio)
    studio.until_true(lambda: Generation.objects.get(pk=row.pk).missing_since)
    studio.until_true(lambda: Generation.objects.get(pk=row.pk).lost_since)
    lost = Generation.objects.get(pk=row.pk)
    assert (lost.status, lost.charged) == ("running", "maybe")
    assert lost.lost_since > lost.missing_since
    studio.api.on_poll(RUNNING)
    studio.until(row, lost_since=None, missing_since=None, status="running")
    studio.api.on_poll(DONE)
    studio.until(row, status="succeeded")


def test_an_unknown_word_is_kept_and_counts_as_running(studio):
    studio.api.on_poll(task("ALMOST_THERE"))
    row = running(studio)
    kept = studio.until(row, status_word="ALMOST_THERE")
    assert (kept.status, kept.late_since) == ("running", None)
    studio.api.on_poll(DONE)
    studio.until(row, status="succeeded")


def test_completed_without_a_link_stays_running_and_late_and_its_answer_is_kept(studio):
    studio.api.on_poll(task("completed", files=["https://cdn.test/a.mp4", "https://cdn.test/b.mp4"]))
    row = running(studio)
    studio.until_true(lambda: Generation.objects.get(pk=row.pk).late_since)
    late = Generation.objects.get(pk=row.pk)
    assert late.status == "running"
    assert "https://cdn.test/a.mp4" in late.last_answer
    assert "no link" in late.message
    studio.api.on_poll(DONE)
    done = studio.until(row, status="succeeded")
    assert (done.late_since, done.message) == (None, "")


def test_a_price_named_while_rendering_is_kept(studio):
    studio.api.on_poll(
        task("processing", consumed_credits=25), RUNNING, RUNNING, task("completed", video_url="https://cdn.test/a.mp4")
    )
    row = running(studio)
    assert studio.until(row, status="succeeded").money == "Charged 25"


def test_a_late_take_leaves_its_place_to_the_next(studio):
    studio.api.on_poll(RUNNING)
    studio.api.on_post(accepted("n1"), accepted("n2"))
    row = studio.ask("first")
    studio.start(most=1)
    studio.until(row, status="running")
    other = studio.ask("second")
    studio.workers[0][0].stopping.wait(0.3)
    assert studio.api.prompts == {"first": 1}
    put(row, submitted_at=ago(minutes=21))
    studio.until(other, status="running")
    assert Generation.objects.get(pk=row.pk).late_since


def test_when_the_api_is_down_one_free_question_asks_for_all_and_nothing_is_sent(studio):
    studio.api.keyed = False
    studio.api.on_poll(error(503))
    row = running(studio)
    studio.until_true(lambda: studio.state.is_down)
    other = studio.ask("another")
    polls = studio.api.asked["n1_ltx2"]
    asked = studio.api.asked["dailies-key-check"]
    studio.until_true(lambda: studio.api.asked["dailies-key-check"] >= asked + 2)
    assert studio.api.asked["n1_ltx2"] == polls
    assert studio.api.prompts["another"] == 0
    assert studio.state.open_until
    studio.api.keyed = True
    studio.api.on_poll(DONE)
    for take in (row, other):
        studio.until(take, status="succeeded")
    studio.until_true(lambda: studio.state.failures == 0)
    assert studio.state.open_until is None


@pytest.mark.parametrize(("answer", "said"), [
    (error(500, "Oops"), "HTTP 500: Oops"), (error(400, "Bad"), "HTTP 400: Bad"), (error(403), "HTTP 403: No"),
    (error(429, "Slow"), "HTTP 429: Slow"), (reply(200, b"<html>"), "HTTP 200: no JSON object"),
    (reply(200, {"code": 500, "message": "x"}), "HTTP 200, error 500: x"), (reset, "none, the connection broke"),
    (reply(502, b"<html>Bad gateway</html>"), "HTTP 502: no JSON object"),
])  # fmt: skip
def test_a_take_whose_polls_only_fail_is_late_leaves_its_place_and_is_kept_when_it_is_done(studio, answer, said):
    studio.api.on_post(accepted("n1"), accepted("n2"))
    studio.api.by_task["n1"] = answer
    row = studio.ask("first")
    studio.start(most=1)
    studio.until(row, status="running", poll_answer=said)
    assert Generation.objects.get(pk=row.pk).late_since is None
    other = studio.ask("second")
    put(row, submitted_at=ago(minutes=21))
    studio.until(other, status="succeeded")
    late = Generation.objects.get(pk=row.pk)
    assert (late.status, bool(late.late_since), late.poll_answer) == ("running", True, said)
    studio.api.by_task["n1"] = DONE
    studio.until(row, status="succeeded", late_since=None)
    assert studio.api.prompts == {"first": 1, "second": 1}


def test_the_api_counts_as_down_until_it_answers_something_that_matters(studio):
    """The free question about a made-up task is answered all the time."""
    studio.api.on_poll(error(500))
    row = running(studio)
    studio.until_true(lambda: studio.state.is_down)
    asked = studio.api.asked["dailies-key-check"]
    while studio.api.asked["dailies-key-check"] < asked + 3:
        assert studio.state.is_down
    put(row, submitted_at=ago(minutes=21))
    studio.until_true(lambda: Generation.objects.get(pk=row.pk).late_since)
    assert studio.state.is_down
    studio.api.on_poll(DONE)
    studio.until(row, status="succeeded")
    studio.until_true(lambda: not studio.state.is_down)


def test_a_take_is_late_though_nothing_is_asked_but_whether_the_api_is_back(studio):
    studio.api.keyed = False
    studio.api.on_poll(error(503))
    row = running(studio)
    studio.until_true(lambda: studio.state.is_down)
    polls = studio.api.asked["n1_ltx2"]
    put(row, submitted_at=ago(minutes=21), due_at=ago(seconds=1))
    studio.until_true(lambda: Generation.objects.get(pk=row.pk).late_since)
    assert studio.api.asked["n1_ltx2"] == polls


def test_while_nobody_asked_nothing_becomes_late(studio):
    """A worker that was away asks first."""
    studio.api.on_poll(RUNNING)
    row = running(studio)
    studio.stop()
    put(row, submitted_at=ago(hours=3), due_at=ago(hours=2))
    assert Generation.objects.get(pk=row.pk).late_since is None
    studio.api.on_poll(DONE)
    studio.start()
    done = studio.until(row, status="succeeded")
    assert "It takes much longer than usual" not in [event.why for event in done.events.all()]


def test_new_takes_that_get_lost_while_the_api_is_down_are_few(studio):
    """It answers whether a task exists, and breaks at all that costs."""
    studio.api.on_post(error(500))
    rows = studio.ask("wave", 30)
    studio.start(most=3)
    studio.until_true(lambda: studio.api.asked["dailies-key-check"] >= 3)
    studio.workers[0][0].stopping.wait(1)
    assert studio.api.prompts["wave"] <= 8
    assert studio.state.is_down
    assert Generation.objects.filter(pk__in=[row.pk for row in rows], status="queued").count() >= 22


@pytest.mark.parametrize("length", [64, 65, 80, 100, 3000])
def test_an_unknown_word_is_logged_once_however_long_it_is(studio, caplog, length):
    studio.api.on_poll(*[task("x" * length), task("y" * length)] * 4, DONE)
    row = studio.ask()
    studio.start()
    studio.until(row, status="succeeded")
    assert caplog.text.count("unknown status word 'x") == 1
    assert caplog.text.count("unknown status word 'y") == 1


def test_a_charge_that_is_not_whole_is_charged_as_it_was_told(studio):
    studio.api.on_post(accepted(credits_reserved=30), accepted("n2_ltx2", credits_consumed="24.5"))
    studio.api.on_poll(RUNNING, RUNNING, task("completed", video_url="https://cdn.test/a.mp4", credits_consumed=25.25))
    row = running(studio)
    assert studio.until(row, status="succeeded").money == "Charged 25.25"
    studio.api.on_poll(task("completed", video_url="https://cdn.test/a.mp4"))
    assert studio.until(studio.ask("another"), status="succeeded").money == "Charged 24.5"


def test_an_echo_of_what_was_sent_is_not_taken_for_the_video(studio):
    sent = "https://mine.example/in.png"
    studio.api.on_poll(task("completed", video_url=sent, image=sent), task("unheard of", output=[sent]), DONE)
    row = studio.ask_with(type="image-to-video", image=sent)
    studio.start()
    assert studio.until(row, status="succeeded").video_url == "https://cdn.test/a.mp4"
    assert studio.api.asked["n1_ltx2"] == 3

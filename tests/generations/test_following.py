"""What a poll leaves on a take that goes on running: marks, never a status."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from studio.generations.models import Generation
from tests.rows import ACCOUNT, API, TOKEN, again, ago, claimed, columns, in_status, put, soon, story

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def polled(**marks):
    return claimed(put(in_status("running"), **marks))


def running(row, **more):
    return row.record_running(TOKEN, soon(), **{"word": "processing", "raw": "{}", "credits": None, **more})


NOTES = {
    "running": running,
    "no link": lambda row: row.record_no_link(TOKEN, soon(), word="completed", raw="{}"),
    "missing": lambda row: row.record_unknown_task(TOKEN, soon(), tolerated=MINUTE, raw="{}"),
    "unanswered": lambda row: row.record_failed_poll(TOKEN, soon()),
    "other": lambda row: row.record_other_task(TOKEN, soon(), "running"),
}


@pytest.mark.parametrize("name", NOTES)
def test_every_poll_gives_the_claim_back_and_says_when_the_next_is_due(name):
    row = polled()
    assert NOTES[name](row)
    after = again(row)
    assert (after.status, after.claim_token, after.polls) == ("running", "", row.polls + 1)
    assert soon(20) < after.due_at < soon(40)


@pytest.mark.parametrize("name", NOTES)
def test_a_worker_that_lost_its_claim_notes_nothing(name):
    row = put(polled(), claim_token="8:another")  # noqa: S106
    before, events = columns(row), story(row)
    assert not NOTES[name](row)
    assert (columns(row), story(row)) == (before, events)


@pytest.mark.parametrize("name", ["running", "unanswered", "missing"])
def test_a_poll_without_news_is_no_news_for_the_card(name):
    row = polled()
    NOTES[name](row)
    assert again(row).revision == row.revision
    assert story(again(row)) == story(row)


def test_after_twenty_minutes_it_is_late_and_that_is_told_once():
    row = polled(submitted_at=ago(minutes=21))
    running(row)
    late = again(row)
    assert late.late_since
    assert late.revision == row.revision + 1
    running(claimed(late))
    assert again(row).revision == late.revision
    assert [event.why for event in row.events.all()].count("It takes much longer than usual") == 1


@pytest.mark.parametrize("name", ["unanswered", "missing"])
def test_after_twenty_minutes_it_is_late_whatever_polls_answer(name):
    row = polled(submitted_at=ago(minutes=21))
    assert NOTES[name](row)
    late = again(row)
    assert late.late_since
    assert (late.status, late.revision, late.is_overdue) == ("running", row.revision + 1, True)
    assert late.give_up()


def test_the_card_of_a_late_take_says_what_the_last_poll_answered_and_when(settings):
    settings.PROVIDER = API
    row = polled(submitted_at=ago(minutes=21))
    row.record_failed_poll(TOKEN, soon(), "HTTP 500: Oops")
    late = again(row)
    assert late.last_poll == f"Last answer {timezone.localtime(late.polled_at):%H:%M}: HTTP 500: Oops"
    assert late.last_poll in render_to_string("gallery/_card.html", {"take": late, "csrf_token": "x"})
    claimed(late).record_failed_poll(TOKEN, soon(), "none, it took too long")
    assert again(row).revision == late.revision + 1
    assert again(row).last_poll.endswith(": none, it took too long")
    same = claimed(again(row))
    same.record_failed_poll(TOKEN, soon(), "none, it took too long")
    assert again(row).revision == same.revision  # nothing new, and as good as the same time
    old = put(claimed(again(row)), polled_at=ago(days=2))
    assert f"{timezone.localtime(old.polled_at):%b}" in old.last_poll
    old.record_failed_poll(TOKEN, soon(), "none, it took too long")
    assert again(row).revision == old.revision + 1
    assert story(late)[-1] == ("running", "running")


def test_a_take_that_is_not_polled_since_the_api_is_down_is_late_all_the_same():
    late, new, other = (polled(submitted_at=ago(minutes=21)), polled(), in_status("running", provider="https://b.test"))
    put(other, submitted_at=ago(hours=2))
    done = put(in_status("succeeded"), submitted_at=ago(hours=2))
    assert Generation.objects.mark_late(ACCOUNT) == 1
    assert again(late).late_since
    assert again(late).revision == late.revision + 1
    assert "the API does not answer" in again(late).events.last().why
    assert [again(row).late_since for row in (new, other, done)] == [None] * 3
    assert Generation.objects.mark_late(ACCOUNT) == 0


def test_a_take_of_usual_length_is_not_late():
    row = polled(submitted_at=ago(minutes=19))
    running(row)
    assert again(row).late_since is None


def test_an_unknown_task_is_tolerated_for_a_while_then_lost_then_found():
    row = polled()
    NOTES["missing"](row)
    assert again(row).missing_since
    assert again(row).lost_since is None
    row = claimed(put(row, missing_since=ago(minutes=2)))
    NOTES["missing"](row)
    lost = again(row)
    assert lost.lost_since
    assert lost.events.last().why == "The provider does not know this task"
    running(claimed(lost))
    found = again(row)
    assert (found.missing_since, found.lost_since) == (None, None)
    assert found.events.last().why == "The provider knows it again"


def test_two_404s_far_apart_with_an_answer_between_are_no_loss():
    row = polled(missing_since=ago(minutes=5))
    running(row)
    NOTES["missing"](claimed(again(row)))
    assert again(row).lost_since is None


def test_completed_without_a_link_is_late_and_no_longer_lost():
    row = polled(missing_since=ago(minutes=5), lost_since=ago(minutes=1))
    NOTES["no link"](row)
    after = again(row)
    assert (after.missing_since, after.lost_since, after.status_word) == (None, None, "completed")
    assert after.late_since
    assert "no link" in after.message


def test_a_price_is_news_once():
    row = polled()
    running(row, credits=25)
    priced = again(row)
    assert (priced.credits, priced.charged, priced.revision) == (25, "yes", row.revision + 1)
    running(claimed(priced), credits=25)
    assert again(row).revision == priced.revision


def test_a_long_word_is_cut_to_what_the_column_holds():
    row = polled()
    running(row, word="x" * 100)
    assert again(row).status_word == "x" * 64


@pytest.mark.parametrize(
    ("marks", "allowed"),
    [({"late_since": ago(minutes=1)}, True), ({"lost_since": ago(minutes=1)}, True), ({}, False),
     ({"missing_since": ago(minutes=1)}, False)],
)  # fmt: skip
def test_only_a_late_or_lost_take_can_be_given_up(marks, allowed):
    assert put(in_status("running"), **marks).give_up() is allowed


def test_a_take_that_was_found_again_is_not_given_up_from_an_old_page():
    stale = put(in_status("running"), lost_since=ago(minutes=1))
    put(again(stale), lost_since=None)
    assert not stale.give_up()


def test_what_was_charged_stays_charged_when_it_is_given_up():
    row = put(in_status("running", credits=24), late_since=ago(minutes=1))
    row.give_up()
    assert (again(row).charged, again(row).money) == ("yes", "Charged 24")


def test_only_an_id_that_was_given_can_be_taken_back():
    assert not in_status("running").take_back_task_id()


def test_an_old_page_does_not_take_back_another_id():
    row = in_status("unconfirmed")
    row.give_task_id("n1_ltx2")
    stale = again(row)
    again(row).take_back_task_id()
    row.give_task_id("n2_ltx2")
    assert not stale.take_back_task_id()
    assert again(row).task_id == "n2_ltx2"


def test_no_task_id_is_none():
    assert not in_status("unconfirmed").give_task_id("")

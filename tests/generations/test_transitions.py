"""The diagram of a generation's life: every arrow in it works, and there is no other."""

import pytest
from django.db import DatabaseError, connection

from studio.generations.claim import Limits, claim
from studio.generations.events import GenerationEvent
from studio.generations.models import Generation
from studio.library.trash import throw_away
from tests.rows import ACCOUNT, CLAIM, STATUSES, TOKEN, again, ago, ask, columns, in_status, put, soon, story

pytestmark = pytest.mark.django_db

METHODS = {
    "begin_submit": lambda row: row.begin_submit(TOKEN, CLAIM),
    "requeue": lambda row: row.requeue(TOKEN, "It never left", CLAIM),
    "refuse": lambda row: row.refuse("Bad prompt", '{"code":400}'),
    "lose_answer": lambda row: row.lose_answer("No answer", token=TOKEN),
    "was_sent": lambda row: row.was_sent(ago(minutes=2)),
    "accept": lambda row: row.accept(row.task_id or "n1_ltx2", soon()),
    "succeed": lambda row: row.succeed(TOKEN, "https://cdn.test/a.mp4", credits=24, raw="{}", word="completed"),
    "fail": lambda row: row.fail(TOKEN, "Too dark", credits=None, raw="{}", word="failed"),
    "cancel": lambda row: row.cancel(),
    "give_task_id": lambda row: row.give_task_id("n2_ltx2"),
    "take_back_task_id": lambda row: row.take_back_task_id(),
    "close_as_never_arrived": lambda row: row.close_as_never_arrived(),
    "write_off": lambda row: row.write_off(),
    "give_up": lambda row: row.give_up(),
    "resend": lambda row: row.resend(),
    "undo": lambda row: row.undo(),
}
# (from, method): to, charged
ARROWS = {
    ("queued", "begin_submit"): ("submitting", "maybe"),
    ("queued", "cancel"): ("canceled", "no"),
    ("queued", "was_sent"): ("unconfirmed", "maybe"),
    ("queued", "accept"): ("running", "maybe"),
    ("canceled", "was_sent"): ("unconfirmed", "maybe"),
    ("canceled", "accept"): ("running", "maybe"),
    ("submitting", "requeue"): ("queued", "no"),
    ("submitting", "refuse"): ("failed", "no"),
    ("submitting", "lose_answer"): ("unconfirmed", "maybe"),
    ("submitting", "accept"): ("running", "maybe"),
    ("unconfirmed", "requeue"): ("failed", "no"),
    ("unconfirmed", "refuse"): ("failed", "no"),
    ("unconfirmed", "accept"): ("running", "maybe"),
    ("unconfirmed", "give_task_id"): ("running", "maybe"),
    ("unconfirmed", "close_as_never_arrived"): ("closed", "no"),
    ("unconfirmed", "write_off"): ("closed", "maybe"),
    ("unconfirmed", "resend"): ("closed", "maybe"),
    ("closed", "accept"): ("running", "maybe"),
    ("closed", "undo"): ("unconfirmed", "maybe"),
    ("closed", "refuse"): ("closed", "no"),
    ("closed", "requeue"): ("closed", "no"),
    ("canceled", "undo"): ("queued", "no"),
    ("running", "succeed"): ("succeeded", "yes"),
    ("running", "fail"): ("failed", "maybe"),
    ("running", "give_up"): ("closed", "maybe"),
    ("running", "take_back_task_id"): ("unconfirmed", "maybe"),
}
CASES = [(status, method) for status in STATUSES for method in METHODS]


def ready_for_all(status):
    """A row on which nothing but the status stands in the way of any method."""
    return put(
        in_status(status), claim_token=TOKEN, due_at=soon(), late_since=ago(minutes=1), task_id_given=True,
        undo_until=soon(),
    )  # fmt: skip


@pytest.mark.parametrize(("status", "method"), [case for case in CASES if case in ARROWS])
def test_every_arrow_of_the_diagram_is_a_method_that_leaves_one_line_in_the_history(status, method):
    row = ready_for_all(status)
    before, revision = story(row), row.revision
    assert METHODS[method](row)
    after = again(row)
    assert (after.status, after.charged) == ARROWS[status, method]
    assert story(row) == [*before, (status, after.status)]
    assert row.events.last().why
    assert after.revision == revision + 1


@pytest.mark.parametrize(("status", "method"), [case for case in CASES if case not in ARROWS])
def test_what_is_not_in_the_diagram_changes_nothing(status, method):
    row = put(ready_for_all(status), task_id_given=method != "accept")  # an answer would confirm it
    before, events = columns(row), story(row)
    assert not METHODS[method](row)
    assert columns(row) == before
    assert story(row) == events


@pytest.mark.parametrize(("status", "method"), ARROWS)
def test_the_second_of_two_who_do_the_same_changes_nothing(status, method):
    row = ready_for_all(status)
    stale = again(row)
    assert METHODS[method](row)
    before, events, count = columns(row), story(row), Generation.objects.count()
    assert not METHODS[method](stale)
    assert (columns(row), story(row), Generation.objects.count()) == (before, events, count)


@pytest.mark.parametrize(
    ("status", "method"),
    [("queued", "begin_submit"), ("submitting", "requeue"), ("submitting", "lose_answer"), ("running", "succeed"),
     ("running", "fail")],
)  # fmt: skip
def test_a_worker_that_lost_its_claim_changes_nothing(status, method):
    row = put(ready_for_all(status), claim_token="8:another")  # noqa: S106
    before = columns(row)
    assert not METHODS[method](row)
    assert columns(row) == before


@pytest.mark.parametrize(("status", "method"), ARROWS)
def test_without_its_line_in_the_history_there_is_no_change(status, method):
    row = ready_for_all(status)
    before = columns(row)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE studio_generationevent RENAME TO gone")
    with pytest.raises(DatabaseError):
        METHODS[method](row)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO studio_generationevent")
    assert columns(row) == before


def test_a_held_take_is_not_sent():
    row = put(in_status("queued"), claim_token=TOKEN, due_at=soon(), held="key")
    assert not row.begin_submit(TOKEN, CLAIM)


def test_a_post_begins_only_within_its_claim():
    row = put(in_status("queued"), claim_token=TOKEN, due_at=ago(seconds=1))
    assert not row.begin_submit(TOKEN, CLAIM)


def test_beginning_to_send_renews_the_claim_for_its_whole_length():
    row = put(in_status("queued"), claim_token=TOKEN, due_at=soon(1))
    assert row.begin_submit(TOKEN, CLAIM)
    after = again(row)
    assert after.due_at >= soon(85)
    assert after.claim_token == TOKEN
    assert after.submitted_at


def test_what_never_left_waits_and_is_counted():
    row = in_status("submitting")
    assert row.requeue(TOKEN, "Not sent: it refuses connections", CLAIM, raw="")
    after = again(row)
    assert (after.attempts, after.submitted_at, after.claim_token) == (1, None, "")
    assert soon(80) < after.due_at < soon(100)
    assert after.message == "Not sent: it refuses connections"


@pytest.mark.parametrize("held", ["", "credits"])
def test_what_was_deleted_while_it_was_being_sent_is_canceled_where_it_would_wait_again(held):
    row = in_status("submitting")
    throw_away(Generation.objects.filter(pk=row.pk))
    revision = again(row).revision
    assert row.requeue(TOKEN, "Not sent: it refuses connections.", CLAIM, held=held, raw="429")
    after = again(row)
    assert (after.status, after.charged, after.held, after.due_at) == ("canceled", "no", "", None)
    assert (after.claim_token, after.last_answer, after.revision) == ("", "429", revision + 1)
    assert after.finished_at
    assert story(row)[-1] == ("submitting", "canceled")
    assert "deleted" in after.events.last().why


def test_nothing_that_was_deleted_is_sent_or_let_go():
    waits, held = (put(ask()[0], deleted_at=ago(days=1)) for _ in range(2))
    put(held, held="key", due_at=None)
    assert claim(ACCOUNT, 7, 4, 4, Limits(10, 0, CLAIM)) == []
    assert not Generation.objects.are_held().exists()
    assert Generation.objects.all().release() == 0
    assert again(waits).status == again(held).status == "queued"


def test_what_the_account_stops_is_held_and_not_due():
    row = in_status("submitting")
    assert row.requeue(TOKEN, "Held: no credits", CLAIM, held="credits", raw='{"code":402}')
    after = again(row)
    assert (after.status, after.held, after.due_at, after.charged) == ("queued", "credits", None, "no")
    assert after.last_answer == '{"code":402}'


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled", "closed", "unconfirmed"])
def test_what_waits_for_nobody_or_a_person_is_never_due(status):
    row = in_status(status)
    assert (row.due_at, row.claim_token) == (None, "")
    assert bool(row.finished_at) == (status != "unconfirmed")


def test_a_finished_take_bears_no_mark():
    row = put(in_status("running"), claim_token=TOKEN, late_since=ago(hours=1), missing_since=ago(hours=1),
              lost_since=ago(hours=1))  # fmt: skip
    assert row.succeed(TOKEN, "https://cdn.test/a.mp4", credits=None, raw="{}", word="SUCCESS")
    after = again(row)
    assert (after.late_since, after.missing_since, after.lost_since) == (None, None, None)
    assert (after.video_url, after.status_word) == ("https://cdn.test/a.mp4", "SUCCESS")


def test_a_failure_without_words_says_so():
    row = put(in_status("running"), claim_token=TOKEN)
    assert row.fail(TOKEN, "", credits=None, raw="{}", word="failed")
    assert again(row).message == "The provider gave no reason."


def test_the_history_of_a_take_begins_with_its_request():
    row = in_status("succeeded")
    assert story(row) == [
        ("", "queued"), ("queued", "submitting"), ("submitting", "running"), ("running", "succeeded"),
    ]  # fmt: skip
    assert GenerationEvent.objects.first().why == "Asked for"

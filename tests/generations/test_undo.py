"""What a person decides can be taken back for a while, and nothing that has come meanwhile is lost by it."""

import pytest

from studio.generations.charges import sums_of_takes
from studio.generations.claim import Limits, claim
from studio.generations.models import Generation
from studio.generations.states import SENT_AGAIN_AFTER
from studio.generations.submission import Submission
from studio.library.trash import restore, throw_away
from tests.rows import ACCOUNT, CLAIM, TOKEN, again, ago, ask, claimed, columns, in_status, put, soon, story

pytestmark = pytest.mark.django_db
WAYS_OUT = ["close_as_never_arrived", "write_off", "resend"]
# What is no part of how a take stands.
BOOKKEEPING = ("revision", "undo_until", "undo_held", "claim_token")


def standing(row):
    return {name: value for name, value in columns(row).items() if name not in BOOKKEEPING}


def late(**marks):
    return put(in_status("running"), **(marks or {"late_since": ago(minutes=5)}))


@pytest.mark.parametrize("way", WAYS_OUT)
def test_each_way_out_of_an_unconfirmed_take_can_be_undone(way):
    row = in_status("unconfirmed")
    before = standing(row)
    assert getattr(row, way)()
    assert again(row).undo_seconds > 60
    assert again(row).undo()
    assert standing(row) == before
    assert again(row).undo_seconds == 0
    assert story(row)[-2:] == [("unconfirmed", "closed"), ("closed", "unconfirmed")]


@pytest.mark.parametrize("held", ["", "link"])
def test_a_cancel_can_be_undone_and_what_was_held_is_held_as_before(held):
    row = put(ask()[0], held=held, message="Why it is held" if held else "", **({"due_at": None} if held else {}))
    before = standing(row) | {"due_at": None}
    assert row.cancel()
    assert again(row).undo()
    assert standing(row) | {"due_at": None} == before
    assert bool(again(row).due_at) == (not held)
    assert bool(claim(ACCOUNT, 7, 4, 4, Limits(10, 0, CLAIM))) == (not held)


@pytest.mark.parametrize("mark", ["late_since", "lost_since"])
def test_giving_up_can_be_undone_and_the_take_is_asked_for_again(mark):
    row = late(**{mark: ago(minutes=5)})
    assert row.give_up()
    assert again(row).undo()
    after = again(row)
    assert (after.status, after.task_id, after.charged, after.finished_at) == ("running", row.task_id, "maybe", None)
    assert after.is_overdue, "it can be given up again, and takes no place from others"
    [job] = claim(ACCOUNT, 7, 4, 4, Limits(10, 0, CLAIM))
    assert job.generation.pk == row.pk
    assert job.generation.succeed(job.token, "https://cdn.test/a.mp4", credits=24, raw="{}", word="completed")


@pytest.mark.parametrize("way", [*WAYS_OUT, "cancel", "give_up"])
def test_after_its_time_nothing_is_undone(way):
    row = ask()[0] if way == "cancel" else late() if way == "give_up" else in_status("unconfirmed")
    assert getattr(row, way)()
    put(row, undo_until=ago(seconds=1))
    everything = list(Generation.objects.order_by("pk").values())
    assert again(row).undo_seconds == 0
    assert not again(row).undo()
    assert list(Generation.objects.order_by("pk").values()) == everything


@pytest.mark.parametrize("status", ["queued", "submitting", "running", "succeeded", "failed", "unconfirmed"])
def test_where_nothing_was_decided_there_is_nothing_to_undo(status):
    row = in_status(status)
    before = columns(row)
    assert not row.undo()
    assert columns(row) == before


# Answers that come meanwhile ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS_OUT)
def test_an_undo_after_a_late_task_id_loses_nothing(way):
    row = in_status("unconfirmed")
    getattr(row, way)()
    on_the_page = again(row)
    assert row.accept("n9_ltx2", soon(5), credits=24, raw="{}")
    before = columns(row)
    assert not on_the_page.undo()
    assert columns(row) == before
    assert (before["status"], before["task_id"], before["credits"]) == ("running", "n9_ltx2", 24)


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_late_task_id_after_an_undo_brings_the_take_back(way):
    row = in_status("unconfirmed")
    getattr(row, way)()
    assert again(row).undo()
    assert row.accept("n9_ltx2", soon(5), raw="{}")
    assert (again(row).status, again(row).task_id) == ("running", "n9_ltx2")


@pytest.mark.parametrize("way", WAYS_OUT)
@pytest.mark.parametrize("answer", ["refuse", "requeue"])
def test_a_late_refusal_of_what_was_closed_settles_it(way, answer):
    """An undo would make it a take that may have been charged, which is known to be wrong."""
    row = in_status("unconfirmed")
    getattr(row, way)()
    assert row.refuse("Bad prompt", "{}") if answer == "refuse" else row.requeue(TOKEN, "Bad prompt", CLAIM, raw="{}")
    after = again(row)
    assert (after.status, after.charged, after.message, after.last_answer) == ("closed", "no", "Bad prompt", "{}")
    assert not after.undo()


def test_a_late_refusal_says_nothing_of_a_take_that_was_given_up():
    row = late()
    row.give_up()
    before = columns(row)
    assert not row.refuse("Bad prompt", "")
    assert columns(row) == before


def test_giving_up_leaves_the_second_task_followed_and_so_does_the_undo():
    row = in_status("unconfirmed")
    row.give_task_id("n1_ltx2")
    row.accept("n2_ltx2", soon())
    put(row, late_since=ago(minutes=5)).give_up()
    assert again(row).undo()
    after = again(row)
    assert (after.status, after.other_task_id, after.other_state) == ("running", "n2_ltx2", "running")


# Sent again -----------------------------------------------------------------------------------------------------------


def sent_again():
    old = in_status("unconfirmed")
    return old, old.resend()


def test_what_is_sent_again_waits_some_seconds_so_that_it_can_be_undone():
    _, new = sent_again()
    assert soon(SENT_AGAIN_AFTER.total_seconds() - 3) < again(new).due_at < soon(SENT_AGAIN_AFTER.total_seconds() + 1)
    assert again(new).waits_for_second_thoughts
    assert claim(ACCOUNT, 7, 4, 4, Limits(10, 0, CLAIM)) == []
    put(new, due_at=ago(seconds=1))
    assert [job.generation.pk for job in claim(ACCOUNT, 7, 4, 4, Limits(10, 0, CLAIM))] == [new.pk]


@pytest.mark.parametrize("new_is", ["waiting", "claimed", "held", "canceled", "deleted"])
def test_undoing_it_cancels_the_new_one_for_good(new_is):
    old, new = sent_again()
    if new_is == "claimed":
        claimed(new)
    elif new_is == "held":
        put(new, held="key", due_at=None)
    elif new_is == "canceled":
        new.cancel()
    elif new_is == "deleted":
        throw_away(Generation.objects.filter(pk=new.pk))
    assert again(old).undo()
    assert (again(old).status, again(old).successor) == ("unconfirmed", None)
    after = again(new)
    assert (after.status, after.charged, after.due_at, after.held) == ("canceled", "no", None, "")
    assert not new.begin_submit(TOKEN, CLAIM)
    restore(Generation.objects.filter(pk=new.pk))
    assert not again(new).undo(), "or both would be under way"


@pytest.mark.parametrize("status", ["submitting", "running", "unconfirmed"])
def test_once_the_new_one_was_sent_there_is_no_undo(status):
    old, new = sent_again()
    on_the_page = again(old)
    claimed(new).begin_submit(TOKEN, CLAIM)
    if status == "running":
        new.accept("n7_ltx2", soon())
    elif status == "unconfirmed":
        new.lose_answer("No answer", token=TOKEN)
    before = [columns(old), columns(new)]
    assert not on_the_page.undo()
    assert [columns(old), columns(new)] == before


def test_as_soon_as_the_new_one_is_sent_the_card_of_the_old_one_offers_no_undo():
    old, new = sent_again()
    revision = again(old).revision
    claimed(new).begin_submit(TOKEN, CLAIM)
    after = again(old)
    assert (after.undo_until, after.undo_seconds, after.revision) == (None, 0, revision + 1)


def test_a_new_one_that_certainly_never_arrived_can_be_called_back_though_it_was_tried():
    old, new = sent_again()
    claimed(new).begin_submit(TOKEN, CLAIM)
    new.requeue(TOKEN, "Too many requests", CLAIM)
    put(old, undo_until=soon())
    assert again(old).undo()
    assert again(new).status == "canceled"


def test_after_an_undo_it_is_sent_again_exactly_once():
    old, first = sent_again()
    assert again(old).undo()
    second = again(old).resend()
    assert again(old).resend() is None
    assert second.replaces_id == old.pk
    assert again(old).successor == second.pk
    assert again(first).replaces_id is None
    assert Generation.objects.count() == 3
    assert [row.pk for row in Generation.objects.filter(status="queued")] == [second.pk]


def test_the_first_press_of_generate_still_answers_with_what_it_made():
    """A take that was called back is none of them."""
    old, first = sent_again()
    again(old).undo()
    submission = Submission.objects.get(pk=old.submission_id)
    assert [row.pk for row in Generation.objects.of_submission(submission, "d")] == [old.pk]
    second = again(old).resend()
    assert [row.pk for row in Generation.objects.of_submission(submission, "d")] == [old.pk]
    assert second.pk != first.pk


# Deleted --------------------------------------------------------------------------------------------------------------


def test_what_was_canceled_by_deleting_it_can_be_let_go_again_once_it_is_back():
    row = ask()[0]
    throw_away(Generation.objects.filter(pk=row.pk))
    assert not again(row).undo(), "nothing that was deleted waits to be sent"
    restore(Generation.objects.filter(pk=row.pk))
    assert again(row).undo()
    assert again(row).status == "queued"


def test_what_is_undone_counts_as_spent_as_before():
    def spent():
        return Generation.objects.aggregate(**sums_of_takes())

    row = in_status("unconfirmed")
    before = spent()
    row.close_as_never_arrived()
    assert spent() != before
    again(row).undo()
    assert spent() == before
    assert again(row).money.startswith("No answer, may be charged")

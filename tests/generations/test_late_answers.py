"""An answer that comes after its claim was lost, or after a person has decided."""

import pytest

from studio.generations.states import TaskIdTaken
from tests.rows import CLAIM, TOKEN, again, ago, ask, claimed, columns, in_status, put, soon, story

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["unconfirmed", "closed"])
def test_a_late_task_id_brings_the_take_back(status):
    row = in_status(status)
    assert row.accept("n9_ltx2", soon(5), credits=24, raw='{"code":200}', word="IN_PROGRESS")
    after = again(row)
    assert (after.status, after.task_id, after.charged, after.credits) == ("running", "n9_ltx2", "yes", 24)
    assert (after.finished_at, after.message, after.last_answer) == (None, "", '{"code":200}')
    assert story(row)[-1] == (status, "running")


def test_a_late_refusal_means_that_nothing_is_charged():
    row = in_status("unconfirmed")
    assert row.refuse("Bad prompt", '{"code":400}')
    after = again(row)
    assert (after.status, after.charged, after.message) == ("failed", "no", "Bad prompt")


def test_a_late_refusal_does_not_undo_what_a_person_closed():
    row = put(in_status("closed"), undo_until=None)
    before = columns(row)
    assert not row.refuse("Bad prompt", "")
    assert columns(row) == before


def test_a_late_429_or_broken_connection_fails_without_a_charge_and_is_not_sent_again():
    row = in_status("unconfirmed")
    assert row.requeue(TOKEN, "Not taken yet: too many requests", CLAIM, raw='{"code":429}')
    after = again(row)
    assert (after.status, after.charged, after.due_at) == ("failed", "no", None)
    assert after.last_answer == '{"code":429}'


def test_a_worker_that_never_sent_says_nothing_of_what_another_has_sent():
    """It slept through its claim, and woke up to a database that had given it up."""
    sleeper = claimed(ask()[0], "1:sleeper")
    other = claimed(again(sleeper))
    assert other.begin_submit(TOKEN, CLAIM)
    assert other.lose_answer("The studio stopped while this was being sent.", token=TOKEN)
    before = columns(other)
    assert not sleeper.requeue("1:sleeper", "Not sent: the database did not answer", CLAIM)
    assert columns(other) == before


def test_a_second_task_id_is_kept_beside_the_first_and_asked_for():
    row = in_status("unconfirmed")
    assert row.give_task_id("n1_ltx2")
    assert row.accept("n2_ltx2", soon(1), raw="{}")
    after = again(row)
    assert (after.status, after.task_id, after.other_task_id, after.other_state) == (
        "running", "n1_ltx2", "n2_ltx2", "running",
    )  # fmt: skip
    assert story(row)[-1] == ("running", "running")
    assert "n2_ltx2" in row.events.last().why
    assert after.due_at < soon(2)


@pytest.mark.parametrize("status", ["running", "succeeded", "failed"])
def test_the_same_answer_twice_changes_nothing(status):
    row = in_status(status)
    before = columns(row)
    assert not again(row).accept(row.task_id, soon(), credits=24, raw="{}")
    assert columns(row) == before


@pytest.mark.parametrize("columns_of_other", [{"task_id": "n1"}, {"task_id": "n0", "other_task_id": "n1"}])
def test_a_task_id_of_another_take_cannot_be_given(columns_of_other):
    other = put(in_status("running"), **columns_of_other)
    row = in_status("unconfirmed")
    before = columns(row)
    with pytest.raises(TaskIdTaken):
        row.give_task_id("n1")
    assert columns(row) == before
    put(other, connection="https://elsewhere.test")
    assert row.give_task_id("n1")


def test_a_take_that_was_given_up_stays_so_when_its_answer_is_read_again():
    row = put(in_status("running"), lost_since=ago(minutes=1))
    assert row.give_up()
    assert not row.accept(row.task_id, soon())
    assert again(row).status == "closed"


def test_a_late_answer_with_the_task_id_that_was_given_is_no_second_one_and_cannot_be_taken_back():
    row = in_status("unconfirmed")
    assert row.give_task_id("n1_ltx2")
    assert row.accept("n1_ltx2", soon())
    after = again(row)
    assert (after.status, after.task_id, after.task_id_given, after.other_task_id) == ("running", "n1_ltx2", False, "")
    assert not after.take_back_task_id()
    assert not after.accept("n1_ltx2", soon())


def test_a_third_task_id_does_not_drive_out_the_second():
    row = in_status("unconfirmed")
    row.give_task_id("n1_ltx2")
    row.accept("n2_ltx2", soon())
    assert not row.accept("n3_ltx2", soon())
    assert again(row).other_task_id == "n2_ltx2"


def both_running():
    row = in_status("unconfirmed")
    row.give_task_id("n1_ltx2")
    row.accept("n2_ltx2", soon())
    return again(row)


def test_two_tasks_take_turns_one_request_each():
    row = both_running()
    turns = []
    for _ in range(4):
        claimed(row)
        turns.append(row.asks_for_other)
        if row.asks_for_other:
            row.record_other_task(TOKEN, soon(), "running")
        else:
            row.record_running(TOKEN, soon(), word="processing", raw="{}", credits=None)
        row.refresh_from_db()
    assert turns == [False, True, False, True]


@pytest.mark.parametrize("finish", ["succeed", "fail"])
def test_the_second_task_is_followed_after_the_first_is_done(finish):
    row = claimed(both_running())
    if finish == "succeed":
        assert row.succeed(TOKEN, "https://cdn.test/a.mp4", credits=None, raw="{}", word="completed")
    else:
        assert row.fail(TOKEN, "Too dark", credits=None, raw="{}", word="failed")
    after = claimed(again(row))
    assert after.asks_for_other
    assert after.is_unfinished
    assert after.record_other_task(TOKEN, soon(), "succeeded", "https://cdn.test/b.mp4")
    done = again(row)
    assert (done.other_state, done.other_video_url, done.due_at) == ("succeeded", "https://cdn.test/b.mp4", None)
    assert done.claim_token == ""
    assert not done.is_unfinished


def test_a_second_task_that_came_while_the_first_was_asked_for_is_followed_too():
    row = in_status("unconfirmed")
    row.give_task_id("n1_ltx2")
    polled = claimed(again(row))  # the worker's instance does not know of the second
    row.accept("n2_ltx2", soon())
    assert polled.succeed(TOKEN, "https://cdn.test/a.mp4", credits=None, raw="{}", word="completed")
    assert again(row).due_at is not None


def test_when_the_second_task_is_done_the_first_is_still_due():
    row = claimed(both_running())
    due = soon(3)
    assert row.record_other_task(TOKEN, due, "failed")
    after = again(row)
    assert (after.status, after.other_state, after.due_at) == ("running", "failed", due)


def test_taking_back_the_given_id_leaves_the_one_that_the_late_answer_brought():
    row = both_running()
    assert row.take_back_task_id()
    after = again(row)
    assert (after.status, after.task_id, after.task_id_given) == ("running", "n2_ltx2", False)
    assert (after.other_task_id, after.other_state) == ("", "")
    assert story(row)[-2:] == [("running", "unconfirmed"), ("unconfirmed", "running")]


def test_giving_up_the_first_task_leaves_the_second_followed():
    row = put(both_running(), late_since=ago(minutes=30))
    assert row.give_up()
    after = again(row)
    assert (after.status, after.other_state) == ("closed", "running")
    assert after.due_at is not None


def test_a_given_up_take_that_comes_back_bears_no_mark_and_its_id_cannot_be_taken_back():
    row = in_status("unconfirmed")
    row.give_task_id("n1_ltx2")
    row = put(row, lost_since=ago(minutes=5), missing_since=ago(minutes=9))
    assert row.give_up()
    assert row.accept("n2_ltx2", soon())
    after = again(row)
    assert (after.task_id, after.task_id_given, after.lost_since, after.missing_since) == ("n2_ltx2", False, None, None)
    assert not after.take_back_task_id()

"""Who may do what next, and how much of it."""

from datetime import timedelta
from itertools import pairwise

import pytest

from studio.generations.claim import Claimed, Limits, claim
from studio.generations.connections import Connection
from studio.generations.models import Generation
from tests.rows import ACCOUNT, API, CLAIM, again, ago, ask, claimed, in_status, put, soon, story

pytestmark = pytest.mark.django_db
FREE = Limits(max_running=1000, requests_per_second=0, claim=CLAIM)


def take(places=20, sends=10, limits=FREE, worker=7):
    found = claim(ACCOUNT, worker, places, sends, limits)
    assert isinstance(found, list)
    return found


def ids(jobs):
    return [job.generation.pk for job in jobs]


def due_polls(count):
    return [put(in_status("running"), due_at=ago(seconds=count - number)) for number in range(count)]


def test_a_claim_takes_no_more_than_there_are_threads():
    rows = due_polls(5)
    assert ids(take(places=3)) == [row.pk for row in rows[:3]]
    assert ids(take(places=3)) == [row.pk for row in rows[3:]]
    assert take() == []


def test_a_claimed_row_is_its_workers_until_the_claim_ends():
    ask()
    job = take()[0]
    row = again(job.generation)
    assert row.claim_token == job.token
    assert job.token.startswith("7:")
    assert soon(85) < row.due_at < soon(95)
    assert isinstance(job, Claimed)
    assert job.wait == timedelta(0)
    put(row, due_at=ago(seconds=1))
    assert take(worker=8)[0].token.startswith("8:")


def test_new_takes_go_first_but_keep_to_their_share_of_the_threads():
    due_polls(4)
    new = ask(6)
    jobs = take(places=6, sends=3)
    assert ids(jobs)[:3] == [row.pk for row in new[:3]]
    assert len(jobs) == 6
    polls = ids(take(places=6, sends=0))
    assert polls
    assert not {row.pk for row in new[3:]} & set(polls)


def test_no_more_run_at_once_than_there_are_places():
    in_status("running")
    in_status("submitting")
    ask(5)
    limits = Limits(4, 0, CLAIM)
    first = take(limits=limits)
    assert len(first) == 2
    assert take(limits=limits) == []
    first[0].generation.begin_submit(first[0].token, CLAIM)
    assert take(limits=limits) == []
    first[0].generation.refuse("Bad prompt", "")
    assert len(take(limits=limits)) == 1


def test_late_and_lost_takes_hold_no_place_and_other_providers_neither():
    put(in_status("running"), late_since=ago(minutes=1))
    put(in_status("running"), lost_since=ago(minutes=1))
    put(in_status("running"), connection="https://other.test")
    for status in ("unconfirmed", "closed", "succeeded"):
        in_status(status)
    ask(3)
    assert len(take(limits=Limits(2, 0, CLAIM))) == 2


def test_polls_go_on_when_all_places_are_taken():
    rows = due_polls(3)
    ask(2)
    assert sorted(ids(take(limits=Limits(3, 0, CLAIM)))) == [row.pk for row in rows]


def test_what_is_unsent_after_an_hour_is_held_not_sent():
    old, young = put(ask()[0], asked_at=ago(minutes=61)), put(ask()[0], asked_at=ago(minutes=59))
    assert ids(take()) == [young.pk]
    row = again(old)
    assert (row.status, row.held, row.due_at) == ("queued", "waited", None)
    assert row.events.last().why == "Held: unsent an hour after you asked."


def test_a_take_is_not_old_that_was_let_go_again():
    put(ask()[0], created_at=ago(days=3), asked_at=ago(minutes=1))
    assert len(take()) == 1


def test_what_came_in_while_sending_was_being_stopped_is_held():
    row = ask()[0]
    state = Connection.of(API)
    Connection.objects.filter(pk=state.pk).update(paused="credits")
    assert take() == []
    assert (again(row).held, again(row).due_at) == ("credits", None)


def test_polls_go_on_while_sending_is_stopped():
    rows = due_polls(1)
    ACCOUNT.pause("credits", "Too few")
    assert ids(take()) == [rows[0].pk]


def test_rows_of_another_provider_are_never_touched():
    other = [ask(provider="sandbox")[0], put(in_status("submitting"), connection="sandbox", due_at=ago(hours=2)),
             put(in_status("running"), connection="sandbox", due_at=ago(seconds=1))]  # fmt: skip
    put(other[0], asked_at=ago(hours=2))
    before = list(Generation.objects.order_by("pk").values())
    assert take() == []
    assert list(Generation.objects.order_by("pk").values()) == before


def test_requests_are_spaced_and_no_more_than_a_second_ahead():
    due_polls(10)
    limits = Limits(1000, 5, CLAIM)
    waits = [job.wait.total_seconds() for job in take(limits=limits)]
    assert waits == pytest.approx([0, 0.24, 0.48, 0.72, 0.96])
    assert Connection.of(API).next_request_at > soon(1)
    state = Connection.of(API)
    assert len(take(limits=limits)) <= 1
    Connection.objects.filter(pk=state.pk).update(next_request_at=soon(0.5))
    third = [job.wait.total_seconds() for job in take(limits=limits)]
    assert third[0] == pytest.approx(0.5, abs=0.1)
    assert all(after - before == pytest.approx(0.24) for before, after in pairwise(third))


def test_a_sending_whose_claim_ran_out_becomes_unconfirmed_and_is_not_claimed():
    row = put(in_status("submitting"), due_at=ago(seconds=1))
    assert take() == []
    row = again(row)
    assert (row.status, row.charged, row.due_at, row.claim_token) == ("unconfirmed", "maybe", None, "")
    assert story(row)[-1] == ("submitting", "unconfirmed")


def test_a_dead_workers_claims_fall_due_and_no_others():
    mine = claimed(ask()[0], "7:a")
    others = [claimed(ask()[0], token) for token in ("77:a", "8:7:a")]
    assert Generation.objects.all().release_claims_of(7) == 1
    assert again(mine).due_at < soon(1)
    assert all(again(row).due_at > soon(60) for row in others)

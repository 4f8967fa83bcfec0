"""Threads that do the same at the same moment, each with its own connection."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from studio.generations.claim import Limits, claim
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.generations.states import TaskIdTaken
from studio.library.trash import throw_away
from tests.rows import ACCOUNT, API, CLAIM, TOKEN, again, ago, ask, claimed, in_status, put, request, soon, story, user

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs):
    """The results of jobs that begin at the same moment."""
    start = threading.Barrier(len(jobs))

    def run(job):
        start.wait(10)
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def enqueue_same():
    return [row.pk for row in Generation.objects.enqueue(user(), ACCOUNT, [request()] * 2, key="k", digest="d")]


def test_a_double_click_on_generate_makes_its_takes_once():
    user()
    found = at_once(*[enqueue_same] * 4)
    assert len({tuple(pks) for pks in found}) == 1
    assert Generation.objects.count() == 2


def test_a_double_click_on_send_again_sends_once():
    row = in_status("unconfirmed")
    found = at_once(*[again(row).resend for _ in range(4)])
    assert sum(new is not None for new in found) == 1
    assert Generation.objects.filter(replaces=row).count() == 1
    assert Generation.objects.count() == 2


def test_of_all_ways_out_one_is_taken():
    row = in_status("unconfirmed")
    ways = [again(row).resend, again(row).write_off, again(row).close_as_never_arrived,
            lambda: again(row).give_task_id("n1_ltx2")]  # fmt: skip
    found = at_once(*ways)
    assert sum(bool(done) for done in found) == 1
    assert len(story(row)) == 4


def test_one_task_id_is_given_to_one_take_only():
    rows = [in_status("unconfirmed") for _ in range(4)]

    def give(row):
        try:
            return again(row).give_task_id("n1_ltx2")
        except TaskIdTaken:
            return None

    found = at_once(*[lambda row=row: give(row) for row in rows])
    assert sorted(map(str, found)) == ["None", "None", "None", "True"]
    assert Generation.objects.filter(task_id="n1_ltx2").count() == 1


def test_deleted_at_the_moment_when_it_would_wait_again_it_is_canceled_either_way():
    rows = [in_status("submitting") for _ in range(6)]
    everything = Generation.objects.filter(pk__in=[row.pk for row in rows])
    at_once(*[lambda row=row: row.requeue(TOKEN, "Not sent.", CLAIM) for row in rows], lambda: throw_away(everything))
    assert {(again(row).status, again(row).charged, again(row).due_at) for row in rows} == {("canceled", "no", None)}


def test_takes_without_a_key_are_never_taken_for_one_press():
    user()
    found = at_once(*[lambda: Generation.objects.enqueue(user(), ACCOUNT, [request()], key="", digest="d")[0].pk] * 4)
    assert len(set(found)) == 4
    assert all(row.submission.key for row in Generation.objects.all())


def test_a_cancel_and_a_worker_never_both_have_it():
    for _ in range(5):
        row = claimed(ask()[0])
        canceled, begun = at_once(again(row).cancel, lambda row=row: again(row).begin_submit(TOKEN, CLAIM))
        assert canceled != begun
        assert again(row).status == ("canceled" if canceled else "submitting")


def test_a_late_answer_and_a_task_id_taken_back_lose_no_id():
    for number in range(5):
        row = in_status("unconfirmed")
        row.give_task_id(f"wrong{number}")
        given = again(row)
        at_once(given.take_back_task_id, lambda row=row, n=number: again(row).accept(f"right{n}", soon()))
        after = again(row)
        assert (after.status, after.task_id, after.other_task_id) == ("running", f"right{number}", "")


def test_however_many_claim_at_once_the_places_and_the_rows_are_given_out_once():
    ask(12)
    limits = Limits(7, 0, CLAIM)
    found = at_once(*[lambda worker=worker: claim(ACCOUNT, worker, 4, 4, limits) for worker in range(1, 5)])
    claimed_ids = [job.generation.pk for jobs in found for job in jobs]
    assert len(claimed_ids) == len(set(claimed_ids)) == 7


def test_the_budget_of_requests_is_one_for_all_workers():
    for _ in range(12):
        put(in_status("running"), due_at=ago(seconds=1))
    found = at_once(
        *[lambda worker=worker: claim(ACCOUNT, worker, 20, 10, Limits(100, 8, CLAIM)) for worker in range(1, 4)]
    )
    waits = sorted(job.wait for jobs in found for job in jobs)
    assert len(waits) <= 9
    assert Connection.of(API).next_request_at > soon(0.9)


def test_what_is_asked_for_while_sending_is_stopped_never_slips_through():
    for _ in range(5):
        at_once(lambda: ask(owner=user()), lambda: ACCOUNT.pause("key", "Wrong key"))
        assert claim(ACCOUNT, 7, 20, 10, Limits(100, 0, CLAIM)) == []
        ACCOUNT.resume()
    assert not Generation.objects.filter(held="").exists()

"""While the API is down, or the account in trouble."""

from datetime import timedelta

import pytest

from studio.generations.claim import Limits, Probe, claim
from studio.generations.connections import BREAKER_FAILURES, Connection
from tests.rows import ACCOUNT, API, CLAIM, again, ago, in_status, put, soon

pytestmark = pytest.mark.django_db
FREE = Limits(max_running=1000, requests_per_second=0, claim=CLAIM)


def due_polls(count):
    return [put(in_status("running"), due_at=ago(seconds=count - number)) for number in range(count)]


def take():
    return claim(ACCOUNT, 7, 20, 10, FREE)


def break_api(times=BREAKER_FAILURES, wait=timedelta(seconds=10)):
    for _ in range(times):
        ACCOUNT.failed(wait)


def ready_to_probe():
    Connection.objects.filter(name=API).update(open_until=ago(seconds=1))


def test_a_few_failures_change_nothing_and_an_answer_forgets_them():
    due_polls(1)
    break_api(BREAKER_FAILURES - 1)
    assert not Connection.of(API).is_down
    jobs = take()
    assert jobs[0].api_was_troubled
    ACCOUNT.answered()
    assert Connection.of(API).failures == 0


def test_what_was_being_sent_is_unconfirmed_while_the_api_is_down_too():
    row = put(in_status("submitting"), due_at=ago(seconds=1))
    break_api()
    take()
    assert again(row).status == "unconfirmed"


def test_while_the_api_is_down_one_worker_asks_and_the_rest_wait():
    due_polls(2)
    break_api()
    assert take() == []
    ready_to_probe()
    assert isinstance(claim(ACCOUNT, 7, 20, 10, FREE), Probe)
    assert claim(ACCOUNT, 8, 20, 10, FREE) == []
    ACCOUNT.answered()
    assert len(take()) == 2


def test_a_probe_that_its_worker_never_finished_is_made_by_another():
    due_polls(1)
    break_api()
    ready_to_probe()
    assert isinstance(claim(ACCOUNT, 7, 20, 10, FREE), Probe)
    assert soon(25) < Connection.of(API).open_until < soon(35)
    ready_to_probe()
    assert isinstance(claim(ACCOUNT, 8, 20, 10, FREE), Probe)


def probed():
    break_api()
    ready_to_probe()
    assert isinstance(take(), Probe)
    ACCOUNT.probed()


def test_after_a_free_answer_one_real_request_tells_whether_the_api_is_back():
    """That it knows a made-up task not to exist says little of what matters."""
    polls = due_polls(3)
    put(in_status("queued"), due_at=ago(seconds=9))
    probed()
    assert Connection.of(API).is_down
    jobs = take()
    assert [(job.generation.pk, job.trial) for job in jobs] == [(polls[0].pk, True)]
    assert take() == []
    ACCOUNT.failed(timedelta(seconds=10), trial=True)
    assert Connection.of(API).is_down
    assert take() == []
    ready_to_probe()
    assert isinstance(take(), Probe)


@pytest.mark.parametrize("back", [Connection.answered, Connection.reached])
def test_when_the_request_on_trial_is_answered_all_go(back):
    due_polls(3)
    probed()
    assert len(take()) == 1
    back(ACCOUNT)
    assert not Connection.of(API).is_down
    jobs = take()
    assert (len(jobs), any(job.trial for job in jobs)) == (2, False)


def test_new_takes_are_tried_in_turn_with_polls_for_it_may_be_one_task_that_fails():
    due_polls(3)
    queued = put(in_status("queued"), due_at=ago(seconds=9))
    tried = []
    probed()
    for _ in range(2):
        tried.append(take()[0].generation.status)
        ACCOUNT.failed(timedelta(seconds=10), trial=True)
        ACCOUNT.probed()
    assert tried == ["running", "queued"]
    assert again(queued).claim_token


def test_with_nothing_to_poll_a_new_take_is_tried_at_once():
    row = put(in_status("queued"), due_at=ago(seconds=9))
    probed()
    assert [job.generation.pk for job in take()] == [row.pk]


def test_a_trial_that_its_worker_never_finished_ends_with_its_claim():
    due_polls(2)
    probed()
    assert len(take()) == 1
    assert soon(80) < Connection.of(API).open_until < soon(100)
    ready_to_probe()
    assert isinstance(take(), Probe)


def test_after_failed_trials_it_is_asked_again_before_long():
    due_polls(1)
    probed()
    for _ in range(9):
        ACCOUNT.failed(timedelta(seconds=10), trial=True)
    assert soon(60) < Connection.of(API).open_until < soon(100)


def test_each_failed_probe_doubles_the_wait_up_to_five_minutes():
    break_api()
    waits = []
    for _ in range(7):
        waits.append((Connection.of(API).open_until - soon(0)).total_seconds())
        ACCOUNT.failed(timedelta(seconds=10), probe=True)
    for number, wait in enumerate(waits):
        assert 0.75 <= wait / min(10 * 2**number, 300) <= 1.25


def test_what_was_in_flight_when_the_breaker_opened_does_not_make_it_longer():
    break_api()
    before = Connection.of(API)
    break_api(20)
    after = Connection.of(API)
    assert (after.open_until, after.failures, after.revision) == (before.open_until, before.failures, before.revision)


def test_the_page_hears_of_every_change():
    revisions = [Connection.of(API).revision]
    changes = [
        lambda: ACCOUNT.pause("key", "Wrong key"), lambda: ACCOUNT.resume(),
        lambda: ACCOUNT.warn("Wrong key"), lambda: ACCOUNT.answered(), break_api,
        lambda: ACCOUNT.answered(),
    ]  # fmt: skip
    for change in changes:
        change()
        revisions.append(Connection.of(API).revision)
    assert revisions == sorted(set(revisions))


def test_a_check_of_the_key_lifts_only_what_the_key_had_stopped():
    ACCOUNT.pause("credits", "Too few")
    ACCOUNT.key_accepted(Connection.of(API).revision)
    assert Connection.of(API).paused == "credits"
    ACCOUNT.pause("key", "Wrong key")
    asked_at = Connection.of(API).revision
    ACCOUNT.pause("key", "Still the wrong key")
    ACCOUNT.key_accepted(asked_at)
    assert Connection.of(API).message == "Still the wrong key"
    ACCOUNT.key_accepted(Connection.of(API).revision)
    assert (Connection.of(API).paused, Connection.of(API).message) == ("", "")

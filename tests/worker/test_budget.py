"""All requests of all workers together keep to LTX2_REQUESTS_PER_SECOND, whatever they are for."""

import threading
import time
from datetime import timedelta
from itertools import cycle

import pytest

from studio.generations.claim import Limits, Probe, claim, next_slot
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.worker.steps import Steps
from tests.rows import ACCOUNT, API, CLAIM, ago, ask, in_status, put

from .api import DONE, RUNNING, accepted, error

BOUND = Limits(1000, 10, CLAIM)


def resumed(studio, count):
    """Running takes that are all due at once, as after a long night."""
    rows = studio.ask(count=count)
    Generation.objects.update(status="running", charged="maybe", submitted_at=ago(minutes=1), task_id="n1_ltx2")
    return rows


def most_in_a_second(times):
    times = sorted(times)
    return max(sum(start <= at < start + 1 for at in times) for start in times)


class Metronome(threading.Thread):
    """How long this machine stood still at worst: what was to arrive meanwhile arrives together, after it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.still, self.over = 0.0, threading.Event()

    def run(self):
        before = time.monotonic()
        while not self.over.wait(0.005):
            now = time.monotonic()
            self.still, before = max(self.still, now - before - 0.005), now


@pytest.fixture
def bound():
    """`bound(5)`: five in any second, and what a machine that stood still may have let pile up."""
    metronome = Metronome()
    metronome.start()
    yield lambda rate: rate + int(metronome.still * rate)
    metronome.over.set()
    metronome.join()


def test_running_takes_that_are_resumed_at_once_keep_to_the_rate_in_every_second(studio, bound):
    studio.api.on_poll(DONE)
    resumed(studio, 200)
    for _ in range(2):
        studio.start(per_second=40, most=1000)
    studio.until_true(lambda: not Generation.objects.filter(status="running").exists())
    assert len(studio.api.times) >= 202  # with the two checks of the key
    assert most_in_a_second(studio.api.times) <= bound(40)


def test_what_the_workers_do_not_reach_at_once_is_asked_in_the_end(studio, bound):
    studio.api.on_post(*[accepted(f"n{number}") for number in range(8)])
    rows = studio.ask(count=8)
    for _ in range(3):
        studio.start(per_second=10)
    for row in rows:
        studio.until(row, status="succeeded")
    assert most_in_a_second(studio.api.times) <= bound(10)


@pytest.mark.django_db
def test_the_check_of_the_key_takes_a_moment_of_its_own():
    slow = Limits(1000, 4, CLAIM)
    assert next_slot(ACCOUNT, slow) == timedelta()
    assert next_slot(ACCOUNT, slow).total_seconds() == pytest.approx(0.3, abs=0.15)
    put(in_status("running"), due_at=ago(seconds=1))
    (job,) = claim(ACCOUNT, 7, 20, 10, slow)
    assert job.wait.total_seconds() == pytest.approx(0.6, abs=0.25)


@pytest.mark.django_db
def test_the_probe_takes_a_moment_of_its_own():
    put(in_status("running"), due_at=ago(seconds=1))
    Connection.of(API)
    Connection.objects.update(failures=5, open_until=ago(seconds=1))
    next_slot(ACCOUNT, BOUND)
    probe = claim(ACCOUNT, 7, 20, 10, BOUND)
    assert isinstance(probe, Probe)
    assert probe.wait.total_seconds() == pytest.approx(0.12, abs=0.06)
    assert next_slot(ACCOUNT, BOUND) > probe.wait


@pytest.mark.django_db
def test_without_a_bound_nothing_waits_and_nothing_is_written():
    assert next_slot(ACCOUNT, Limits(10, 0, CLAIM)) == timedelta()
    assert not Connection.objects.exists()


def test_a_thread_that_wakes_up_late_takes_a_new_moment(studio):
    worker = studio.worker(per_second=4)
    next_slot(worker.connection, worker.limits)
    began = time.monotonic()
    assert worker.steps.await_turn(began - 0.2)
    assert time.monotonic() - began > 0.2
    worker.takes.pool.close()


def test_a_stop_ends_the_wait_for_a_moment(studio):
    worker = studio.worker(per_second=4)
    threading.Timer(0.1, worker.stopping.set).start()
    assert worker.steps.await_turn(time.monotonic() + 30) is None
    worker.takes.pool.close()


def test_takes_whose_commits_are_slow_keep_to_the_rate_in_every_second(studio, monkeypatch, bound):
    """The moment at which a request may leave is that of the request, not of the commit before it."""
    begin, slow = Steps.begin_submit, cycle([0.3, 0.0, 0.15])

    def begin_slowly(steps, job):
        begun = begin(steps, job)
        time.sleep(next(slow))
        return begun

    monkeypatch.setattr(Steps, "begin_submit", begin_slowly)
    studio.api.on_post(*[accepted(f"n{number}") for number in range(12)])
    rows = studio.ask(count=12)
    for _ in range(2):
        studio.start(per_second=5, most=100)
    for row in rows:
        studio.until(row, status="succeeded")
    assert most_in_a_second(studio.api.times) <= bound(5)
    assert studio.api.prompts == {"a wave": 12}


def test_a_take_whose_moment_has_not_come_when_the_worker_stops_stays_queued_and_unsent(studio, monkeypatch):
    begin, begun = Steps.begin_submit, threading.Event()

    def begin_and_stop(steps, job):
        done = begin(steps, job)
        steps.stopping.set()
        begun.set()
        return done

    monkeypatch.setattr(Steps, "begin_submit", begin_and_stop)
    row = studio.ask()
    studio.start(per_second=5)
    assert begun.wait(10)
    known = studio.until(row, status="queued", attempts=1)
    assert (known.charged, studio.api.prompts.total()) == ("no", 0)


# 429 ------------------------------------------------------------------------------------------------------------------


def test_after_a_429_no_other_take_is_sent_before_and_polls_go_on(studio):
    studio.api.on_post(error(429, "Slow down", "Retry-After: 2"), accepted("n2"), accepted("n3"))
    studio.api.on_poll(RUNNING)
    running = resumed(studio, 1)
    studio.start()
    first = studio.ask("first")
    studio.until(first, attempts=1)
    studio.ask("second")
    asked = studio.api.asked["n1_ltx2"]
    time.sleep(1)
    assert studio.api.prompts == {"first": 1}
    put(running, due_at=ago(seconds=1))
    studio.until_true(lambda: studio.api.asked["n1_ltx2"] > asked)
    studio.until_true(lambda: studio.api.prompts == {"first": 2, "second": 1})


@pytest.mark.parametrize("per_second", [0, 50])
def test_after_a_poll_that_got_a_429_nothing_is_asked_before(studio, per_second):
    studio.api.on_poll(error(429, "Slow down", "Retry-After: 1"), DONE)
    first, second = resumed(studio, 2)
    put(second, due_at=None)
    studio.start(per_second=per_second)
    studio.until(first, polls=1)
    put(second, due_at=ago(seconds=1))
    studio.until(second, status="succeeded")
    studio.until(first, status="succeeded")
    polls = [at for at, line in zip(studio.api.times, studio.api.lines, strict=True) if line == "GET"][-3:]
    assert polls[1] - polls[0] > 0.8


@pytest.mark.django_db
def test_a_provider_that_names_a_day_is_left_alone_for_five_minutes():
    ask()
    ACCOUNT.leave_alone(timedelta(days=1), polls=False)
    Connection.of(API)
    ACCOUNT.leave_alone(timedelta(days=1), polls=False)
    ACCOUNT.leave_alone(timedelta(seconds=1), polls=False)  # shortens nothing
    until = Connection.of(API).sends_after
    assert timedelta(minutes=4) < until - ago(seconds=0) < timedelta(minutes=6)
    assert claim(ACCOUNT, 7, 20, 10, Limits(10, 0, CLAIM)) == []
    Connection.objects.update(sends_after=ago(seconds=1))
    assert len(claim(ACCOUNT, 7, 20, 10, Limits(10, 0, CLAIM))) == 1

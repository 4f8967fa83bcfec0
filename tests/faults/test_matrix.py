"""Each line of the matrix, between a real worker and a provider on a real socket that misbehaves so."""

import signal
import time

import pytest

from studio.generations.connections import Connection
from studio.generations.models import Generation

from .matrix import AGAIN, CLICK, KILLED, MATRIX, OVER, REDIRECT, TOLD, YOURS
from .server import Fault

pytestmark = pytest.mark.django_db(transaction=True)
IN_PROCESS = [line for line in MATRIX if line.provider is not KILLED]


def break_(broken, line):
    """A studio with a take whose sending has gone wrong, and no worker any more."""
    studio = broken(line.provider)
    if line.provider is REDIRECT:
        studio.api.fault = Fault(studio.api.redirect)
    row = studio.ask()
    studio.start(submit_seconds=1)
    studio.until_true(lambda: went_wrong(row, line))
    studio.stop()
    return studio, Generation.objects.get(pk=row.pk)


def went_wrong(row, line):
    stored = Generation.objects.get(pk=row.pk)
    tried = stored.status != "queued" or stored.attempts > 0
    return tried and (stored.status, stored.held) == (line.status, line.held)


def turned_away_once(line):
    """So that it is not sent again before the test has looked."""
    return line.next == AGAIN and line.posts


@pytest.mark.parametrize("line", IN_PROCESS, ids=lambda line: line.fault)
def test_every_fault_has_the_outcome_of_its_line(line, broken, page_of):
    studio, row = break_(broken, line)
    assert (row.status, row.charged, row.held, row.money) == (line.status, line.charged, line.held, line.money)
    assert line.card in page_of(row)
    assert line.money in page_of(row)
    assert studio.api.begun == (max(row.attempts, 1) if turned_away_once(line) else line.posts)
    assert studio.api.followed == 0
    NEXT[line.next](studio, row)


def goes_again(studio, row):
    before, base = studio.api.begun, studio.api.heal()
    studio.start(base=base)
    studio.until(row, status="succeeded")
    assert studio.api.begun == before + 1


def stays(studio, row):
    """Whatever else is sent, and by whichever worker."""
    base = studio.api.heal()
    before = studio.api.begun
    other = studio.ask("another")
    studio.start(base=base)
    studio.until(other, status="succeeded")
    time.sleep(0.2)
    after = Generation.objects.get(pk=row.pk)
    assert (after.status, after.charged, after.due_at) == (row.status, row.charged, None)
    assert studio.api.begun == before + 1


def waits_for_a_click(studio, row):
    other = studio.ask("another")
    base = studio.api.heal()
    before = studio.api.begun
    studio.start(base=base)
    time.sleep(0.4)
    for held in (row, other):
        assert Generation.objects.get(pk=held.pk).held == row.held
    assert studio.api.begun == before
    Connection.named(studio.provider).resume()
    Generation.objects.all().release()
    for held in (row, other):
        studio.until(held, status="succeeded")
    assert studio.api.begun == before + 2


NEXT = {AGAIN: goes_again, TOLD: goes_again, YOURS: stays, OVER: stays, CLICK: waits_for_a_click}


def test_a_worker_that_is_killed_while_it_waits_leaves_an_unconfirmed_take(broken, page_of, database):
    line = next(line for line in MATRIX if line.provider is KILLED)
    studio = broken(line.provider)
    row = studio.ask()
    process = studio.process(database)
    studio.until_true(lambda: studio.api.begun == 1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert Generation.objects.get(pk=row.pk).status == "submitting"
    studio.start()
    row = studio.until(row, status=line.status, charged=line.charged)
    studio.stop()
    assert (row.money, studio.api.begun) == (line.money, line.posts)
    assert line.card in page_of(row)
    stays(studio, row)

"""Real `manage.py worker` processes that are told to leave."""

import signal
import time

import pytest

from studio.generations.connections import WorkerHeartbeat
from studio.generations.models import Generation

from .conftest import KEY
from .server import Fault

pytestmark = pytest.mark.django_db(transaction=True)
HANGS = Fault(lambda peer: peer.sock.settimeout(None) or peer.wait())
HEALTHY = Fault()


def sending(studio, database):
    """A worker process whose POST hangs."""
    row = studio.ask()
    process = studio.process(database)
    studio.until_true(lambda: studio.api.begun == 1)
    return row, process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_with_a_post_that_hangs_it_leaves_within_ten_seconds_and_writes_it_down(number, broken, database):
    studio = broken(HANGS)
    row, process = sending(studio, database)
    began = time.monotonic()
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert time.monotonic() - began < 12  # ten, and what a busy machine needs to start and bury processes
    assert process.returncode == 0
    lost = Generation.objects.get(pk=row.pk)
    assert (lost.status, lost.charged, studio.api.begun) == ("unconfirmed", "maybe", 1)
    assert "stopped before an answer came" in lost.message
    assert f"generation={row.pk} from=submitting to=unconfirmed task_id=- why=" in said
    assert "Traceback" not in said
    assert KEY not in said
    assert not WorkerHeartbeat.objects.exists()


def test_the_second_ctrl_c_leaves_at_once_and_the_next_worker_finds_out(broken, database):
    studio = broken(HANGS)
    row, process = sending(studio, database)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert time.monotonic() - began < 2
    assert process.returncode == 128 + signal.SIGINT
    assert Generation.objects.get(pk=row.pk).status == "submitting"
    studio.start(base=studio.api.heal())
    studio.until(row, status="unconfirmed")
    assert studio.api.begun == 1


def test_an_idle_worker_leaves_at_once(broken, database):
    studio = broken(HEALTHY)
    process = studio.process(database)
    studio.until_true(WorkerHeartbeat.objects.exists)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert time.monotonic() - began < 3
    assert process.returncode == 0


def test_once_does_what_is_due_and_leaves(broken, database):
    studio = broken(HEALTHY)
    row = studio.ask()
    process = studio.process(database, "--once", LTX2_POLL_SECONDS="600")
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert Generation.objects.get(pk=row.pk).status == "running"
    assert f"generation={row.pk} from=submitting to=running task_id=n1_ltx2" in said
    assert not WorkerHeartbeat.objects.exists()


def test_once_can_be_stopped_too(broken, database):
    studio = broken(HANGS)
    row = studio.ask()
    process = studio.process(database, "--once", STUDIO_CLAIM_SECONDS="6")  # a POST is given up after 4 s
    studio.until_true(lambda: studio.api.begun == 1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert Generation.objects.get(pk=row.pk).status == "unconfirmed"

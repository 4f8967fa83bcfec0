"""Workers that stop, die and come back; providers and databases that are away."""

import logging
import subprocess
import threading
import time

import pytest
from django.db import OperationalError, connection

from studio.generations.connections import WorkerHeartbeat, this_host
from studio.generations.models import Generation
from studio.worker import loop
from tests.provider.servers import Server
from tests.rows import CLAIM, ago, claimed, put, soon, story

from .api import DONE, RUNNING, accepted, error, hang


def dead_worker():
    """The heartbeat of a process that ran here and is gone."""
    process = subprocess.Popen(["true"])
    process.wait()
    return WorkerHeartbeat.objects.create(host=this_host(), pid=process.pid, seen_at=ago(seconds=3))


def free_port():
    server = Server(lambda peer: None)
    server.close()
    return server.port


def test_what_cannot_be_sent_waits_and_goes_when_the_provider_is_there(studio):
    row = studio.ask()
    studio.start(base=f"http://127.0.0.1:{free_port()}/api/v1")
    studio.until_true(lambda: Generation.objects.get(pk=row.pk).attempts >= 2)
    studio.stop()
    waiting = Generation.objects.get(pk=row.pk)
    assert (waiting.status, waiting.charged, waiting.submitted_at) == ("queued", "no", None)
    assert "refuses connections" in waiting.message
    studio.start()
    done = studio.until(row, status="succeeded")
    assert done.message == ""
    assert studio.api.prompts["a wave"] == 1


def test_a_late_answer_beside_a_task_id_that_the_user_gave_is_kept_and_followed(studio):
    answered = threading.Event()

    def slowly(peer):
        answered.wait(10)
        peer.send(accepted("n2_ltx2"))

    studio.api.on_post(slowly)
    studio.api.on_poll(RUNNING)
    row = studio.ask()
    worker = studio.start()
    sending = studio.until(row, status="submitting")
    assert sending.lose_answer("The claim ran out", token=sending.claim_token)
    assert sending.give_task_id("n1_ltx2")
    answered.set()
    both = studio.until(row, other_task_id="n2_ltx2")
    assert (both.status, both.task_id, both.other_state) == ("running", "n1_ltx2", "running")
    studio.until_true(lambda: studio.api.asked["n1_ltx2"] > 1 and studio.api.asked["n2_ltx2"] > 1)
    studio.api.on_poll(DONE)
    done = studio.until(row, status="succeeded", other_state="succeeded")
    assert done.other_video_url == "https://cdn.test/a.mp4"
    worker.stopping.wait(0.2)
    assert Generation.objects.get(pk=row.pk).due_at is None
    assert studio.api.prompts["a wave"] == 1


def test_a_worker_that_is_stopped_while_it_sends_leaves_in_time_and_writes_it_down(studio, monkeypatch):
    monkeypatch.setattr(loop, "CLEAN_STOP_SECONDS", 0.3)
    studio.api.on_post(hang)
    row = studio.ask()
    worker = studio.start(submit_seconds=3)
    studio.until_true(lambda: studio.api.prompts["a wave"])
    began = time.monotonic()
    worker.stopping.set()
    studio.workers[0][1].join(2)
    assert time.monotonic() - began < 2
    lost = Generation.objects.get(pk=row.pk)
    assert (lost.status, lost.charged) == ("unconfirmed", "maybe")
    assert "stopped before an answer came" in lost.message
    assert not WorkerHeartbeat.objects.exists()
    studio.stop()
    studio.start()
    studio.workers[0][0].stopping.wait(0.3)
    assert studio.api.prompts["a wave"] == 1


def test_an_answer_in_hand_is_waited_for_when_it_stops(studio):
    asked, answer = threading.Event(), threading.Event()

    def slowly(peer):
        asked.set()
        answer.wait(10)
        peer.send(accepted("n3_ltx2"))

    studio.api.on_post(slowly)
    row = studio.ask()
    worker = studio.start()
    assert asked.wait(10)
    worker.stopping.set()
    answer.set()
    studio.stop()
    kept = Generation.objects.get(pk=row.pk)
    assert (kept.status, kept.task_id) == ("running", "n3_ltx2")


def test_what_a_dead_process_was_sending_is_unconfirmed_and_never_sent_again(studio):
    dead = dead_worker()
    row = claimed(studio.ask(), f"{dead.pk}:x")
    assert row.begin_submit(f"{dead.pk}:x", CLAIM)
    studio.start()
    lost = studio.until(row, status="unconfirmed")
    assert (lost.charged, lost.message) == ("maybe", "The studio stopped while this was being sent.")
    assert story(row)[-1] == ("submitting", "unconfirmed")
    studio.workers[0][0].stopping.wait(0.3)
    assert studio.api.prompts.total() == 0


def test_what_a_dead_process_had_only_claimed_goes_on_at_once(studio):
    dead = dead_worker()
    queued = claimed(studio.ask("queued"), f"{dead.pk}:x")
    running = claimed(studio.ask("running"), f"{dead.pk}:y")
    running.begin_submit(f"{dead.pk}:y", CLAIM)
    running.accept("n5_ltx2", soon())
    claimed(running, f"{dead.pk}:z")
    studio.start()
    for row in (queued, running):
        studio.until(row, status="succeeded")
    assert studio.api.prompts == {"queued": 1}
    assert not WorkerHeartbeat.objects.filter(pk=dead.pk).exists()


def test_a_claim_whose_answer_was_lost_with_the_connection_goes_on_before_it_ends(studio, monkeypatch):
    taken, lost = loop.claim, threading.Event()

    def claim_unheard(*arguments):
        claimed = taken(*arguments)
        if claimed and not lost.is_set():
            lost.set()
            raise OperationalError("the connection is gone")
        return claimed

    monkeypatch.setattr(loop, "claim", claim_unheard)
    sending = put(
        studio.ask("sending"), status="submitting", charged="maybe", submitted_at=ago(seconds=1), due_at=soon(600)
    )
    row = studio.ask()
    worker = studio.start(claim=600)
    studio.until_true(lambda: worker.heartbeat)
    put(sending, claim_token=f"{worker.heartbeat.pk}:lost", due_at=soon(600))
    assert studio.until(row, status="succeeded").submitted_at
    assert lost.is_set()
    assert Generation.objects.get(pk=sending.pk).status == "submitting"  # its POST may have begun
    assert studio.api.prompts == {"a wave": 1}


def test_a_sending_whose_claim_ran_out_is_unconfirmed_though_its_worker_is_unknown(studio):
    row = claimed(studio.ask(), "999:x")
    row.begin_submit("999:x", CLAIM)
    put(row, due_at=ago(seconds=1))
    studio.start()
    studio.until(row, status="unconfirmed")
    assert studio.api.prompts.total() == 0


@pytest.mark.parametrize("table", ["studio_generationevent", "studio_generation"])
def test_an_answer_outlives_a_database_that_is_away(studio, caplog, table):
    def break_it(peer):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO away")
        connection.close()
        peer.send(accepted("n6_ltx2"))

    caplog.set_level(logging.ERROR)
    studio.api.on_post(break_it)
    row = studio.ask()
    studio.start()
    try:
        studio.until_true(lambda: f"generation={row.pk} task_id=n6_ltx2" in caplog.text)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE away RENAME TO {table}")
    assert studio.until(row, status="succeeded").task_id == "n6_ltx2"
    assert studio.api.prompts["a wave"] == 1


def test_a_wrong_key_is_found_before_anything_is_sent(studio):
    studio.api.keyed = False
    studio.api.on_poll(error(401, "This key is no good"))
    studio.start()
    studio.until_true(lambda: studio.state.paused == "key")
    assert "This key is no good" in studio.state.message
    row = studio.ask()
    assert row.held == "key"
    studio.stop()
    studio.api.keyed = True
    studio.start()
    studio.until_true(lambda: studio.state.paused == "")
    studio.workers[0][0].stopping.wait(0.3)
    assert Generation.objects.get(pk=row.pk).held == "key"
    assert studio.api.prompts.total() == 0


def test_run_once_does_what_is_due_and_leaves(studio):
    now, later = studio.ask("now"), put(studio.ask("later"), due_at=soon(60))
    worker = studio.worker()
    worker.steps.schedule.__dict__["poll_seconds"] = 30.0
    worker.run_once()
    studio.workers = []
    assert Generation.objects.get(pk=now.pk).status == "running"
    assert Generation.objects.get(pk=later.pk).status == "queued"
    assert not WorkerHeartbeat.objects.exists()
    assert studio.api.prompts == {"now": 1}


def test_several_workers_send_each_take_once_and_keep_to_the_places(studio):
    most = []

    def count(peer):
        most.append(Generation.objects.filter(status__in=("submitting", "running")).count())
        connection.close()
        peer.send(accepted(f"n{len(most)}"))

    studio.api.on_post(count)
    rows = studio.ask(count=24)
    for _ in range(3):
        studio.start(most=4)
    for row in rows:
        studio.until(row, status="succeeded")
    assert studio.api.prompts == {"a wave": 24}
    assert max(most) <= 4

"""The loop that looks for what is due, of each kind of work, and gives it to threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import wait
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from studio.generations.claim import Claimed, Limits, Probe, claim, next_slot
from studio.generations.connections import HEARTBEAT_SECONDS, Connection, WorkerHeartbeat
from studio.generations.models import Generation
from studio.providers import kinds
from studio.providers.base import AccountTrouble, NotSent, Provider, TryLater
from studio.sqlite import reopen_if_replaced

from .database_writer import DatabaseWriter, drop_dead_connection
from .downloads import Downloads, downloads_from_settings
from .housekeeping import FileJobs, Housekeeping
from .journal import Journal
from .schedule import Schedule
from .sent_log import SentLog
from .steps import Steps
from .work import Work

log = logging.getLogger("studio.worker")

THREADS = 200  # most requests that wait for the provider at once
MOST_SENDING = THREADS // 4  # takes may all be slow to answer, and polls go on
LOOK_SECONDS = 0.15  # a new take is sent within a quarter of a second
BUSY_SECONDS = 0.02  # at least, between two looks
CLEAN_STOP_SECONDS = 8.5  # of ten: what is left has to do for writing down and leaving, on a busy machine too
SUBMIT_SECONDS = 60.0


def worker_from_settings(stopping: threading.Event | None = None) -> Worker:
    """A worker for the connection that the settings name; it works until `stopping` is set."""
    connection, claim = Connection.configured(), timedelta(seconds=settings.STUDIO_CLAIM_SECONDS)
    return Worker(
        client_of(connection),
        connection,
        Limits(settings.LTX2_MAX_RUNNING, settings.LTX2_REQUESTS_PER_SECOND, claim),
        Schedule(settings.LTX2_POLL_SECONDS),
        Journal(settings.STUDIO_DATA_DIR / "answers"),
        stopping,
        downloads_from_settings(),
        (Housekeeping(settings.STUDIO_DATA_DIR / "packing"), FileJobs()),
    )


def client_of(connection: Connection) -> Provider:
    """The program that speaks to this provider. A POST has to be over well before its claim is."""
    return kinds.client(
        connection.kind,
        connection.address,
        settings.PROVIDER_KEY,
        submit_seconds=min(SUBMIT_SECONDS, settings.STUDIO_CLAIM_SECONDS * 2 / 3),
        poll_seconds=min(15.0, settings.STUDIO_CLAIM_SECONDS / 2),
    )


class Takes(Work[Claimed | Probe]):
    """Sending new takes and polling those that were sent; or a probe, while the API is down."""

    name, threads, every = "a take's step", THREADS, 0.0

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self.steps, self.leave_seconds = steps, CLEAN_STOP_SECONDS

    def claim(self, worker: int, free: int) -> Sequence[Claimed | Probe]:
        steps = self.steps
        steps.sent_log.look()
        new = [job for job in self.in_hand.values() if isinstance(job, Claimed) and job.is_new]
        found = claim(steps.connection, worker, free, MOST_SENDING - len(new), steps.limits, steps.sent_log.known)
        return [found] if isinstance(found, Probe) else found

    def do(self, job: Claimed | Probe) -> None:
        if isinstance(job, Probe):
            self.steps.probe(job.wait)
        else:
            self.steps.take(job)

    def release(self, worker: int, *, died: bool, kept: Sequence[Claimed | Probe] | None = None) -> None:
        rows = Generation.objects.all()
        if kept is not None:  # the worker goes on: a claim whose POST may have begun stays until it ends
            in_hand = [job.generation.pk for job in kept if isinstance(job, Claimed)]
            rows = rows.exclude(pk__in=in_hand).exclude(status=Generation.Status.SUBMITTING)
        rows.release_claims_of(worker)

    def abandon(self, job: Claimed | Probe) -> None:
        """A POST without an answer by now may have arrived, and is written down so."""
        if isinstance(job, Claimed):
            job.generation.lose_answer("The studio was stopped before an answer came.", token=job.token)


class Worker:
    """Any number of these, in any number of processes, work on one database."""

    def __init__(
        self,
        client: Provider,
        connection: Connection,
        limits: Limits,
        schedule: Schedule,
        journal: Journal,
        stopping: threading.Event | None = None,
        downloads: Downloads | None = None,
        others: Sequence[Work[Any]] = (),
    ) -> None:
        self.connection, self.limits, self.client, self.journal = connection, limits, client, journal
        self.stopping, self.freed = stopping or threading.Event(), threading.Event()
        self.database_writer = DatabaseWriter()
        sent_log = SentLog(journal.folder.with_name("sent"), connection, schedule.poll(0))
        self.steps = Steps(client, connection, schedule, limits, journal, self.database_writer, self.stopping, sent_log)
        self.takes, self.downloads = Takes(self.steps), downloads
        if downloads:
            downloads.fresh_link = self.steps.fresh_link
        self.works: list[Work[Any]] = [self.takes, *([downloads] if downloads else []), *others]
        for work in self.works:
            work.begin(self.database_writer, self.stopping, self.freed)
        self.heartbeat: WorkerHeartbeat | None = None
        self.next_beat = 0.0

    def run(self) -> None:
        """Work until `stopping` is set, then finish what is in hand."""
        threading.Thread(target=self.check_key, daemon=True, name="key-check").start()
        while not self.stopping.is_set():
            try:
                self.look()
            except (DatabaseError, InterfaceError) as error:
                log.error("the database does not answer: %s", error)
                drop_dead_connection()
            except Exception:
                log.exception("looking for what is due broke")
                drop_dead_connection()
            self.stopping.wait(BUSY_SECONDS)
            self.freed.wait(LOOK_SECONDS - BUSY_SECONDS)
            self.freed.clear()
        self.finish()

    def run_once(self) -> None:
        """Everything that is due now, and no more."""
        while not self.stopping.is_set() and self.look(at_once=True):
            in_hand = [future for work in self.works for future in work.in_hand]
            while not self.stopping.is_set() and wait(in_hand, LOOK_SECONDS).not_done:
                self.beat()
        self.stopping.set()
        self.finish()

    def look(self, *, at_once: bool = False) -> bool:
        """Claim what is due, as much as there are free threads. Whether there was anything."""
        reopen_if_replaced()
        worker = self.beat()
        found = [work.look(worker, at_once=at_once) for work in self.works]
        return any(found)

    def beat(self) -> int:
        """Say that this worker is alive, and take over from those on this machine that are not. Gives its number."""
        if self.heartbeat and time.monotonic() < self.next_beat:
            return self.heartbeat.pk
        self.next_beat = time.monotonic() + HEARTBEAT_SECONDS
        self.heartbeat = self.heartbeat or WorkerHeartbeat.register()
        self.heartbeat.beat()
        self.release_lost(self.heartbeat.pk)
        self.journal.replay(self.steps.schedule.poll(0))
        for other in WorkerHeartbeat.objects.exclude(pk=self.heartbeat.pk):
            if other.is_gone:
                self.take_over(other)
        return self.heartbeat.pk

    def release_lost(self, worker: int) -> None:
        """A lease can be committed although its answer was lost with the connection: no thread has the row, and it
        would wait until the lease ends. So for that long after an error of the database they are looked for.
        """
        if time.monotonic() - self.database_writer.failed_at < self.limits.claim.total_seconds():
            for work in self.works:
                work.release_lost(worker)

    def take_over(self, dead: WorkerHeartbeat) -> None:
        for work in self.works:
            work.release(dead.pk, died=True)
        dead.delete()

    def check_key(self) -> None:
        """Before anything is typed: does the provider take this key? Asked by polling a made-up task, which is free."""
        try:
            self._check_key()
        except Exception:
            log.exception("the key could not be checked")

    def _check_key(self) -> None:
        asked_at = self.database_writer.do(lambda: Connection.of(self.connection.name)).revision
        slot = self.database_writer.do(lambda: next_slot(self.connection, self.limits))
        if self.stopping.wait(slot.total_seconds()):
            return
        try:
            self.client.check()
        except AccountTrouble as error:
            reason, message = error.reason, error.message
            self.database_writer.do(lambda: self.connection.pause(reason, message))
            log.warning("key refused: %s", message)
        except (NotSent, TryLater) as error:
            log.warning("the API does not answer yet: %s", error.message)
        else:
            self.database_writer.do(lambda: self.connection.key_accepted(asked_at))

    def finish(self) -> None:
        """Give the steps in hand 8.5 s, write down what has no answer by then, and let the rest go."""
        worker = self.heartbeat.pk if self.heartbeat else None
        try:
            for work in self.works:
                work.finish(worker)
            if self.heartbeat:
                self.heartbeat.delete()
        except (DatabaseError, InterfaceError) as error:  # the next worker finds out by the claims that run out
            log.error("the database does not answer at the end: %s", error)
        self.database_writer.close()

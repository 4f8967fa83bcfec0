"""The loop that claims what is due and gives each row to a thread."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future, wait
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from studio.generations.claim import Claimed, Limits, Probe, claim, next_slot
from studio.generations.models import Generation
from studio.generations.provider_state import HEARTBEAT_SECONDS, ProviderState, WorkerHeartbeat
from studio.library.archives import Archive
from studio.providers.apiin.client import Client
from studio.providers.base import AccountTrouble, NotSent, TryLater
from studio.sqlite import reopen_if_replaced
from studio.uploads.file_jobs import FileJob

from .database_writer import DatabaseWriter, drop_dead_connection
from .downloads import Downloads, downloads_from_settings
from .housekeeping import Housekeeping
from .journal import Journal
from .pool import Pool
from .schedule import Schedule
from .sent_log import SentLog
from .steps import Steps

log = logging.getLogger("studio.worker")

THREADS = 200  # most requests that wait for the provider at once
MOST_SENDING = THREADS // 4  # takes may all be slow to answer, and polls go on
LOOK_SECONDS = 0.15  # a new take is sent within a quarter of a second
BUSY_SECONDS = 0.02  # while all threads are busy and more is due
CLEAN_STOP_SECONDS = 8.5  # of ten: what is left has to do for writing down and leaving, on a busy machine too
DROP_SECONDS = 0.2  # more for downloads, which had that time as well
SUBMIT_SECONDS = 60.0
SUBMITTING = Generation.Status.SUBMITTING  # its POST may have begun: never released before its claim ends


def worker_from_settings(stopping: threading.Event | None = None) -> Worker:
    """A worker for the provider that the settings name; it works until `stopping` is set."""
    claim = timedelta(seconds=settings.STUDIO_CLAIM_SECONDS)
    # A POST has to be over well before its claim is.
    client = Client(
        settings.PROVIDER_BASE,
        settings.PROVIDER_KEY,
        submit_seconds=min(SUBMIT_SECONDS, settings.STUDIO_CLAIM_SECONDS * 2 / 3),
        poll_seconds=min(15.0, settings.STUDIO_CLAIM_SECONDS / 2),
    )
    limits = Limits(settings.LTX2_MAX_RUNNING, settings.LTX2_REQUESTS_PER_SECOND, claim)
    journal = Journal(settings.STUDIO_DATA_DIR / "answers")
    schedule, downloads = Schedule(settings.LTX2_POLL_SECONDS), downloads_from_settings()
    housekeeping = Housekeeping(settings.STUDIO_DATA_DIR / "packing")
    return Worker(client, settings.PROVIDER, limits, schedule, journal, stopping, downloads, housekeeping)


class Worker:
    """Any number of these, in any number of processes, work on one database."""

    def __init__(
        self,
        client: Client,
        provider: str,
        limits: Limits,
        schedule: Schedule,
        journal: Journal,
        stopping: threading.Event | None = None,
        downloads: Downloads | None = None,
        housekeeping: Housekeeping | None = None,
    ) -> None:
        self.provider, self.limits = provider, limits
        self.stopping = stopping or threading.Event()
        self.database_writer = DatabaseWriter()
        self.sent_log = SentLog(journal.folder.with_name("sent"), provider, schedule.poll(0))
        self.steps = Steps(
            client, provider, schedule, limits, journal, self.database_writer, self.stopping, self.sent_log
        )
        self.client, self.journal, self.downloads, self.housekeeping = client, journal, downloads, housekeeping
        if downloads:
            downloads.begin(self.database_writer, self.stopping, self.steps.fresh_link)
        self.pool = Pool(THREADS)
        self.in_hand: dict[Future[None], Claimed | None] = {}
        self.heartbeat: WorkerHeartbeat | None = None
        self.next_beat = 0.0

    def run(self) -> None:
        """Work until `stopping` is set, then finish what is in hand."""
        threading.Thread(target=self._guarded, args=(self.check_key,), daemon=True, name="key-check").start()
        if self.housekeeping:
            self.housekeeping.begin(self.stopping)
        while not self.stopping.is_set():
            try:
                busy = self.look()
            except (DatabaseError, InterfaceError) as error:
                log.error("the database does not answer: %s", error)
                drop_dead_connection()
                busy = False
            except Exception:
                log.exception("looking for what is due broke")
                drop_dead_connection()
                busy = False
            more = busy and len(self.in_hand) >= THREADS
            self.stopping.wait(BUSY_SECONDS if more else LOOK_SECONDS)
        self.finish()

    def run_once(self) -> None:
        """Everything that is due now, and no more."""
        while not self.stopping.is_set() and self.look():
            while not self.stopping.is_set() and wait(self.in_hand, LOOK_SECONDS).not_done:
                self.beat()
        if self.downloads and self.heartbeat:
            self.downloads.run_once(self.heartbeat.pk)
        if self.housekeeping:
            self.housekeeping.run_once()
        self.stopping.set()
        self.finish()

    def look(self) -> bool:
        """Claim what is due, as much as there are free threads."""
        reopen_if_replaced()
        self.beat()
        self.in_hand = {future: job for future, job in self.in_hand.items() if not future.done()}
        free = THREADS - len(self.in_hand)
        if not free:
            return True
        assert self.heartbeat is not None
        worker, sends = self.heartbeat.pk, MOST_SENDING - self.sending
        if self.downloads:
            self.downloads.look(worker)
        claimed = self.database_writer.do(lambda: self.claim(worker, free, sends))
        if isinstance(claimed, Probe):
            self.in_hand[self.pool.submit(self._guarded, self.steps.probe, claimed.wait)] = None
            return True
        for job in claimed:
            self.in_hand[self.pool.submit(self._guarded, self.steps.take, job)] = job
        return bool(claimed)

    def claim(self, worker: int, places: int, sends: int) -> list[Claimed] | Probe:
        self.sent_log.look()
        return claim(self.provider, worker, places, sends, self.limits, self.sent_log.known)

    @property
    def sending(self) -> int:
        """New takes in hand, as they stood when they were claimed."""
        jobs = (job for job in self.in_hand.values() if job)
        return sum(job.generation.status == Generation.Status.QUEUED for job in jobs)

    def beat(self) -> None:
        """Say that this worker is alive, and take over from those on this machine that are not."""
        if time.monotonic() < self.next_beat:
            return
        self.next_beat = time.monotonic() + HEARTBEAT_SECONDS
        if self.heartbeat is None:
            self.heartbeat = WorkerHeartbeat.register()
            if self.housekeeping:
                self.housekeeping.worker = self.heartbeat.pk
        self.heartbeat.beat()
        self.release_lost_claims(self.heartbeat.pk)
        self.journal.replay(self.steps.schedule.poll(0))
        for other in WorkerHeartbeat.objects.exclude(pk=self.heartbeat.pk):
            if other.is_gone:
                Generation.objects.release_claims_of(other.pk)
                Generation.objects.release_keeps_of(other.pk, died=True)
                Archive.release_claims_of(other.pk)
                FileJob.release_claims_of(other.pk)
                other.delete()

    def release_lost_claims(self, worker: int) -> None:
        """A claim can be committed although its answer was lost with the connection: no thread has the row, and it
        would wait until the claim ends. So for one claim's length after an error of the database they are looked for.
        """
        if time.monotonic() - self.database_writer.failed_at < self.limits.claim.total_seconds():
            in_hand = [job.generation.pk for future, job in self.in_hand.items() if job and not future.done()]
            Generation.objects.exclude(pk__in=in_hand).exclude(status=SUBMITTING).release_claims_of(worker)

    def check_key(self) -> None:
        """Before anything is typed: does the provider take this key? Asked by polling a made-up task, which is free."""
        asked_at = self.database_writer.do(lambda: ProviderState.of(self.provider)).revision
        slot = self.database_writer.do(lambda: next_slot(self.provider, self.limits))
        if self.stopping.wait(slot.total_seconds()):
            return
        try:
            self.client.check()
        except AccountTrouble as error:
            reason, message = error.reason, error.message
            self.database_writer.do(lambda: ProviderState.pause(self.provider, reason, message))
            log.warning("key refused: %s", message)
        except (NotSent, TryLater) as error:
            log.warning("the API does not answer yet: %s", error.message)
        else:
            self.database_writer.do(lambda: ProviderState.key_accepted(self.provider, asked_at))

    def finish(self) -> None:
        """Give the steps in hand 8.5 s; a POST without an answer by then may have arrived, and is written down so."""
        unfinished = wait(self.in_hand, timeout=CLEAN_STOP_SECONDS).not_done
        try:
            for future in unfinished:
                job = self.in_hand[future]
                if job and not future.cancel():
                    job.generation.lose_answer("The studio was stopped before an answer came.", token=job.token)
            if self.downloads:
                self.downloads.finish(self.heartbeat.pk if self.heartbeat else None, DROP_SECONDS)
            if self.housekeeping:
                self.housekeeping.finish(DROP_SECONDS)
            if self.heartbeat:
                Generation.objects.release_claims_of(self.heartbeat.pk)
                self.heartbeat.delete()
        except (DatabaseError, InterfaceError) as error:  # the next worker finds out by the claims that run out
            log.error("the database does not answer at the end: %s", error)
        self.pool.close()
        self.database_writer.close()

    def _guarded(self, step: object, *arguments: object) -> None:
        """The outermost guard: a fault of ours in one step must not take the others down."""
        try:
            step(*arguments)  # type: ignore[operator]
        except Exception:
            log.exception("a step broke")

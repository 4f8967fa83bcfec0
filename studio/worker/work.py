"""What the kinds of work have in common: the loop takes leases on what is due, and gives each row to a thread."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from django.db import DatabaseError, InterfaceError, connections

from .database_writer import DatabaseWriter

log = logging.getLogger("studio.worker")

Job = TypeVar("Job")
DROP_SECONDS = 0.2  # at the end, for what notices by itself that the worker stops


class Dropped(Exception):
    """The worker is leaving, or the row is another worker's by now: what is half done stays where it is."""


class Pool:
    """Daemon threads, started as they are needed: an executor's own would be waited for at the end of the process, and
    one that hangs in a POST for up to a minute would break the promise to leave within 10 s.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.jobs: queue.SimpleQueue[tuple[Future[None], Callable[[], None]] | None] = queue.SimpleQueue()
        self.threads: list[threading.Thread] = []
        self.idle = threading.Semaphore(0)

    def submit(self, job: Callable[[], None]) -> Future[None]:
        """Have a thread run a job, which must not raise. From one thread only."""
        future: Future[None] = Future()
        self.jobs.put((future, job))
        if not self.idle.acquire(blocking=False) and len(self.threads) < self.most:
            thread = threading.Thread(target=self._run, daemon=True, name=f"worker-{len(self.threads)}")
            self.threads.append(thread)
            thread.start()
        return future

    def close(self) -> None:
        """Each thread ends after what it has in hand. Nobody waits for that."""
        for _ in self.threads:
            self.jobs.put(None)

    def _run(self) -> None:
        while (item := self.jobs.get()) is not None:
            future, job = item
            if future.set_running_or_notify_cancel():
                job()
                future.set_result(None)
            self.idle.release()


class Work(Generic[Job]):
    """One kind of work, with threads of its own. `claim`, `do` and `release` say what it is."""

    name = ""
    threads = 1
    every = 0.5  # seconds between two looks
    leave_seconds = DROP_SECONDS

    def __init__(self) -> None:
        self.stopping = threading.Event()

    def begin(self, database_writer: DatabaseWriter, stopping: threading.Event, freed: threading.Event) -> None:
        """`freed` wakes the loop up when one of so far busy threads is free again."""
        self.database_writer, self.stopping, self.freed = database_writer, stopping, freed
        self.pool = Pool(self.threads)
        self.in_hand: dict[Future[None], Job] = {}
        self.next_look, self.is_full = 0.0, False
        self.left = threading.Event()

    def claim(self, worker: int, free: int) -> Sequence[Job]:
        """Take leases for this worker on what is due, on as much as `free` threads can do. Runs in one of the threads
        that write to the database.
        """
        raise NotImplementedError

    def do(self, job: Job) -> None:
        raise NotImplementedError

    def release(self, worker: int, *, died: bool, kept: Sequence[Job] | None = None) -> None:
        """Let the leases of a worker go that is gone, or, where it goes on, all but those that are `kept`."""
        raise NotImplementedError

    def abandon(self, job: Job) -> None:
        """The worker leaves while a thread is still at this."""

    def look(self, worker: int, *, at_once: bool = False) -> bool:
        """Have free threads do what is due. Whether there was anything."""
        self.in_hand = {future: job for future, job in self.in_hand.items() if not future.done()}
        free = self.threads - len(self.in_hand)
        self.is_full = not free
        if self.is_full:
            self.next_look = 0.0
            return True
        if time.monotonic() < self.next_look and not at_once:
            return False
        self.next_look = time.monotonic() + self.every
        jobs = self.database_writer.do(lambda: self.claim(worker, free))
        for job in jobs:
            self.in_hand[self.pool.submit(lambda job=job: self._guarded(job))] = job  # type: ignore[misc]
        self.is_full = len(self.in_hand) >= self.threads
        return bool(jobs)

    def run_once(self, worker: int = 0) -> None:
        """All that is due now, in this thread."""
        while not self.stopping.is_set() and (jobs := self.claim(worker, 1)):
            for job in jobs:
                self.do(job)

    def release_lost(self, worker: int) -> None:
        """What this worker has taken without knowing it, as the answer was lost with the connection."""
        kept = [job for future, job in self.in_hand.items() if not future.done()]
        self.release(worker, died=False, kept=kept)

    def finish(self, worker: int | None) -> None:
        """`stopping` is set: what is in hand has a while to end, and the rest is let go."""
        for future in wait(self.in_hand, self.leave_seconds).not_done:
            if not future.cancel():
                self.abandon(self.in_hand[future])
        self.left.set()
        if worker is not None:
            self.release(worker, died=False)
        self.pool.close()

    def _guarded(self, job: Job) -> None:
        """The outermost guard: a fault of ours in one job must not take the others down. Its lease runs out, and it is
        tried again.
        """
        try:
            self.do(job)
        except (DatabaseError, InterfaceError) as error:
            log.error("the database does not answer: %s", error)
        except Exception:
            log.exception("%s broke", self.name)
        finally:
            connections.close_all()
            if self.is_full:
                self.freed.set()


class Renewal:
    """Called again and again while a thread is at a row: renews the lease every so many seconds, and writes down how
    far it is. Raises Dropped where the worker stops or the lease is another's.
    """

    def __init__(
        self, renew: Callable[..., bool], stopping: threading.Event, every: float, first: float | None = None
    ) -> None:
        self.renew, self.stopping, self.every = renew, stopping, every
        self.next = time.monotonic() + (every if first is None else first)

    def __call__(self, *progress: int | None) -> None:
        if self.stopping.is_set():
            raise Dropped
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + self.every
            if not self.renew(*progress):
                raise Dropped

"""Threads that do not keep the process from leaving."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

Job = tuple["Future[None]", Callable[..., None], tuple[object, ...]]


class Pool:
    """Daemon threads, started as they are needed: an executor's own would be waited for at the end of the process, and
    one that hangs in a POST for up to a minute would break the promise to leave within 10 s.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.threads: list[threading.Thread] = []
        self.idle = threading.Semaphore(0)

    def submit(self, job: Callable[..., None], *arguments: object) -> Future[None]:
        """Have a thread run a job, which must not raise. From one thread only."""
        future: Future[None] = Future()
        self.jobs.put((future, job, arguments))
        if not self.idle.acquire(blocking=False) and len(self.threads) < self.most:
            thread = threading.Thread(target=self._work, daemon=True, name=f"worker-{len(self.threads)}")
            self.threads.append(thread)
            thread.start()
        return future

    def close(self) -> None:
        """Each thread ends after what it has in hand. Nobody waits for that."""
        for _ in self.threads:
            self.jobs.put(None)

    def _work(self) -> None:
        while (item := self.jobs.get()) is not None:
            future, job, arguments = item
            if future.set_running_or_notify_cancel():
                job(*arguments)
                future.set_result(None)
            self.idle.release()

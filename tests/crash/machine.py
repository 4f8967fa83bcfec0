"""Time in which this machine worked. A disk that many share stands still for ten seconds now and then, and processors
that many share leave little to each: that is no fault of the workers, and the clock by which they are judged goes as
slowly.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

PAUSE, MOST = 0.1, 0.25  # seconds: between two small writes, and what the clock goes on by for each at most
BURN = 0.002  # seconds of processor time, to see how long it takes to get them


class Machine:
    """Writes a few bytes to the disk again and again, and computes for a moment. While one of these writes hangs, `now`
    stays as it is; where a tenth of a processor is left, it goes a tenth as fast.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "heartbeat"
        self.worked, self.began, self.share = 0.0, time.monotonic(), 1.0
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True, name="machine")
        self.thread.start()

    def now(self) -> float:
        """Seconds. For differences only."""
        with self.lock:
            return self.worked + min(time.monotonic() - self.began, MOST) * self.share

    def close(self) -> None:
        self.stopping.set()
        self.thread.join(60)
        with suppress(OSError):
            self.path.unlink()

    def _run(self) -> None:
        while not self.stopping.wait(PAUSE):
            with self.path.open("wb") as file:
                file.write(b"here")
                file.flush()
                os.fsync(file.fileno())
            share = share_of_a_processor()
            with self.lock:
                at = time.monotonic()
                self.worked += min(at - self.began, MOST) * share
                self.began, self.share = at, share


def share_of_a_processor() -> float:
    began, burnt = time.monotonic(), time.thread_time()
    while time.thread_time() - burnt < BURN:
        pass
    return min(1.0, (time.thread_time() - burnt) / (time.monotonic() - began))

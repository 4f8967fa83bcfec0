"""Time in which this machine worked. A disk that many share stands still for ten seconds now and then, and so do all
workers: that is no fault of theirs, and the clock by which they are judged stands still with it.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

PAUSE, MOST = 0.1, 0.25  # seconds: between two small writes, and what the clock goes on by for each at most


class Machine:
    """Writes a few bytes to the disk again and again. While one of these writes hangs, `now` stays as it is."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "heartbeat"
        self.worked, self.began = 0.0, time.monotonic()
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True, name="machine")
        self.thread.start()

    def now(self) -> float:
        """Seconds. For differences only."""
        with self.lock:
            return self.worked + min(time.monotonic() - self.began, MOST)

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
            with self.lock:
                at = time.monotonic()
                self.worked += min(at - self.began, MOST)
                self.began = at

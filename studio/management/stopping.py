"""SIGTERM and Ctrl-C: the first stops cleanly and within ten seconds, the second at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType

LEAVE_SECONDS = 9.8


def on_stop(stop: Callable[[], None]) -> None:
    """Call `stop` at the first signal, in a thread of its own: the one that a signal interrupts may hold the very lock
    that `stop` needs. Leave at the second, or when stopping takes too long: what hangs in a database that does not
    answer is recovered by the next worker.
    """
    seen: list[int] = []
    signals: SimpleQueue[int] = SimpleQueue()

    def handle(number: int, frame: FrameType | None) -> None:
        if seen:
            os._exit(128 + number)
        seen.append(number)
        signal.setitimer(signal.ITIMER_REAL, LEAVE_SECONDS)  # by its default, SIGALRM ends the process
        signals.put(number)

    def wait() -> None:
        signals.get()
        stop()

    threading.Thread(target=wait, daemon=True, name="stop").start()
    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)

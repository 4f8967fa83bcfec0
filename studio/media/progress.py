"""How far a child process is with a file that takes it a while; see `child.Waiting`."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 0.5  # it is said at most so often

tell: Callable[[float], object] | None = None  # set in a child process
_said = 0.0


def report(share: float) -> None:
    """From 0 to 1."""
    global _said
    if tell and time.monotonic() - _said >= SECONDS:
        _said = time.monotonic()
        tell(min(max(share, 0.0), 1.0))

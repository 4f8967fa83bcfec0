"""A studio has some 25 threads. Each would reserve 8 MB for its stack and, with glibc, 64 MB for a heap of its own:
over a gigabyte of addresses, most of them never used, which machines and containers with a limit do not give.
"""

from __future__ import annotations

import ctypes
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.core.management.base import CommandError

STACK_BYTES = 1 << 20  # of a thread; the deepest calls here, a template in a template in a page, take a tenth of it
HEAPS = 2
NEEDED_MB = 400  # of addresses, with the sandbox; measured were 330
M_ARENA_MAX = -8  # of malloc.h


def use_less_memory() -> None:
    """To be called before the first thread starts."""
    threading.stack_size(STACK_BYTES)
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS)


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Raises CommandError where a limit on memory or threads keeps the studio from starting."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "start new thread" not in str(error):
            raise
        raise CommandError(f"There is too little memory for the studio, or too few threads. {limits()}") from None


def limits() -> str:
    """What this process may use, as far as it is limited, and where that is changed."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        return f"It may use {limit // 1_000_000:,} MB of addresses here (`ulimit -v`), and needs some {NEEDED_MB}."
    return "Look at the limits of this user, service or container (`ulimit -u`, TasksMax, memory and pids)."

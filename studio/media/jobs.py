"""The inside of a child process that opens files which somebody else wrote: `python -m studio.media.jobs`.

It reads requests from its standard input and answers on its standard output, each a length of four bytes and JSON
(`child` is the other side). It knows no settings and no secrets, and takes no more memory or processor time than it
may: what a hostile file does to it ends here.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from . import formats, progress, wire
from .checks import Broken, require_whole
from .claims import Overclaimed, check_claims
from .formats import Format, is_cut_off
from .refusals import CUT_OFF, NotTaken

OVERCLAIMED = "This is {} that claims more than it can hold: it is damaged, or made to do harm. Save it anew."
MEMORY = 1 << 30  # bytes: a picture of 50 million pixels and a video of 4K fit in
ADDRESSES = 6 << 30  # of address space, most of which nobody ever writes to
FILE = 5 << 28  # bytes of a file that it writes
DESCRIPTORS = 64
THREADS = 4  # processors, so that codecs start no more threads, each of which takes memory
NICENESS = 5
LOOK_SECONDS = 0.05
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def main() -> None:
    parent = os.getppid()
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)  # what a library prints is no answer
    os.close(nothing)
    _die_with_parent(parent)
    _limit()
    import av  # noqa: F401 - before the first request

    from . import images  # noqa: F401

    gc.collect()
    gc.freeze()  # what is loaded stays: the look after each request passes it by

    progress.tell = lambda share: wire.send(replies, {"progress": share})
    while (request := wire.receive(requests)) is not None:
        watch = Watch(parent)
        resource.setrlimit(resource.RLIMIT_CPU, _at_most(resource.RLIMIT_CPU, _cpu_seconds() + request["seconds"]))
        tempfile.tempdir = request["scratch"]
        answer = do(request["do"], request["with"])
        watch.stop()
        wire.send(replies, {**answer, "resident": resident()})
        if "died" in answer:
            return
        del answer, request
        gc.collect()


def do(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What comes of one request, or why nothing does."""
    try:
        return {"value": JOBS[name](**arguments)}
    except (NotTaken, Broken) as error:
        return {"died": "memory"} if _ran_out(error) else {"raised": type(error).__name__, "with": vars(error)}
    except Exception as error:  # noqa: BLE001 - the other side says it aloud
        return {"died": "memory"} if _ran_out(error) else {"fault": traceback.format_exc()}


def _ran_out(error: BaseException | None) -> bool:
    """Whether it came from a lack of memory, which libraries report in many ways."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        error = error.__cause__ or error.__context__
    return False


# Limits ---------------------------------------------------------------------------------------------------------------


def _limit() -> None:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)  # it goes when its parent goes
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_NOFILE, DESCRIPTORS),
        (resource.RLIMIT_AS, ADDRESSES),
        (resource.RLIMIT_DATA, MEMORY),
    ):
        with suppress(ValueError, OSError):  # some systems have not all of them: `Watch` looks after memory, too
            soft, _ = _at_most(kind, most)
            resource.setrlimit(kind, (soft, soft))
    with suppress(OSError):
        os.nice(NICENESS)
    if hasattr(os, "sched_setaffinity"):
        mine = sorted(os.sched_getaffinity(0))
        with suppress(OSError):
            os.sched_setaffinity(0, random.sample(mine, min(THREADS, len(mine))))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, this goes before the studio does


def _at_most(kind: int, most: int) -> tuple[int, int]:
    """A soft limit that is no higher than the hard one, and the hard one as it is."""
    hard = resource.getrlimit(kind)[1]
    return (most if hard == resource.RLIM_INFINITY else min(most, hard)), hard


def _die_with_parent(parent: int) -> None:
    """Where the system can do that; else the end of its input tells it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class Watch:
    """A thread that ends the process when it holds too much memory, or its parent is gone, while it is at work."""

    def __init__(self, parent: int) -> None:
        self.parent, self.over = parent, threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def stop(self) -> None:
        self.over.set()

    def _look(self) -> None:
        while not self.over.wait(LOOK_SECONDS):
            if resident() > MEMORY or os.getppid() != self.parent:
                os._exit(1)


def resident() -> int:
    """Bytes of memory that this process holds; where only that is told, that it ever held."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _cpu_seconds() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(used.ru_utime + used.ru_stime) + 1


# What it can do: plain data in, plain data out; files by their paths --------------------------------------------------


def _examine(path: str) -> dict[str, Any]:
    from .probe import examine

    kind = require_whole(Path(path))
    with open(path, "rb") as file:
        try:
            check_claims(file, kind.demuxer)
        except Overclaimed:
            raise Broken("the file claims more than it can hold", again=True) from None
    return asdict(examine(Path(path)))


def _measure(path: str, found: dict[str, Any]) -> dict[str, Any]:
    from .probe import measure

    with _opened(path, found) as (file, format_):
        return asdict(measure(file, format_))


def _clean(path: str, out: str) -> dict[str, Any]:
    from .images import clean

    with open(path, "rb") as file:
        return clean(file, out)


def _small_picture(path: str, side: int) -> bytes:
    from .images import small_picture

    with open(path, "rb") as file:
        return small_picture(file, side)


def _cut(
    path: str, out: str, found: dict[str, Any], start: Decimal, seconds: Decimal, sound_alone: bool, least: int
) -> None:
    from .clips import cut

    with _opened(path, found) as (file, format_):
        cut(file, format_, out, start, seconds, sound_alone=sound_alone, least=least)


def _without_place(path: str, out: str, found: dict[str, Any]) -> None:
    from .clips import without_place

    with _opened(path, found) as (file, format_):
        without_place(file, format_, out)


def _picture_at(path: str, out: str, found: dict[str, Any], seconds: Decimal | None) -> None:
    from .clips import picture_at

    with _opened(path, found) as (file, format_):
        picture_at(file, format_, out, seconds)


JOBS: dict[str, Callable[..., Any]] = {
    "examine": _examine,
    "measure": _measure,
    "clean": _clean,
    "small_picture": _small_picture,
    "cut": _cut,
    "without_place": _without_place,
    "picture_at": _picture_at,
}


@contextmanager
def _opened(path: str, found: dict[str, Any]) -> Iterator[tuple[BinaryIO, Format]]:
    """A sound or a video that claims no more than it can hold. Raises NotTaken."""
    format_ = _format(found)
    with open(path, "rb") as file:
        try:
            check_claims(file, format_.demuxer)
        except Overclaimed:
            cut_off = is_cut_off(file, format_, os.fstat(file.fileno()).st_size)
            raise NotTaken((CUT_OFF if cut_off else OVERCLAIMED).format(format_.words)) from None
        yield file, format_


def _format(found: dict[str, Any]) -> Format:
    """The one that `formats` knows by these words."""
    return next(each for each in vars(formats).values() if isinstance(each, Format) and asdict(each) == found)


if __name__ == "__main__":
    main()

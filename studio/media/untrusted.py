"""Files that somebody else wrote, opened in a child process: no library reads them in this one.

Each function is the one of the same name in `inspect`, `clean`, `trim`, `bare`, `frame` and `probe`. A file that takes
more than it may is refused in words.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, BinaryIO

from . import child
from .checks import Kind, Unsafe
from .child import AllBusy, ChildDied, Waiting
from .facts import Examined, Facts, Picture, VideoFacts
from .formats import Format
from .refusals import NotTaken

UNSAFE = "This file could not be read safely: it takes too much memory or time. Save it anew, or smaller."
BUSY = "The studio is busy with other files. Try again in a minute."
SECONDS = {"cut": 400, "without_place": 120}  # of processor time
SECONDS_ELSE = 60
WHOLE = Decimal(10_000_000)
_one_at_a_time = threading.Lock()  # a large picture takes some hundred megabytes while it is worked on


def measure(file: BinaryIO, found: Format) -> Facts:
    """What a sound or a video of this format holds. Raises NotTaken."""
    with _path_of(file) as path:
        facts = Facts(**_done("measure", path=path, found=asdict(found)))
    _require_suffix(facts.suffix)
    return facts


def clean(file: BinaryIO) -> Picture:
    """The picture without any metadata, as JPEG, PNG or WebP. Raises NotTaken."""
    with _path_of(file) as path, NamedTemporaryFile(prefix="dailies-picture-") as out, _one_at_a_time:
        told = _done("clean", path=path, out=out.name)
        _require_suffix(told["suffix"])
        return Picture(open(out.name, "rb"), **told)


@contextmanager
def cut(
    file: BinaryIO,
    found: Format,
    start: Decimal = Decimal(0),
    seconds: Decimal = WHOLE,
    *,
    sound_alone: bool = False,
    least: int = 0,
    waiting: Waiting | None = None,
) -> Iterator[BinaryIO]:
    """A new file that holds the part; it goes when the context ends. Raises NotTaken, and what `waiting` raises."""
    wanted = {"start": start, "seconds": seconds, "sound_alone": sound_alone, "least": least}
    with _path_of(file) as path, NamedTemporaryFile(prefix="dailies-part-") as out:
        _done("cut", waiting, path=path, out=out.name, found=asdict(found), **wanted)
        with open(out.name, "rb") as part:
            yield part


@contextmanager
def without_place(file: BinaryIO, found: Format) -> Iterator[BinaryIO]:
    """The same sound and pictures without what tells where they were recorded. Raises NotTaken."""
    with _path_of(file) as path, NamedTemporaryFile(prefix="dailies-bare-") as out:
        _done("without_place", path=path, out=out.name, found=asdict(found))
        with open(out.name, "rb") as bare:
            yield bare


@contextmanager
def picture_at(
    file: BinaryIO, found: Format, seconds: Decimal | None, waiting: Waiting | None = None
) -> Iterator[IO[bytes]]:
    """A PNG of the frame that is shown at that moment; None is the last. Raises NotTaken, and what `waiting` raises."""
    with _path_of(file) as path, NamedTemporaryFile(prefix="dailies-frame-") as out:
        _done("picture_at", waiting, path=path, out=out.name, found=asdict(found), seconds=seconds)
        with open(out.name, "rb") as picture:
            yield picture


def examine(path: Path, waiting: Waiting | None = None) -> Examined:
    """Everything that is to be known of a video file. Raises Broken, and what `waiting` raises."""
    try:
        told = child.children.run("examine", {"path": str(path)}, SECONDS_ELSE, waiting)
    except (ChildDied, AllBusy):
        raise Unsafe from None
    return Examined(Kind(**told["kind"]), VideoFacts(**told["facts"]), told["poster"])


def small_picture(file: BinaryIO, side: int = 640) -> bytes:
    """A JPEG of a picture, upright, whose sides are no longer than that. Raises NotTaken."""
    with _path_of(file) as path:
        picture: bytes = _done("small_picture", path=path, side=side)
    return picture


def _done(name: str, waiting: Waiting | None = None, /, **arguments: Any) -> Any:
    try:
        return child.children.run(name, arguments, SECONDS.get(name, SECONDS_ELSE), waiting)
    except ChildDied:
        raise NotTaken(UNSAFE) from None
    except AllBusy:
        raise NotTaken(BUSY, retry=True) from None


def _require_suffix(suffix: str) -> None:
    """It becomes a part of a file's name."""
    if not re.fullmatch(r"\.[a-z0-9]{2,5}", suffix):
        raise NotTaken(UNSAFE)


@contextmanager
def _path_of(file: BinaryIO) -> Iterator[str]:
    """Where the bytes of an open file can be read by another process: a copy, where they are nowhere else."""
    file.seek(0, io.SEEK_SET)  # which writes down what is not yet
    name = getattr(file, "name", None)
    if isinstance(name, str) and _is_at(file, name):
        yield os.path.abspath(name)
        return
    with NamedTemporaryFile(prefix="dailies-file-") as copy:
        shutil.copyfileobj(file, copy, 1 << 20)
        copy.flush()
        yield copy.name
    file.seek(0, io.SEEK_SET)


def _is_at(file: BinaryIO, name: str) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(name))
    except (OSError, ValueError, AttributeError):
        return False

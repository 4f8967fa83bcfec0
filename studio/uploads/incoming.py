"""Files that come in by chunks, so that none is sent anew after the connection broke: what is there so far lies in the
data folder under a name that tells whose it is and how large it will be, and its own size says how far it is.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from studio.media.refusals import NotTaken

from .intake import require_room

CHUNK = 4 << 20  # bytes: what a page sends at a time
MOST_BODY = 8 << 20  # of one request, with what a form puts around its files
MOST_FILE = 1 << 30
MOST_AT_ONCE = 10  # of one owner
COPIES = 2  # of a file, while it is taken: what has come in, and the one that is kept
ACTIVE_SECONDS = 600
DAY = 24 * 3600
NAME = re.compile(r"[0-9a-f]{32}-[0-9]{1,10}")
TOO_LARGE = "This file is too large: 1 GB is the most. Cut it to what you need, or save it smaller."
TOO_MANY = "Other files are just coming in, as many as the studio takes at a time. Try again when one of them is done."
TOO_MUCH = "More came than the file was said to have. Choose it again."


def folder() -> Path:
    made: Path = settings.STUDIO_DATA_DIR / "incoming"
    made.mkdir(mode=0o700, exist_ok=True)
    return made


def path_of(owner: Any, name: str) -> Path:
    """Where the owner's file is, if it is still there; somebody else's never is. Raises FileNotFoundError."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return folder() / f"{owner.pk}-{name}"


def begin(owner: Any, size: int) -> str:
    """A place for a file of so many bytes; its name. Raises NotTaken."""
    if size > MOST_FILE:
        raise NotTaken(TOO_LARGE)
    others = active()
    if sum(each.startswith(f"{owner.pk}-") for each in others) >= MOST_AT_ONCE:
        raise NotTaken(TOO_MANY, retry=True)
    to_come = sum(size_of(each) * COPIES - there for each, there in others.items())
    require_room(size * COPIES + to_come, folder())
    name = f"{secrets.token_hex(16)}-{size}"
    path_of(owner, name).touch(mode=0o600)
    return name


def active() -> dict[str, int]:
    """The files that are just coming in, everybody's, and how many bytes of each are there."""
    found = {}
    for path in folder().iterdir():
        with suppress(FileNotFoundError):  # it is whole by now
            seen = path.stat()
            if seen.st_mtime > time.time() - ACTIVE_SECONDS:
                found[path.name] = seen.st_size
    return found


def size_of(name: str) -> int:
    """How large it will be."""
    return int(name.rpartition("-")[2])


def received(owner: Any, name: str) -> int:
    """How many bytes of it are there. Raises FileNotFoundError."""
    return path_of(owner, name).stat().st_size


def append(owner: Any, name: str, offset: int, chunk: bytes) -> int:
    """Write down what begins at `offset`; how many bytes there are then. Nothing is written where the file does not end
    there: the same chunk may come twice. Raises FileNotFoundError, NotTaken, or OSError.
    """
    with path_of(owner, name).open("r+b", buffering=0) as file:
        with suppress(OSError):  # a folder without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        there = file.seek(0, os.SEEK_END)
        if there != offset:
            return there
        if there + len(chunk) > size_of(name):
            raise NotTaken(TOO_MUCH)
        require_room(len(chunk), folder())
        try:
            file.write(chunk)
            os.fsync(file.fileno())
        except OSError:
            file.truncate(there)
            raise
        return there + len(chunk)


@contextmanager
def whole(owner: Any, name: str) -> Iterator[Any]:
    """The file, once all of it is there. It goes when it is taken, or when it never will be. Raises FileNotFoundError,
    or NotTaken.
    """
    path = path_of(owner, name)
    with path.open("rb") as file:
        if path.stat().st_size < size_of(name):
            raise NotTaken("Not all of this file has come yet. Try again.", retry=True)
        try:
            yield file
        except NotTaken as refusal:
            if not refusal.retry:
                drop(owner, name)
            raise
        drop(owner, name)


def drop(owner: Any, name: str) -> None:
    path_of(owner, name).unlink(missing_ok=True)


def sweep(seconds: float = DAY) -> None:
    """Forget files of which nothing has come for so long."""
    for path in folder().iterdir():
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - seconds:
                path.unlink()

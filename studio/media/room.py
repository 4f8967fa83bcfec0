"""Room on the disk: what is written in bulk leaves a reserve, for the database and for whatever else lives there."""

from __future__ import annotations

import errno
import re
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?)b?|b)?", re.IGNORECASE)
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
MOST_BYTES = 1 << 50
MOST_SHARE = Decimal(90)  # percent


class NoRoom(OSError):
    """Writing on would touch the reserve. The text is for people; `done`: bytes that had come by then, and `total` is
    how many there would have been, where that is known.
    """

    def __init__(self, text: str, done: int = 0, total: int | None = None) -> None:
        super().__init__(errno.ENOSPC, text)
        self.done, self.total = done, total


@dataclass(frozen=True)
class Reserve:
    """Bytes that stay free, and percent of the disk that stay free; where both are given, the smaller counts."""

    bytes: int | None = None
    percent: Decimal | None = None

    @classmethod
    def parse(cls, text: str) -> Reserve:
        """From "512MB" or "5%". Raises ValueError."""
        share = _SHARE.fullmatch(text.strip())
        if share is None:
            return cls(bytes=parse_size(text))
        if Decimal(share[1]) > MOST_SHARE:
            raise ValueError(f"{text!r} is no size")
        return cls(percent=Decimal(share[1]))

    def room_in(self, folder: Path) -> int:
        """Bytes that may still be written into a folder; negative where the reserve is touched already. The folder
        need not be there yet.
        """
        disk = shutil.disk_usage(next(each for each in (folder, *folder.parents) if each.exists()))
        share = None if self.percent is None else int(disk.total * self.percent / 100)
        return disk.free - min((each for each in (self.bytes, share) if each is not None), default=0)

    def require(self, folder: Path, size: int, *, done: int = 0, total: int | None = None) -> None:
        """Raises NoRoom where so many bytes more would touch the reserve."""
        room = self.room_in(folder)
        if size > room:
            needed, left = size_in_words(size), size_in_words(max(room, 0))
            words = f"{needed} more are needed, and there is room for {left} (STUDIO_DISK_RESERVE stays free)"
            raise NoRoom(words, done, total)


def parse_size(text: str) -> int:
    """Bytes: "2GB" is 2,000,000,000 and "2GiB" 2,147,483,648. Raises ValueError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size")
    number, unit, binary = Decimal(found[1]), (found[2] or "").lower(), found[3]
    size = int(number * (1024 if binary else 1000) ** _POWERS[unit])
    if size > MOST_BYTES:
        raise ValueError(f"{text!r} is no size")
    return size


def size_in_words(size: int) -> str:
    """A number of bytes for people."""
    for unit, least in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= least:
            return f"{size / least:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"

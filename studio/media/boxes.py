"""The boxes of an MP4 or a QuickTime file, and whether all of them are there: a cut-off file still tells its full
length, so it is the sizes of its parts that are added up.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO

MOST_BOXES = 200_000
# Boxes without which something would be missing. What else does not end inside the file is no box, but a line end, a
# camera's trailer, or what else some programs hang behind.
_PARTS = (b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix", b"meta", b"emsg", b"wide", b"pnot")
# Boxes that hold nothing to be seen: where it is not known how long a file should be, one that does not end inside it
# tells that more was to come.
_PADDING = (b"free", b"skip", b"uuid", b"udta")
_TAIL = 64


@dataclass(frozen=True)
class Box:
    """`kind` is empty for what follows the last box of a file."""

    kind: bytes
    at: int
    begin: int  # of its contents
    end: int  # as it says, which may be behind the end of the file


def read_box(file: BinaryIO, at: int, end: int) -> Box | None:
    """The box that begins there; one without a length goes to `end`. None where none can begin."""
    file.seek(at)
    head = file.read(16)
    if len(head) < 8:
        return None
    length, begin = int.from_bytes(head[:4]), at + 8
    if length == 1:
        length, begin = int.from_bytes(head[8:16]) if len(head) == 16 else 16, at + 16
    elif length == 0:
        length = end - at
    return Box(head[4:8], at, begin, at + length) if at + length >= begin else None


def end_of_boxes(file: BinaryIO, *, of_known_size: bool = True) -> int | None:
    """None where something is missing, or where a page hangs behind."""
    needed = _PARTS if of_known_size else _PARTS + _PADDING
    size = file.seek(0, io.SEEK_END)
    at, seen, closed = 0, set(), False
    for _ in range(MOST_BOXES):
        box = read_box(file, at, size)
        if box is None or not all(0x20 <= each < 0x7F or each == 0xA9 for each in box.kind):
            break
        if box.end > size:
            if box.kind in needed:
                return None
            break
        seen.add(box.kind)
        closed = box.kind == b"mfra"
        at = box.end
    else:
        return None
    file.seek(at)
    tail = file.read(_TAIL)
    begun = b"moof" in seen and not closed and 0 < size - at < 8 and tail[:1] == b"\0" and tail.strip(b"\0")
    whole = b"moov" in seen and seen & {b"mdat", b"moof"} and not begun
    return at if whole and not tail.lstrip(b"\xef\xbb\xbf\0 \t\r\n").startswith(b"<") else None

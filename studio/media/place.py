"""Where something was recorded: phones and cameras note it in boxes beside the pictures, or in a track of its own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from .boxes import Box, read_box
from .formats import Format

MOST_BOXES = 1_000_000
LOOKED_AT = 4 << 20  # bytes of one box
FILLING = 256  # bytes in a box that says that it is free: so much may be a greeting of the program that wrote it
_WORDS = re.compile(rb"location|gps|iso6709|\xa9xyz|latitude|longitude|geotag", re.IGNORECASE)
_COORDINATES = re.compile(
    rb"[+-]\d{1,3}\.\d{2,}\s*[,;/ ]?\s*[+-]\d{1,3}\.\d{2,}|\d{1,3}\.\d{4,}\s*[,;/ ]\s*[+-]?\d{1,3}\.\d{4,}"
)
# What a file needs to be played, by the box that holds it. All else goes.
_NEEDED = {
    b"": {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"ssix", b"mfra", b"wide", b"pdin"},
    b"moov": {b"mvhd", b"trak", b"mvex", b"iods"},
    b"trak": {b"tkhd", b"tapt", b"edts", b"mdia"},
    b"moof": {b"mfhd", b"traf"},
}
STAYS = "This file says where it was recorded, and that cannot be taken out of it. Save it as MP4 first."
_HARMLESS = {b"meta", b"name", b"hnti", b"hinf", b"titl", b"auth", b"cprt", b"tref", b"free", b"skip", b"load", b"clip"}
_PLAYED = {int.from_bytes(kind) for kind in (b"vide", b"auxv", b"soun")}  # tracks
_TIMECODE = int.from_bytes(b"tmcd")


def says_where(file: BinaryIO, found: Format, container: Any) -> bool:
    """Whether a file tells where it was recorded, or has something in it that may. `container`: it, opened by libav."""
    notes = [container.metadata, *(stream.metadata for stream in container.streams)]
    if any(
        _WORDS.search(name.encode()) or _COORDINATES.search(value.encode())
        for each in notes
        for name, value in each.items()
    ):
        return True
    if found.demuxer != "mov":  # subtitles, what a camera measures, files that are attached
        return any(stream.type not in ("video", "audio") for stream in container.streams)
    place = file.tell()
    try:
        return any(_may_tell(file, box) for box in needless(file))
    finally:
        file.seek(place)


def _tells(text: bytes) -> bool:
    return bool(_WORDS.search(text) or _COORDINATES.search(text))


def _may_tell(file: BinaryIO, box: Box) -> bool:
    file.seek(box.begin)
    text = file.read(min(box.end - box.begin, LOOKED_AT))
    if box.kind in (b"free", b"skip", b""):
        return len(text.strip(b"\0")) > FILLING
    if box.kind == b"trak" and _handler(file, box) == _TIMECODE:
        return _tells(text)
    if box.kind == b"udta":
        inner = {each.kind for each in _boxes(file, box.begin, box.end) if each.kind}
        unknown = any(kind not in _HARMLESS and not kind.startswith(b"\xa9") for kind in inner)
        return unknown or _tells(text)
    return _tells(text) if box.kind in _HARMLESS else bool(text.strip(b"\0"))


def needless(file: BinaryIO) -> Iterator[Box]:
    """Boxes that a player does not need."""
    gone: set[int] = set()
    for box in _boxes(file, 0, file.seek(0, io.SEEK_END)):
        if box.kind in (b"moov", b"moof"):
            yield from _needless_in(file, box, gone)
        elif box.kind not in _NEEDED[b""]:
            yield box


def _needless_in(file: BinaryIO, outer: Box, gone: set[int]) -> Iterator[Box]:
    """`gone`: tracks that are not needed, by their numbers; those that are found are added."""
    for box in _boxes(file, outer.begin, outer.end):
        if box.kind not in _NEEDED[outer.kind]:
            yield box
        elif box.kind == b"traf":
            if _number(file, box, b"tfhd", 4) in gone:
                yield box
        elif box.kind == b"trak":
            if _handler(file, box) in _PLAYED:
                yield from _needless_in(file, box, gone)
            else:
                gone.add(track_of(file, box))
                yield box


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[Box]:
    at = begin
    for _ in range(MOST_BOXES):
        box = read_box(file, at, end)
        if at + 8 > end or box is None or box.end > end:
            break
        yield box
        at = box.end
    if at < end:
        yield Box(b"", at, at, end)


def _inner(file: BinaryIO, outer: Box, kind: bytes) -> Box | None:
    return next((box for box in _boxes(file, outer.begin, outer.end) if box.kind == kind), None)


def _number(file: BinaryIO, outer: Box, kind: bytes, at: int) -> int:
    """A number of four bytes in a box inside of this one; 0 where there is none."""
    box = _inner(file, outer, kind)
    if box is None:
        return 0
    file.seek(box.begin + at)
    return int.from_bytes(file.read(4))


def track_of(file: BinaryIO, trak: Box) -> int:
    """The number of a track. It stands behind two times, which a later version writes in eight bytes each."""
    later = _number(file, trak, b"tkhd", 0) >> 24
    return _number(file, trak, b"tkhd", 20 if later else 12)


def _handler(file: BinaryIO, trak: Box) -> int:
    media = _inner(file, trak, b"mdia")
    return _number(file, media, b"hdlr", 8) if media else 0

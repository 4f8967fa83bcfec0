"""What a video file is by its own bytes, and whether all of it is there. Nothing is decoded here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .boxes import end_of_boxes

HEAD = 64  # bytes from the beginning that tell what a file is
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


class Broken(Exception):
    """It is no video that can be kept. `reason`: in words for people. `again`: another try may bring a better file."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.again = reason, again


class Unsafe(Broken):
    """Reading it took more memory or time than it may, or broke the library that reads it."""

    def __init__(self) -> None:
        super().__init__("the file could not be read safely: it takes too much memory or time", again=True)


@dataclass(frozen=True)
class Kind:
    """A kind of video file. `demuxer`: the one of libav that may open it: others would follow links inside of files."""

    suffix: str
    content_type: str
    demuxer: str


MP4 = Kind(".mp4", "video/mp4", "mp4")
MOV = Kind(".mov", "video/quicktime", "mov")
WEBM = Kind(".webm", "video/webm", "webm")


def kind_of(head: bytes) -> Kind | None:
    """By the first `HEAD` bytes of a file; None: it is no video that browsers play."""
    box = head[4:8]
    if box == b"ftyp":
        brand = head[8:12]
        return None if brand in (b"avif", b"heic", b"mif1", b"M4A ", b"M4B ") else MOV if brand == b"qt  " else MP4
    if box in (b"moov", b"wide", b"mdat"):  # QuickTime of before there were brands
        return MOV
    return WEBM if head.startswith(_EBML) and b"webm" in head else None


def require_kind(head: bytes) -> Kind:
    """Raises Broken, with what the file is instead where that can be told."""
    kind = kind_of(head)
    if kind is None:
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        page = start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body"))
        raise Broken("it leads to a web page, not to a video" if page else "the file is no MP4, WebM or MOV video")
    return kind


def require_whole(path: Path) -> Kind:
    """Raises Broken. A cut-off MP4 still tells its full length, so it is the sizes of its parts that are added up."""
    with path.open("rb") as file:
        kind = require_kind(file.read(HEAD))
        size = os.fstat(file.fileno()).st_size
        if kind is WEBM:
            _require_segment(file, size)
        else:
            if end_of_boxes(file) is None:
                raise Broken("the file is cut off", again=True)
    return kind


def require_end(file: BinaryIO) -> None:
    """Of what a server sent without saying how much it is. Raises Broken where the file tells that more was to come."""
    file.seek(0)
    if kind_of(file.read(HEAD)) in (MP4, MOV) and end_of_boxes(file, of_known_size=False) is None:
        raise Broken("the file is cut off", again=True)


def _require_segment(file: BinaryIO, size: int) -> None:
    """A WebM is one head and one segment, which tells its length unless it was made for a live stream."""
    file.seek(4)
    length, width = _vint(file.read(8))
    file.seek(4 + width + (length or 0))
    if file.read(4) != _SEGMENT:
        raise Broken("the file is damaged", again=True)
    begin = file.tell()
    length, width = _vint(file.read(8))
    if length is None:
        _require_elements(file, begin + width, size)
    elif begin + width + length > size:
        raise Broken("the file is cut off", again=True)


def _require_elements(file: BinaryIO, place: int, size: int) -> None:
    """Where nothing tells the length of the whole, its parts tell theirs."""
    while place < size:
        file.seek(place)
        head = file.read(12)
        name = 9 - head[0].bit_length()
        if name > 4:
            break  # no element any more: what some append to fill up
        length, width = _vint(head[name:])
        place += name + width + (length or 0)  # where that is not told either, what it holds comes next
    if place > size:
        raise Broken("the file is cut off", again=True)


def _vint(data: bytes) -> tuple[int | None, int]:
    """A number of EBML's, None where it stands for "unknown", and the bytes that it takes."""
    if not data or not data[0]:
        raise Broken("the file is damaged", again=True)
    width = 9 - data[0].bit_length()
    if len(data) < width:
        raise Broken("the file is cut off", again=True)
    unknown = (1 << 7 * width) - 1
    value = int.from_bytes(data[:width]) & unknown
    return (None if value == unknown else value), width

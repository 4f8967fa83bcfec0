"""What a video file is by its own bytes, and whether all of it is there. Nothing is decoded here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from . import formats
from .boxes import end_of_boxes
from .elements import find_segment, is_cut_off
from .formats import format_of

HEAD = 64  # bytes from the beginning that tell what a file is


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
_KINDS = {formats.MP4: MP4, formats.MOV: MOV, formats.WEBM: WEBM}


def kind_of(head: bytes) -> Kind | None:
    """By the first `HEAD` bytes of a file; None: it is no video that browsers play."""
    if head[4:12] in (b"ftypM4A ", b"ftypM4B "):  # sound alone
        return None
    return _KINDS.get(format_of(head))


def require_kind(head: bytes) -> Kind:
    """Raises Broken, with what the file is instead where that can be told."""
    kind = kind_of(head)
    if kind is None:
        page = format_of(head) is formats.PAGE
        raise Broken("it leads to a web page, not to a video" if page else "the file is no MP4, WebM or MOV video")
    return kind


def require_whole(path: Path) -> Kind:
    """Raises Broken. A cut-off MP4 still tells its full length, so it is the sizes of its parts that are added up."""
    with path.open("rb") as file:
        kind = require_kind(file.read(HEAD))
        size = os.fstat(file.fileno()).st_size
        segment = find_segment(file) if kind is WEBM else None
        if kind is WEBM and segment is None:
            raise Broken("the file is damaged", again=True)
        if is_cut_off(file, segment, size) if segment else end_of_boxes(file) is None:
            raise Broken("the file is cut off", again=True)
    return kind


def require_end(file: BinaryIO) -> None:
    """Of what a server sent without saying how much it is. Raises Broken where the file tells that more was to come."""
    file.seek(0)
    if kind_of(file.read(HEAD)) in (MP4, MOV) and end_of_boxes(file, of_known_size=False) is None:
        raise Broken("the file is cut off", again=True)

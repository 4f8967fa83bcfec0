"""The elements of a Matroska or WebM file, and whether all of them are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

SEGMENT = 0x18538067
_LONGEST_HEAD = 12


@dataclass(frozen=True)
class Element:
    """`end` is None where it does not say how long it is, as in what was recorded live."""

    kind: int
    begin: int  # of its contents
    end: int | None


def read_element(file: BinaryIO, at: int) -> Element | None:
    """The element that begins there; None where none can begin."""
    file.seek(at)
    head = file.read(_LONGEST_HEAD)
    name = 9 - head[0].bit_length() if head else 9
    width = 9 - head[name].bit_length() if len(head) > name else 9
    if name > 4 or width > 8 or len(head) < name + width:
        return None
    begin, unknown = at + name + width, (1 << 7 * width) - 1
    length = int.from_bytes(head[name : name + width]) & unknown
    return Element(int.from_bytes(head[:name]), begin, None if length == unknown else begin + length)


def find_segment(file: BinaryIO) -> Element | None:
    """A file is one head and one segment."""
    head = read_element(file, 0)
    segment = read_element(file, head.end) if head and head.end is not None else None
    return segment if segment and segment.kind == SEGMENT else None


def is_cut_off(file: BinaryIO, segment: Element, size: int) -> bool:
    """Where nothing tells the length of the whole, its parts tell theirs."""
    if segment.end is not None:
        return segment.end > size
    at = segment.begin
    while at < size:
        element = read_element(file, at)
        if element is None:  # what some append to fill up; or a name without its length
            file.seek(at)
            return size - at < _LONGEST_HEAD and file.read(1) > b"\x0f"
        at = element.begin if element.end is None else element.end
    return at > size

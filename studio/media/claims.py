"""What a file claims to hold, before any library believes it.

A few bytes can claim millions of samples, for each of which a library makes an entry of its index. These checks read
the tables' heads alone: what the file cannot hold, or nobody could look through, is refused.
"""

from __future__ import annotations

import io
import struct
import sys
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from .boxes import read_box
from .elements import SEGMENT, read_element

MOST_SAMPLES = 4_000_000  # of all tracks: six hours of video and sound
MOST_ENTRIES = 4 * MOST_SAMPLES  # of all tables
MOST_ELEMENTS = MOST_SAMPLES + 1_000_000
MOST_BOXES, MOST_DEPTH, MOST_TRACKS = 1_000_000, 16, 64
MOST_EDITED = 2 * MOST_SAMPLES  # each edit of a track may name all its samples once more
MOST_HEADER = 32 << 20  # bytes of Matroska's lists, and of a header that is packed
SAMPLES_IN_ENTRY = 160  # fewest samples of plain sound that one entry of the index is made for
PACKED = 16  # samples of sound in a byte, at most
SLACK = 1 << 16  # bytes that the last part of a recording may lack


class Overclaimed(Exception):
    """The file claims more than it can hold."""


def check_claims(file: BinaryIO, demuxer: str) -> None:
    """Raises Overclaimed. Leaves alone what is merely damaged. The file stands at its beginning afterwards."""
    size = file.seek(0, io.SEEK_END)
    check = {"mov": _check_boxes, "mp4": _check_boxes, "matroska": _check_elements, "webm": _check_elements}
    check |= {"avi": _check_avi, "wav": _check_wav, "flac": _check_flac}
    if demuxer in check:
        check[demuxer](file, size)
    file.seek(0)


def _require(honest: bool) -> None:
    if not honest:
        raise Overclaimed


# MP4 and QuickTime ----------------------------------------------------------------------------------------------------

_HOLDERS = {
    b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta", b"mvex", b"moof", b"traf", b"mfra", b"wave",
    b"tref", b"sinf", b"schi", b"meta", b"cmov",
}  # fmt: skip
# Where a table's count stands behind the head of its box, and the fewest bytes of an entry.
_TABLES = {
    b"stts": (4, 8), b"ctts": (4, 8), b"stsc": (4, 12), b"stco": (4, 4), b"co64": (4, 8), b"stss": (4, 4),
    b"stps": (4, 4), b"elst": (4, 12), b"sbgp": (8, 8), b"dref": (4, 8), b"stsd": (4, 8), b"keys": (4, 8),
    b"tfra": (12, 11), b"senc": (4, 0), b"saiz": (5, 0), b"saio": (4, 4),
}  # fmt: skip
_UNBOUND = {b"senc", b"saiz"}  # whose entries may take no byte


@dataclass
class _Track:
    """What one track's tables say. `firsts` and `each`: from which chunk on there are how many samples in each."""

    is_sound: bool = False
    samples: int = 0
    bytes: int = 0
    chunks: int = 0
    edits: int = 0
    steps: int = 0  # entries of stts, how many samples they are about, and how long the last ones last
    stepped: int = 0
    ticks: int = 0
    firsts: array[int] = field(default_factory=lambda: array("I"))
    each: array[int] = field(default_factory=lambda: array("I"))

    @property
    def is_plain_sound(self) -> bool:
        """Whether a sample lasts for one tick: then the index has an entry for many of them."""
        return self.is_sound and (self.steps, self.ticks) == (1, 1)

    def stretches(self) -> Iterator[tuple[int, int]]:
        """How many chunks, with how many samples in each."""
        behind = self.chunks + 1
        for first, end, each in zip(self.firsts, [*self.firsts[1:], behind], self.each, strict=True):
            yield max(0, min(end, behind) - first), each


@dataclass
class _Movie:
    """What all its boxes claim together."""

    size: int  # of the file
    samples: int = 0
    bytes: int = 0
    entries: int = 0
    boxes: int = 0
    tracks: int = 0
    defaults: dict[int, int] = field(default_factory=dict)  # by track: the size of a fragment's samples, unless told
    default_size: int = 0

    def add(self, samples: int, bytes_: int) -> None:
        self.samples += samples
        self.bytes += bytes_
        _require(self.samples <= min(self.size, MOST_SAMPLES) and self.bytes <= self.size)

    def close(self, track: _Track) -> None:
        entries = track.samples
        if track.is_plain_sound:
            entries = sum(chunks * -(-each // SAMPLES_IN_ENTRY) for chunks, each in track.stretches())
            claimed = sum(chunks * each for chunks, each in track.stretches())
            _require(entries <= MOST_SAMPLES and max(track.samples, claimed) <= PACKED * self.size)
        else:
            self.add(track.samples, track.bytes)
            _require(track.stepped <= self.size)
        _require(track.edits * entries <= MOST_EDITED)


def _check_boxes(file: BinaryIO, size: int) -> None:
    _walk(file, 0, size, _Movie(size), None, 0)


def _walk(file: BinaryIO, begin: int, end: int, movie: _Movie, track: _Track | None, depth: int) -> None:
    _require(depth <= MOST_DEPTH)
    at = begin
    while at + 8 <= end:
        box = read_box(file, at, end)
        if box is None or min(end, box.end) < box.begin:
            return  # no box any more
        movie.boxes += 1
        _require(movie.boxes <= MOST_BOXES)
        at = min(end, box.end)
        _look(file, box.kind, box.begin, at, movie, track, depth)


def _look(file: BinaryIO, kind: bytes, begin: int, end: int, movie: _Movie, track: _Track | None, depth: int) -> None:
    if kind == b"trak":
        movie.tracks += 1
        _require(movie.tracks <= MOST_TRACKS)
        track = _Track()
        _walk(file, begin, end, movie, track, depth + 1)
        movie.close(track)
    elif kind in _HOLDERS:
        file.seek(begin)
        skip = 4 if kind == b"meta" and file.read(8)[4:8] != b"hdlr" else 0
        _walk(file, begin + skip, end, movie, track, depth + 1)
    elif kind == b"cmvd":
        _walk_packed(file, begin, end, movie, depth)
    elif kind in _TABLES or kind in _LOOKS:
        file.seek(begin)
        _look_at_table(file, kind, end - begin, movie, track)


def _walk_packed(file: BinaryIO, begin: int, end: int, movie: _Movie, depth: int) -> None:
    _require(end - begin <= MOST_HEADER)
    file.seek(begin + 4)
    try:
        header = zlib.decompressobj().decompress(file.read(end - begin - 4), MOST_HEADER + 1)
    except zlib.error:
        return
    _require(len(header) <= MOST_HEADER)
    _walk(io.BytesIO(header), 0, len(header), movie, None, depth + 1)


def _look_at_table(file: BinaryIO, kind: bytes, room: int, movie: _Movie, track: _Track | None) -> None:
    if kind in _TABLES:
        place, each = _TABLES[kind]
        head = file.read(place + 12)
        if kind == b"saiz" and head[3:4] and head[3] & 1:
            place += 8
        count = int.from_bytes(head[place : place + 4])
        if kind == b"elst" and head[:1] == b"\1":
            each = 20
        movie.entries += count
        _require(count * each <= room and movie.entries <= MOST_ENTRIES)
        _require(kind not in _UNBOUND or count <= movie.size)
        file.seek(place + 4 - len(head), io.SEEK_CUR)
        _note(file, kind, count, track)
    elif kind == b"hdlr":
        if track:
            track.is_sound = track.is_sound or file.read(12)[8:12] == b"soun"
    elif kind in (b"tfhd", b"trex"):
        _note_default(file, kind, movie)
    elif kind == b"trun":
        _look_at_run(file, room, movie)
    else:
        _look_at_sizes(file, kind, room, movie, track)


_LOOKS = {b"hdlr", b"tfhd", b"trex", b"trun", b"stsz", b"stz2"}


def _note(file: BinaryIO, kind: bytes, count: int, track: _Track | None) -> None:
    if track is None:
        return
    if kind == b"stts":
        numbers = _numbers(file.read(8 * count))
        track.steps += count
        track.stepped += sum(numbers[::2])
        track.ticks = numbers[-1] if numbers else 0
    elif kind == b"stsc":
        numbers = _numbers(file.read(12 * count))
        track.firsts += numbers[::3]
        track.each += numbers[1::3]
    elif kind in (b"stco", b"co64"):
        track.chunks += count
    elif kind == b"elst":
        track.edits += count


def _look_at_sizes(file: BinaryIO, kind: bytes, room: int, movie: _Movie, track: _Track | None) -> None:
    """The sizes of a track's samples: one for all, or a table."""
    head = file.read(12)
    constant, count = (int.from_bytes(head[4:8]), int.from_bytes(head[8:12])) if len(head) == 12 else (0, 0)
    if kind == b"stz2":
        bits, constant = constant & 0xFF, 0
        _require(count * bits <= 8 * room)
        sizes = 0
    elif constant:
        sizes = constant * count
    else:
        _require(4 * count <= room and count <= MOST_SAMPLES)
        sizes = sum(_numbers(file.read(4 * count)))
        movie.entries += count
    if track is None:
        movie.add(count, sizes)
    else:
        track.samples += count
        track.bytes += sizes


def _note_default(file: BinaryIO, kind: bytes, movie: _Movie) -> None:
    """The size of samples that the runs of a fragment do not tell one by one."""
    head = file.read(32)
    track, flags = int.from_bytes(head[4:8]), int.from_bytes(head[1:4])
    if kind == b"trex":
        _require(len(movie.defaults) < MOST_TRACKS)
        movie.defaults[track] = int.from_bytes(head[16:20])
        return
    movie.default_size = movie.defaults.get(track, 0)
    if flags & 0x10:
        place = 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0) + (4 if flags & 8 else 0)
        movie.default_size = int.from_bytes(head[place : place + 4])


def _look_at_run(file: BinaryIO, room: int, movie: _Movie) -> None:
    """A fragment's samples: each told by a few numbers, or all by none."""
    head = file.read(8)
    flags, count = int.from_bytes(head[1:4]), int.from_bytes(head[4:8])
    told = 4 * (flags >> 8 & 0xF).bit_count()
    _require(count * told <= room)
    movie.add(count, 0 if flags & 0x200 else count * movie.default_size)


def _numbers(data: bytes) -> array[int]:
    """Of four bytes each, the highest first."""
    numbers = array("I", data[: len(data) // 4 * 4])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


# Matroska -------------------------------------------------------------------------------------------------------------

_TRACK = 0xAE
_LISTS = {0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1043A770, 0x1254C367}
_ATTACHMENTS = 0x1941A469
_INNER = {
    _TRACK, 0xE0, 0xE1, 0x6D80, 0x6240, 0x5034, 0xBB, 0xB7, 0x4DBB, 0x61A7, 0x7373, 0x67C8, 0x63C0, 0x45B9, 0xB6, 0x80,
}  # fmt: skip


def _check_elements(file: BinaryIO, size: int) -> None:
    counts = {"all": 0, "tracks": 0}
    for kind, begin, end in _elements(file, 0, size, counts):
        if kind in _LISTS or kind == _ATTACHMENTS:
            _require(end <= size + SLACK and (kind == _ATTACHMENTS or end - begin <= MOST_HEADER))
            _look_inside(file, begin, end, counts, 0)


def _look_inside(file: BinaryIO, begin: int, end: int, counts: dict[str, int], depth: int) -> None:
    _require(depth <= MOST_DEPTH)
    for kind, start, stop in _elements(file, begin, end, counts):
        _require(stop <= end + SLACK)
        counts["tracks"] += kind == _TRACK
        _require(counts["tracks"] <= MOST_TRACKS)
        if kind in _INNER:
            _look_inside(file, start, stop, counts, depth + 1)


def _elements(file: BinaryIO, begin: int, end: int, counts: dict[str, int]) -> Iterator[tuple[int, int, int]]:
    """Each element between two places: what it is, where its content begins and where it says that it ends. What is in
    a segment, and in what does not say where it ends, comes next.
    """
    at = begin
    while at + 2 <= end and (element := read_element(file, at)):
        counts["all"] += 1
        _require(counts["all"] <= MOST_ELEMENTS)
        if element.end is None or element.kind == SEGMENT:
            at = element.begin
            continue
        at = element.end
        yield element.kind, element.begin, at


# AVI, WAV, FLAC -------------------------------------------------------------------------------------------------------


def _check_wav(file: BinaryIO, size: int) -> None:
    for kind, _, end in _chunks(file, 12, size):
        if kind == b"data":
            return  # what comes behind it is not found where its size is made up
        _require(end <= size + SLACK)


def _check_avi(file: BinaryIO, size: int) -> None:
    entries, streams = 0, 0
    for kind, begin, end in _chunks(file, 12, size):
        file.seek(begin)
        if kind == b"idx1":
            _require(min(end, size) - begin <= 16 * MOST_SAMPLES)
        elif kind == b"LIST" and file.read(4) == b"hdrl":
            _require(end <= size)
            found = list(_indexes(file, begin + 4, end))
            streams, entries = streams + len(found), entries + sum(found)
    _require(streams <= MOST_TRACKS and entries <= min(MOST_SAMPLES, size))


def _indexes(file: BinaryIO, begin: int, end: int) -> Iterator[int]:
    """Of each stream, how many samples its indexes name."""
    for kind, start, stop in _chunks(file, begin, end):
        file.seek(start)
        if kind != b"LIST" or file.read(4) != b"strl":
            continue
        total = 0
        for inner, first, last in _chunks(file, start + 4, min(stop, end)):
            _require(last <= end)
            total += _indexed(file, first, last) if inner == b"indx" else 0
        yield total


def _indexed(file: BinaryIO, begin: int, end: int) -> int:
    """How many samples an index names. One of indexes names others, each of which is read: so each only once."""
    file.seek(begin)
    head = file.read(24)
    if len(head) < 24:
        return 0
    width, kind, count = int.from_bytes(head[:2], "little"), head[3], int.from_bytes(head[4:8], "little")
    _require(count * 4 * width <= max(0, end - begin))
    if kind != 0:
        return count
    places = [int.from_bytes(file.read(16)[:8], "little") for _ in range(min(count, MOST_BOXES))]
    _require(len(set(places)) == len(places))
    total = 0
    for place in places:
        file.seek(place)
        inner = file.read(16)
        total += int.from_bytes(inner[12:16], "little")
    return total


def _chunks(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    at = begin
    for _ in range(MOST_BOXES):
        file.seek(at)
        head = file.read(8)
        if at + 8 > end or len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        yield kind, at + 8, at + 8 + length
        at += 8 + length + length % 2
    raise Overclaimed


def _check_flac(file: BinaryIO, size: int) -> None:
    file.seek(0)
    if file.read(4) != b"fLaC":
        return  # a tag comes before it
    at, last = 4, False
    for _ in range(1024):
        if last or at >= size:
            return
        file.seek(at)
        head = file.read(4)
        last, at = bool(head[0] & 0x80), at + 4 + int.from_bytes(head[1:4])
        _require(at <= size + SLACK)
    raise Overclaimed

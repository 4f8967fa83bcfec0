"""The same sound and pictures without what tells where they were recorded.

In MP4 and QuickTime files that is overwritten with noughts and called free: nothing else changes, not even where
anything lies. Other files are copied packet by packet.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from .clips import NotCopied, copy_all
from .formats import AVI, FLAC, MKV, MP3, OGG, W64, WAV, WEBM, Format
from .inspect import opened
from .place import STAYS, needless, track_of
from .refusals import BROKEN, NotTaken

CHUNK = 1 << 20
_MUXERS = {MKV: "matroska", WEBM: "webm", AVI: "avi", MP3: "mp3", WAV: "wav", W64: "w64", FLAC: "flac", OGG: "ogg"}


@contextmanager
def without_place(file: BinaryIO, found: Format) -> Iterator[BinaryIO]:
    """A new file; it goes when the context ends. Raises NotTaken."""
    import av

    with NamedTemporaryFile(prefix="dailies-bare-") as out:
        try:
            if found.demuxer == "mov":
                _blank(file, found, out)
            else:
                copy_all(file, found, out.name, _MUXERS[found])
        except (NotCopied, av.error.FFmpegError, *BROKEN):
            raise NotTaken(STAYS) from None
        with open(out.name, "rb") as bare:
            yield bare


def _blank(file: BinaryIO, found: Format, out: Any) -> None:
    """A copy, with noughts in place of what is not needed."""
    boxes = list(needless(file))
    samples = _samples_of(file, found, {track_of(file, box) for box in boxes if box.kind == b"trak"})
    file.seek(0)
    shutil.copyfileobj(file, out, CHUNK)
    for box in boxes:
        if box.kind:
            out.seek(box.at + 4)
            out.write(b"free")
        _write_noughts(out, box.begin, box.end)
    for begin, end in samples:
        _write_noughts(out, begin, end)
    out.flush()


def _write_noughts(out: Any, begin: int, end: int) -> None:
    out.seek(begin)
    for at in range(begin, end, CHUNK):
        out.write(bytes(min(CHUNK, end - at)))


def _samples_of(file: BinaryIO, found: Format, tracks: set[int]) -> list[tuple[int, int]]:
    """Where the samples of these tracks lie, also those that an edit leaves out."""
    if not tracks:
        return []
    file.seek(0)
    with opened(file, found, ignore_editlist="1") as container:
        for _ in container.demux():  # the index of a fragmented file grows while it is read
            pass
        size = file.seek(0, io.SEEK_END)
        entries = (entry for stream in container.streams if stream.id in tracks for entry in stream.index_entries)
        return [(entry.pos, min(entry.pos + entry.size, size)) for entry in entries]

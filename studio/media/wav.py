"""WAV as programs really write it: RIFF, RF64, BW64 and Sony's Wave64. Where the samples lie, and a part of them."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

MOST_CHUNKS = 1000
MOST_FORMAT = 4096  # bytes of a "fmt " chunk
# Whoever writes into a pipe cannot come back to say how much it was. All claim more than anybody sends: espeak-ng and
# sox 0x7FFFF000, others 0x7FFFFFFF, 0x80000000 or 0xFFFFFFFF; or nothing at all.
OPEN_END = 0x7FFFF000
BLOCK = 1 << 20
_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_SAMPLES = (_PCM, _FLOAT, _ALAW, _ULAW)  # each sample stands for itself
_GUID_END = bytes.fromhex("000000001000800000aa00389b71")  # of the formats that have a number, too
W64_HEAD = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_W64_WAVE = bytes.fromhex("77617665f3acd3118cd100c04f8edb8a")
_W64_END = bytes.fromhex("f3acd3118cd100c04f8edb8a")


@dataclass(frozen=True)
class Wave:
    """`format` is the "fmt " chunk. `start` is where the samples begin and `size` their bytes that are there; `missing`
    are those that the header tells of beside them. `plain`: it is RIFF and tells how many they are.
    """

    format: bytes
    start: int
    size: int
    missing: int
    plain: bool

    @property
    def rate(self) -> int:
        return int.from_bytes(self.format[4:8], "little")

    @property
    def frame(self) -> int:
        """Bytes of one sample of all channels; 0 where samples do not stand for themselves."""
        tag, channels, align, bits = (int.from_bytes(self.format[at : at + 2], "little") for at in (0, 2, 12, 14))
        if tag == _EXTENSIBLE and self.format[26:40] == _GUID_END:
            tag = int.from_bytes(self.format[24:26], "little")
        whole = tag in _SAMPLES and channels and bits % 8 == 0 and align == channels * bits // 8 and self.rate
        return align if whole else 0


def read_wave(file: BinaryIO) -> Wave | None:
    """None where it has no samples, or is no WAV."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(40)
    if head[:16] == W64_HEAD:
        return _walk(file, size, 40, head[24:40] == _W64_WAVE, wide=True)
    return _walk(file, size, 12, head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE", wide=False)


def _walk(file: BinaryIO, size: int, at: int, is_wave: bool, *, wide: bool) -> Wave | None:
    """From chunk to chunk until the samples. Wave64 names them by 16 bytes, counts the head in, and fills up to 8."""
    found, long = b"", 0
    for _ in range(MOST_CHUNKS if is_wave else 0):
        file.seek(at)
        head = file.read(24 if wide else 8)
        if len(head) < (24 if wide else 8):
            break
        name = head[:4] if not wide or head[4:16] == _W64_END else b""
        length = int.from_bytes(head[16:24], "little") - 24 if wide else int.from_bytes(head[4:8], "little")
        at += len(head)
        if name == b"data":
            if long and length == 0xFFFFFFFF:
                length = long
            return _samples(found, at, size - at, length, wide=wide, plain=not (wide or long))
        if length < 0:
            break
        if name == b"fmt ":
            found = file.read(min(length, MOST_FORMAT))
        elif name == b"ds64":  # the true sizes: of the whole, then of the samples
            long = int.from_bytes(file.read(16)[8:16], "little")
        at += length + (-length % (8 if wide else 2))
    return None


def _samples(found: bytes, at: int, there: int, claimed: int, *, wide: bool, plain: bool) -> Wave | None:
    if len(found) < 16:
        return None
    if claimed <= 0 or (claimed >= OPEN_END and not wide and plain):
        return Wave(found, at, there, 0, plain=False)
    return Wave(found, at, min(claimed, there), max(claimed - there, 0), plain=plain)


def slice_wave(file: BinaryIO, path: str, begin: Fraction, end: Fraction) -> bool:
    """A part of the samples as a new WAV with true sizes, to the very sample. False where they cannot be cut so."""
    wave = read_wave(file)
    if wave is None or not wave.frame:
        return False
    count = wave.size // wave.frame
    first, last = (min(round(moment * wave.rate), count) for moment in (begin, end))
    left = max(last - first, 0) * wave.frame
    with Path(path).open("wb") as out:
        out.write(_header(wave, left))
        file.seek(wave.start + first * wave.frame)
        while left > 0 and (block := file.read(min(left, BLOCK))):
            out.write(block)
            left -= len(block)
        if out.tell() % 2:
            out.write(b"\0")
    return not left


def _header(wave: Wave, size: int) -> bytes:
    fact = struct.pack("<4sII", b"fact", 4, size // wave.frame) if wave.format[:2] != b"\x01\x00" else b""
    form = wave.format + bytes(len(wave.format) % 2)
    chunks = struct.pack("<4sI", b"fmt ", len(wave.format)) + form + fact + struct.pack("<4sI", b"data", size)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks) + size + size % 2, b"WAVE") + chunks


def lacks_samples(file: BinaryIO) -> bool:
    """Whether samples are missing that the header tells of. One byte less than it says is a slip of the writer's."""
    wave = read_wave(file)
    return wave is None or wave.missing > 1


def has_true_sizes(file: BinaryIO) -> bool:
    """Whether every program that reads WAV finds its samples, and no more of them than there are."""
    wave = read_wave(file)
    return wave is not None and wave.plain

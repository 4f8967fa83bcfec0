"""Whole pictures that Pillow would refuse: a PNG with much text in it, and a JPEG without its last two bytes."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO

from PIL import Image, PngImagePlugin

from .refusals import BROKEN

SIGNATURE = b"\x89PNG\r\n\x1a\n"
IN_MEMORY = 8 * 1024 * 1024
MOST_TEXT = 512 * 1024  # bytes of text that may be looked into
MOST_PROFILE = 4 * 1024 * 1024  # bytes of a colour profile
UPRIGHT = (b"Raw profile type exif\0", b"Raw profile type APP1\0", b"XML:com.adobe.xmp\0")  # may tell how to turn it
END = b"\xff\xd9"
# Behind a scan that is whole all of this is passed by; where it is not, each would be decoded to other pixels.
FILLINGS = (b"", b"\x55" * 64, b"\x9c\x2b\x07" * 32)
ROWS = 256
PngImagePlugin.MAX_TEXT_CHUNK = MOST_PROFILE  # which is said of profiles, too


def without_text(file: BinaryIO) -> IO[bytes] | BinaryIO:
    """The same PNG without text, which none of us reads, and without what hangs behind it; else the file itself."""
    file.seek(0)
    if file.read(8) != SIGNATURE:
        file.seek(0)
        return file
    out: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever reads it closes it
    out.write(SIGNATURE)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        rest = file.read(length + 4)
        if len(rest) < length + 4:
            out.write(head + rest)  # cut off: the one who reads it says so
            break
        if not _is_left_out(kind, rest):
            out.write(head + rest)
        if kind == b"IEND":
            break
    out.seek(0)
    return out


def _is_left_out(kind: bytes, content: bytes) -> bool:
    if kind in (b"tEXt", b"zTXt", b"iTXt"):
        packed = content.partition(b"\0")[2][:1] == b"\1" if kind == b"iTXt" else kind == b"zTXt"
        return not content.startswith(UPRIGHT) or len(content) > MOST_TEXT or (packed and _is_large(content, MOST_TEXT))
    return kind == b"iCCP" and _is_large(content, MOST_PROFILE)


def _is_large(content: bytes, most: int) -> bool:
    """Whether what is packed in a chunk, somewhere behind its name, is more than that."""
    at = content.find(b"\x78", content.find(b"\0"))
    try:
        return at >= 0 and len(zlib.decompressobj().decompress(content[at:-4], most + 1)) > most
    except zlib.error:
        return True


def with_its_end(file: IO[bytes] | BinaryIO) -> IO[bytes] | None:
    """A JPEG with the mark of its end put behind it, where nothing else is missing; None where it is."""
    file.seek(0)
    content = file.read()
    if not content.startswith(b"\xff\xd8"):
        return None
    content = content.removesuffix(b"\xff")
    try:
        seen = {_pixels(content + filling + END) for filling in FILLINGS}
    except BROKEN:
        return None
    return io.BytesIO(content + END) if len(seen) == 1 else None


def _pixels(content: bytes) -> bytes:
    """A checksum of all of them."""
    digest = hashlib.sha256()
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
        image.load()
        for top in range(0, image.height, ROWS):
            digest.update(image.crop((0, top, image.width, min(top + ROWS, image.height))).tobytes())
    return digest.digest()

"""Pictures: decoded and written anew, so that nothing is left in them but the picture."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO

from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from .refusals import BROKEN, NotTaken

MOST_BYTES = 50 * 1024 * 1024
MOST_PIXELS = 50_000_000
MOST_PACKED = 16_000_000  # pixels with transparency that are written as WebP, which takes 20 bytes for each
LEAST_SIDE, MOST_SIDE = 16, 16_000  # pixels
POSTER_SIDE, SPARE = 640, 4
READ = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
IN_MEMORY = 8 * 1024 * 1024
TOO_MANY = f"This picture has too many pixels: {MOST_PIXELS // 1_000_000} million is the most. Save it smaller."


SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_TEXT = 512 * 1024  # bytes of text that may be looked into
MOST_PROFILE = 4 * 1024 * 1024  # bytes of a colour profile
UPRIGHT = (b"Raw profile type exif\0", b"Raw profile type APP1\0", b"XML:com.adobe.xmp\0")  # may tell how to turn it
END = b"\xff\xd9"
# Behind a scan that is whole all of this is passed by; where it is not, each would be decoded to other pixels.
FILLINGS = (b"", b"\x55" * 64, b"\x9c\x2b\x07" * 32)
ROWS = 256
PngImagePlugin.MAX_TEXT_CHUNK = MOST_PROFILE  # which is said of profiles, too


def clean(file: BinaryIO, out: str) -> dict[str, Any]:
    """Write the picture to `out`: upright, without any metadata but its colour profile, as JPEG, PNG or WebP; of
    several, the first. Returns what `facts.Picture` tells of it. Raises NotTaken.
    """
    if file.seek(0, io.SEEK_END) > MOST_BYTES:
        raise NotTaken(f"This picture is too large: {MOST_BYTES >> 20} MB is the most. Save it smaller.")
    readable = without_text(file)
    try:
        return _rewrite(readable, out)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotTaken(TOO_MANY) from None
    except BROKEN:
        pass  # and let go of what was read of it
    ended = with_its_end(readable)
    try:
        if ended is not None:
            return _rewrite(ended, out)
    except BROKEN:
        pass
    raise NotTaken("This picture cannot be read: it is damaged, or cut off. Save it anew.")


def _rewrite(file: IO[bytes] | BinaryIO, out: str) -> dict[str, Any]:
    """Of a large picture, two copies are there at most."""
    file.seek(0)
    image: Image.Image = Image.open(file, formats=READ)
    _check_size(*image.size)
    source, profile = image.format or "", _profile(image)
    if source == "JPEG" and image.mode in ("RGB", "L") and image.getexif().get(0x0112, 1) == 1:
        return _write(
            image, out, "JPEG", quality="keep", icc_profile=profile
        )  # its own tables: next to nothing is lost
    image.load()
    image = _let_go(image)
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        image, profile = _plain(image), None  # it is about colours that are not there any more
    else:
        image = _plain(image)
    kind = _kind(source, image)
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "PNG": {"compress_level": 4}, "WEBP": {"quality": 95}}
    return _write(image, out, kind, icc_profile=profile, **options[kind])


def small_picture(file: BinaryIO, side: int = POSTER_SIDE) -> bytes:
    """A JPEG of a picture, upright, whose sides are no longer than that. Raises NotTaken."""
    try:
        image: Image.Image = Image.open(file, formats=READ)
        _check_size(*image.size)
        image.draft("RGB", (side * SPARE, side * SPARE))  # a JPEG need not be read at its full size
        image.load()
        image = _let_go(image)
        ImageOps.exif_transpose(image, in_place=True)
        return poster_of(_plain(image), side)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, *BROKEN):
        raise NotTaken("This picture cannot be read.") from None


def poster_of(image: Image.Image, side: int = POSTER_SIDE) -> bytes:
    """A small JPEG of a picture that fits any list."""
    many = max(image.size) // (side * SPARE)
    if many > 1:  # so that no other copy of a large one is needed
        image = image.resize((max(1, image.width // many), max(1, image.height // many)), Image.Resampling.NEAREST)
    small = image.copy()
    small.thumbnail((side, side))
    out = io.BytesIO()
    _flat(small).save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise NotTaken(TOO_MANY)
    if max(width, height) > MOST_SIDE or min(width, height) < LEAST_SIDE:
        limits = f"{LEAST_SIDE} to {MOST_SIDE:,}"
        raise NotTaken(f"This picture is {width} × {height}; each side has to be {limits} pixels.")


def _write(image: Image.Image, out: str, kind: str, **options: Any) -> dict[str, Any]:
    _strip(image)
    nothing: dict[str, Any] = {"exif": b"", **({"comment": b""} if kind == "JPEG" else {})}
    image.save(out, kind, **nothing, **options)
    return {
        "suffix": {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[kind],
        "content_type": f"image/{kind.lower()}",
        "width": image.width,
        "height": image.height,
        "poster": poster_of(image),
    }


def _let_go(image: Image.Image) -> Image.Image:
    """The same pixels, without what has read them, which may hold several copies."""
    plain: Image.Image = Image.Image()._new(image.im)
    plain.info = dict(image.info)
    return plain


def _kind(source: str, image: Image.Image) -> str:
    """Kept as what it was where providers take that."""
    if source in ("JPEG", "MPO"):
        return "JPEG"
    if source == "WEBP" and image.mode == "RGBA" and image.width * image.height > MOST_PACKED:
        return "PNG"
    if source in ("PNG", "WEBP"):
        return source
    return "PNG" if source == "GIF" or image.mode == "RGBA" else "JPEG"


def _profile(image: Image.Image) -> bytes | None:
    """The colour profile, if it is one: it is kept, for without it the colours are others."""
    profile = image.info.get("icc_profile")
    try:
        if not profile or len(profile) > 4 * 1024 * 1024:
            return None
        ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except (OSError, ImageCms.PyCMSError, TypeError, ValueError):
        return None
    return bytes(profile)


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that all three formats know; CMYK through its own profile where it has one."""
    if image.mode in ("RGB", "RGBA", "L"):
        return image.convert("RGBA") if image.mode != "RGBA" and image.has_transparency_data else image
    if image.mode == "CMYK":
        return _from_print(image)
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.point(lambda value: value / 256).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _from_print(image: Image.Image) -> Image.Image:
    profile = _profile(image)
    if profile:
        try:
            done = ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            if done is not None:
                return done
        except ImageCms.PyCMSError:
            pass
    return image.convert("RGB")


def _strip(image: Image.Image) -> None:
    """The pixels alone: whatever else was read with them would be written with them."""
    kept = {name: value for name, value in image.info.items() if name in ("adobe", "adobe_transform")}
    image.info.clear()
    image.info.update(kept)
    image.getexif().clear()


def _flat(image: Image.Image) -> Image.Image:
    """Without transparency, over a dark grey."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, (24, 24, 24))
    ground.paste(image, mask=image.getchannel("A"))
    return ground


# Whole pictures that Pillow would refuse: a PNG with much text in it, and a JPEG without its last two bytes ----------


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

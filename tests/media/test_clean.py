"""What is kept of a picture is the picture."""

import io
import os
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from studio.media.refusals import NotTaken
from studio.media.untrusted import clean

from .made import GPS, picture, telltale


def cleaned(content: bytes) -> Image.Image:
    image = Image.open(clean(io.BytesIO(content)).file)
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_cut_off_picture_is_refused(kind, part):
    content = picture(kind, size=(640, 480))
    with pytest.raises(NotTaken, match="damaged, or cut off"):
        clean(io.BytesIO(content[: int(len(content) * part)]))


def test_where_and_by_whom_a_picture_was_taken_is_not_kept():
    content = telltale()
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(GPS)
    kept = clean(io.BytesIO(content)).file.read()
    for word in (b"Lovelace", b"Telltale", b"at home", b"Exif", b"xmpmeta"):
        assert word in content
        assert word not in kept
    image = Image.open(io.BytesIO(kept))
    assert (dict(image.getexif()), "comment" in image.info, "xmp" in image.info) == ({}, False, False)


@pytest.mark.parametrize(("turned", "size", "bright"), [
    (1, (64, 48), (0, 0)), (3, (64, 48), (63, 47)), (6, (48, 64), (47, 0)), (8, (48, 64), (0, 63)),
])  # fmt: skip
def test_a_picture_stands_upright(turned, size, bright):
    image = cleaned(telltale(turned))
    assert image.size == size
    assert image.getpixel(bright)[0] > 150


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_words_hidden_in_other_formats_go_too(kind):
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Author", "Ada Lovelace")
    more = {"pnginfo": words} if kind == "PNG" else {"exif": Image.open(io.BytesIO(telltale())).getexif()}
    content = picture(kind, **more)
    assert b"Ada Lovelace" in content
    assert b"Ada Lovelace" not in clean(io.BytesIO(content)).file.read()


def test_what_hangs_on_behind_a_picture_is_cut_off():
    kept = clean(io.BytesIO(picture() + b"PK\x03\x04<script>alert(1)</script>")).file.read()
    assert b"script" not in kept


def test_the_colour_profile_is_kept_and_nonsense_in_its_place_is_not():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP"):
        assert cleaned(picture(kind, icc_profile=profile)).info["icc_profile"] == profile
    assert "icc_profile" not in cleaned(picture(icc_profile=b"Ada Lovelace" * 20)).info


@pytest.mark.parametrize(("kind", "mode", "suffix"), [
    ("JPEG", "RGB", ".jpg"), ("JPEG", "L", ".jpg"), ("JPEG", "CMYK", ".jpg"), ("PNG", "RGBA", ".png"),
    ("PNG", "P", ".png"), ("PNG", "1", ".png"), ("WEBP", "RGBA", ".webp"),
    ("GIF", "P", ".png"), ("AVIF", "RGB", ".jpg"),
])  # fmt: skip
def test_every_picture_becomes_one_that_providers_take(kind, mode, suffix):
    kept = clean(io.BytesIO(picture(kind, mode)))
    image = Image.open(kept.file)
    assert (kept.suffix, image.size, kept.width, kept.height) == (suffix, (64, 48), 64, 48)
    assert image.mode in ("RGB", "RGBA", "L")
    bright, dark = image.convert("L").getpixel((8, 8)), image.convert("L").getpixel((56, 40))
    assert bright > 180 > 80 > dark


def test_sixteen_bits_become_eight():
    out = io.BytesIO()
    Image.linear_gradient("L").point(lambda value: value * 256, "I").convert("I;16").save(out, "PNG")
    assert [cleaned(out.getvalue()).getpixel((9, row)) for row in (0, 100, 255)] == [0, 100, 255]


def test_what_shows_through_still_does():
    out = io.BytesIO()
    Image.new("RGBA", (64, 48), (200, 0, 0, 128)).save(out, "AVIF")
    image = cleaned(out.getvalue())
    assert (image.format, image.mode, abs(image.getpixel((9, 9))[3] - 128) < 4) == ("PNG", "RGBA", True)


def test_the_same_picture_is_the_same_every_time():
    for content in (telltale(), picture("PNG"), picture("WEBP")):
        assert clean(io.BytesIO(content)).file.read() == clean(io.BytesIO(content)).file.read()


def bomb(width: int, height: int) -> bytes:
    """A small PNG of a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(8000, 8000), (50_000, 50_000), (2_000_000_000, 2_000_000_000)])
def test_a_bomb_is_refused_by_what_it_claims(size):
    with pytest.raises(NotTaken, match="too many pixels"):
        clean(io.BytesIO(bomb(*size)))


def test_sides_and_bytes_have_bounds(tmp_path):
    for size in ((20_000, 100), (10, 4000)):
        with pytest.raises(NotTaken, match="each side has to be"):
            clean(io.BytesIO(bomb(*size)))
    path = tmp_path / "large.jpg"
    path.write_bytes(picture())
    os.truncate(path, 50 * 1024 * 1024 + 1)
    with path.open("rb") as file, pytest.raises(NotTaken, match="too large"):
        clean(file)

"""What is whole is taken, whatever hangs behind it or is packed into it; what is cut off is refused all the same."""

from __future__ import annotations

import io
import random
import struct
import subprocess
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from PIL import Image, PngImagePlugin

from studio.media.checks import Broken
from studio.media.formats import AVIF, HEIC, format_of, read_head
from studio.media.probe import examine, measure
from studio.media.refusals import NotTaken
from studio.media.untrusted import clean
from studio.uploads.intake import take_file
from tests.programs import program
from tests.rows import user

from .clips import clip, write
from .made import video

FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


BEHIND = {
    "a line end": b"\n", "a DOS line end": b"\r\n", "a few noughts": bytes(3), "noughts": bytes(5000),
    "a Samsung trailer": b"\0\0\1\n\x0e\0\0\0Image_UTC_Data1700000000000SEFHk\0\0\0\1\0\0\0SEFT",
    "a free box": box(b"free", bytes(100)), "an unknown box": box(b"zzzz", b"camera"),
    "half a box of no use": struct.pack(">I4s", 500, b"free") + bytes(20),
    "words": b"written by a camera that hangs its notes behind", "random bytes": random.Random(1).randbytes(999),
    "text that reads like a box": b"\x7fabcmdax" + bytes(30),
}  # fmt: skip


def look(content: bytes):
    file = io.BytesIO(content)
    return measure(file, format_of(read_head(file)))


@pytest.fixture(scope="module")
def videos():
    found = {"faststart": clip(seconds=2), "at the end": clip(seconds=2, movflags=""), "mov": clip("mov", seconds=2)}
    return {**found, "fragmented": clip(seconds=2, movflags=FRAGMENTED), "open": to_the_end(clip(seconds=2))}


def to_the_end(content: bytes) -> bytes:
    """Its samples come last, and are said to go on to the end."""
    at = content.rindex(b"mdat") - 4
    assert at + int.from_bytes(content[at : at + 4]) == len(content)
    return content[:at] + bytes(4) + content[at + 4 :]


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("kind", ["faststart", "at the end", "mov", "fragmented"])
def test_what_hangs_behind_a_video_is_no_matter(videos, kind, behind, tmp_path):
    whole = videos[kind]
    facts = look(whole + BEHIND[behind])
    assert facts.seconds == look(whole).seconds
    assert (whole + BEHIND[behind])[: facts.ends][: len(whole)] == whole
    kept = examine(write(tmp_path / "a", whole + BEHIND[behind]))  # the provider's
    assert kept.facts == examine(write(tmp_path / "b", whole)).facts


def test_samples_that_go_on_to_the_end_are_whole(videos, tmp_path):
    assert look(videos["open"]).seconds == look(videos["faststart"]).seconds
    assert examine(write(tmp_path / "a", videos["open"])).facts.frame_rate == 24


@pytest.mark.parametrize("kind", ["faststart", "at the end", "mov", "fragmented"])
def test_a_video_that_is_cut_off_anywhere_is_refused(videos, kind, tmp_path):
    whole = videos[kind]
    for place in [len(whole) - rest for rest in (1, 2, 5, 8, 30, 1000)] + [len(whole) * part // 4 for part in range(4)]:
        with pytest.raises(NotTaken):
            look(whole[:place])
        with pytest.raises(Broken):
            examine(write(tmp_path / "cut", whole[:place]))


@pytest.mark.django_db
@pytest.mark.parametrize("behind", ["a Samsung trailer", "a DOS line end", "random bytes"])
def test_what_hangs_behind_is_not_kept_with_it(videos, behind):
    """A camera's notes may tell where it was."""
    upload = take_file(user(), io.BytesIO(videos["faststart"] + BEHIND[behind]), "video", filename="a.mp4")
    with default_storage.open(upload.name) as file:
        assert file.read() == videos["faststart"]
    assert take_file(user(), io.BytesIO(videos["faststart"]), "video") == upload


def test_a_page_behind_a_video_is_refused(videos):
    for page in (b"<!DOCTYPE html><script>alert(1)</script>", b"\r\n  <svg onload=alert(1)>", b"\xef\xbb\xbf<html>"):
        with pytest.raises(NotTaken, match="cut off"):
            look(videos["faststart"] + page)


def test_what_claims_many_boxes_ends_soon():
    with pytest.raises(NotTaken, match="cut off"):
        look(video(1)[:32] + box(b"free", b"") * 300_000)


def test_ffmpeg_writes_what_is_whole(tmp_path):
    for muxer in ("mp4", "mov", "ismv", "3gp"):
        out = tmp_path / muxer
        source = ["-f", "lavfi", "-i", "testsrc=s=176x144:r=12:d=6", "-c:v", "libx264", "-pix_fmt", "yuv420p"]
        command = [program("ffmpeg"), "-v", "error", *source, "-f", muxer, out]
        subprocess.run(command, check=True, timeout=60)
        assert abs(look(out.read_bytes() + b"\r\n").seconds - 6) <= Decimal("0.1")


# Pictures -------------------------------------------------------------------------------------------------------------


def noise(mode: str = "RGB") -> Image.Image:
    chance = random.Random(7)
    return Image.frombytes("RGB", (200, 150), chance.randbytes(200 * 150 * 3)).resize((400, 300)).convert(mode)


def saved(kind: str, image: Image.Image | None = None, **options) -> bytes:
    out = io.BytesIO()
    (image or noise()).save(out, kind, **options)
    return out.getvalue()


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB").tobytes()


def cleaned(content: bytes) -> bytes:
    file = io.BytesIO(content)
    assert format_of(read_head(file)).kind == "image"
    with clean(file).file as out:
        return out.read()


def refused(content: bytes) -> None:
    with pytest.raises(NotTaken):
        cleaned(content)


@pytest.mark.parametrize("way", ["zTXt", "iTXt", "tEXt", "many"])
def test_a_png_with_much_text_is_taken_without_the_text(way):
    info, text = PngImagePlugin.PngInfo(), "prompt, steps 20; " * 170_000
    if way == "iTXt":
        info.add_itxt("workflow", text, zip=True)
    for number in range(40 if way == "many" else 1):
        if way != "iTXt":
            info.add_text(f"parameters{number}", text, zip=way != "tEXt")
    found = cleaned(saved("PNG", pnginfo=info))
    assert pixels(found) == pixels(saved("PNG"))
    assert b"steps" not in found


def test_a_png_is_turned_as_its_notes_say():
    exif = Image.Exif()
    exif[0x0112] = 6
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 3_000_000, zip=True)
    with Image.open(io.BytesIO(cleaned(saved("PNG", exif=exif, pnginfo=info)))) as image:
        assert image.size == (300, 400)


@pytest.mark.parametrize("content", [
    saved("PNG") + b"trailing words", saved("PNG") + bytes(1000), saved("WEBP") + b"\r\n", saved("GIF")[:-1],
    saved("GIF") + b"xx", saved("JPEG") + b"\r\n", saved("JPEG") + video(1), saved("AVIF") + b"\n",
    saved("PNG", save_all=True, append_images=[noise()]), saved("JPEG", noise("CMYK")),
    saved("PNG", Image.new("I;16", (64, 64), 30_000)), saved("WEBP", save_all=True, append_images=[noise()]),
], ids=str)  # fmt: skip
def test_what_hangs_behind_a_picture_is_no_matter(content):
    assert cleaned(content)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("rest", [1, 2])
def test_a_jpeg_without_its_last_two_bytes_is_whole(progressive, rest):
    whole = saved("JPEG", quality=90, progressive=progressive)
    assert pixels(cleaned(whole[:-rest])) == pixels(cleaned(whole))


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_lacks_more_is_refused(progressive):
    whole = saved("JPEG", quality=90, progressive=progressive)
    for rest in (4, 5, 6, 8, 20, 100, 1000, len(whole) // 2, len(whole) - 700):
        refused(whole[:-rest])


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "GIF"])
def test_other_pictures_that_are_cut_off_are_refused(kind):
    whole = saved(kind)
    for rest in (60, 1000, len(whole) // 2):
        refused(whole[:-rest])


@pytest.mark.parametrize("brand", [b"mif1", b"msf1", b"avif"])
def test_an_avif_is_one_whatever_its_first_brand(brand):
    content = saved("AVIF")
    content = content[:8] + brand + content[12:]
    assert format_of(content) is AVIF
    assert cleaned(content)


def test_a_heic_is_called_one_and_its_way_on_is_named():
    for brands in (b"heic\0\0\0\0mif1heic", b"mif1\0\0\0\0mif1heic", b"msf1\0\0\0\0hevcmsf1", b"heix\0\0\0\0mif1"):
        found = format_of(box(b"ftyp", brands) + bytes(100))
        assert (found, found.instead) == (HEIC, "JPEG")


@pytest.mark.parametrize(("head", "words"), [
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"), (b"\xff\x0a\xfa", "JPEG XL"), (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"II*\0", "TIFF"), (b"BM", "BMP"), (box(b"ftyp", b"crx \0\0\0\1crx isom"), "raw"),
])  # fmt: skip
def test_pictures_that_are_not_taken_are_called_what_they_are(head, words):
    found = format_of(head + bytes(100))
    assert words in found.words
    assert "JPEG" in found.instead or "PNG" in found.instead

"""Files are what they are, not what they are called; what is kept of a picture is the picture."""

import io
import struct
import zlib
from decimal import Decimal

import pytest
from PIL import Image, ImageCms

from studio.media import clean as cleaning
from studio.media.clean import clean
from studio.media.formats import EMPTY, JPEG, MP3, MP4, PAGE, SVG, format_of, read_head
from studio.media.inspect import measure
from studio.media.refusals import NotTaken

from .made import GPS, picture, telltale, tone, video

SOUNDS = [
    ("wav", "pcm_s16le", ".wav", "audio/wav"), ("mp3", "libmp3lame", ".mp3", "audio/mpeg"),
    ("ipod", "aac", ".m4a", "audio/mp4"), ("adts", "aac", ".aac", "audio/aac"), ("flac", "flac", ".flac", "audio/flac"),
    ("ogg", "libopus", ".ogg", "audio/ogg"), ("webm", "libopus", ".webm", "audio/webm"),
]  # fmt: skip
VIDEOS = [
    ("mp4", "libx264", "aac", ".mp4", "video/mp4"), ("mov", "libx264", "aac", ".mov", "video/quicktime"),
    ("webm", "libvpx", "libopus", ".webm", "video/webm"), ("matroska", "libx264", "aac", ".mkv", "video/x-matroska"),
    ("avi", "mpeg4", "libmp3lame", ".avi", "video/x-msvideo"),
]  # fmt: skip
NOT_MEDIA = {
    "SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "web page": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "ZIP": b"PK\x03\x04" + bytes(200),
    "PDF": b"%PDF-1.7\n" + bytes(200),
    "playlist": b"#EXTM3U\n#EXTINF:5,\nhttp://169.254.169.254/latest/meta-data/\n",
    "TIFF": b"II*\x00" + bytes(200),
    "HEIC": b"\x00\x00\x00\x18ftypheic" + bytes(200),
    "kind that we do not know": b"just some words " * 20,
}


def look(content: bytes):
    file = io.BytesIO(content)
    return measure(file, format_of(read_head(file)))


def refusal(content: bytes) -> str:
    with pytest.raises(NotTaken) as caught:
        look(content)
    return caught.value.message


def cleaned(content: bytes) -> Image.Image:
    image = Image.open(clean(io.BytesIO(content)).file)
    image.load()
    return image


@pytest.mark.parametrize(("muxer", "codec", "suffix", "content_type"), SOUNDS)
def test_a_recording_is_measured(muxer, codec, suffix, content_type):
    facts = look(tone(6, muxer, codec))
    assert (facts.kind, facts.suffix, facts.content_type, facts.has_sound) == ("audio", suffix, content_type, True)
    assert abs(facts.seconds - 6) <= Decimal("0.08")  # some codecs fill up their last frame


@pytest.mark.parametrize(("muxer", "codec", "sound", "suffix", "content_type"), VIDEOS)
def test_a_video_is_measured(muxer, codec, sound, suffix, content_type):
    facts = look(video(6, muxer, codec, sound))
    assert (facts.kind, facts.suffix, facts.content_type, facts.has_sound) == ("video", suffix, content_type, True)
    assert abs(facts.seconds - 6) <= Decimal("0.05")
    assert (facts.width, facts.height) == (160, 90)
    assert Image.open(io.BytesIO(facts.poster)).size == (160, 90)
    assert not look(video(6, muxer, codec, "")).has_sound


def test_a_header_that_claims_another_length_is_not_believed():
    content = bytearray(video(6))
    at = content.index(b"mdhd") + 4
    for start in (at, content.index(b"mdhd", at) + 4):
        scale = struct.unpack(">I", content[start + 12 : start + 16])[0]
        content[start + 16 : start + 20] = struct.pack(">I", scale * 60)
    at = content.index(b"mvhd") + 4
    content[at + 16 : at + 20] = struct.pack(">I", struct.unpack(">I", content[at + 12 : at + 16])[0] * 60)
    assert abs(look(bytes(content)).seconds - 6) <= Decimal("0.05")


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95, 0.999])
@pytest.mark.parametrize("made", [
    (video, 6), (video, 6, "matroska"), (tone, 6), (tone, 6, "ipod", "aac"),
], ids=["mp4", "mkv", "wav", "m4a"])  # fmt: skip
def test_what_is_cut_off_is_refused(made, part):
    content = made[0](*made[1:])
    assert "cut off" in refusal(content[: int(len(content) * part)])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_cut_off_picture_is_refused(kind, part):
    content = picture(kind, size=(640, 480))
    with pytest.raises(NotTaken, match="damaged, or cut off"):
        clean(io.BytesIO(content[: int(len(content) * part)]))


@pytest.mark.parametrize(("words", "content"), NOT_MEDIA.items())
def test_what_is_no_media_is_called_what_it_is(words, content):
    found = format_of(content)
    assert (words in found.words, found.kind) == (True, "")


def test_what_only_begins_like_a_video_or_a_recording_is_refused():
    for head in (
        b"\x00\x00\x00\x18ftypmp42",
        b"\x1a\x45\xdf\xa3webm",
        b"ID3\x03\x00\x00\x00\x00\x00\x00",
        b"OggS",
        b"fLaC",
    ):
        assert "cannot be played" in refusal(head + b"<script>alert(1)</script>" * 50) or "cut off" in refusal(head)


def test_a_page_behind_a_video_is_not_kept_with_it():
    assert "cut off" in refusal(video(6) + b"<!DOCTYPE html><script>alert(1)</script>")
    assert format_of(b"<html>" + video(6)) is PAGE


def test_what_a_playlist_names_is_never_opened():
    """FFmpeg guesses formats, and some of them open what the file tells them to: so nothing is ever guessed."""
    playlist = NOT_MEDIA["playlist"]
    for found in (MP4, MP3):
        with pytest.raises(NotTaken):
            measure(io.BytesIO(playlist), found)


def test_a_cover_does_not_make_a_song_a_video():
    out = io.BytesIO()
    import av

    with av.open(io.BytesIO(tone(6, "mp3", "libmp3lame"))) as source, av.open(out, "w", format="mp3") as file:
        track = file.add_stream_from_template(source.streams.audio[0])
        cover = file.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame.from_image(Image.open(io.BytesIO(picture()))).reformat(format="yuvj420p")
        file.mux(cover.encode(frame) + cover.encode(None))
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = track
                file.mux(packet)
    assert look(out.getvalue()).kind == "audio"


def test_a_video_that_is_too_large_to_look_at_is_refused(monkeypatch):
    assert "each side has to be" in refusal(video(1, width=8200, height=16))
    monkeypatch.setattr("studio.media.inspect.MOST_BYTES", 1000)
    assert "too large" in refusal(video(6))


# Pictures -------------------------------------------------------------------------------------------------------------


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


def test_sides_and_bytes_have_bounds(monkeypatch):
    for size in ((20_000, 100), (10, 4000)):
        with pytest.raises(NotTaken, match="each side has to be"):
            clean(io.BytesIO(bomb(*size)))
    monkeypatch.setattr(cleaning, "MOST_BYTES", 100)
    with pytest.raises(NotTaken, match="too large"):
        clean(io.BytesIO(picture()))


def test_first_bytes_tell():
    assert format_of(b"") is EMPTY
    assert format_of(NOT_MEDIA["SVG"]) is SVG
    assert format_of(picture()) is JPEG

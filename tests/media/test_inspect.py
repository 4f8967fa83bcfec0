"""Files are what they are, not what they are called."""

import io
import os
import struct
from decimal import Decimal

import pytest
from PIL import Image

from studio.media.formats import EMPTY, JPEG, MP3, MP4, PAGE, SVG, format_of, read_head
from studio.media.refusals import NotTaken
from studio.media.untrusted import measure

from .made import picture, tone, video

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


def test_a_video_that_is_too_large_to_look_at_is_refused(tmp_path):
    assert "each side has to be" in refusal(video(1, width=8200, height=16))
    path = tmp_path / "large.mp4"
    path.write_bytes(video(6))
    os.truncate(path, (1 << 30) + 1)
    with path.open("rb") as file, pytest.raises(NotTaken, match="too large"):
        measure(file, MP4)


def test_first_bytes_tell():
    assert format_of(b"") is EMPTY
    assert format_of(NOT_MEDIA["SVG"]) is SVG
    assert format_of(picture()) is JPEG

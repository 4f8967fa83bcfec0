"""What a video is, whether it is whole, what it measures, and a picture of it."""

import io
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from fractions import Fraction

import av
import pytest
from PIL import Image

from studio.media.checks import Broken
from studio.media.names import slug, video_name
from studio.media.untrusted import examine

from .clips import clip, large, write
from .others import counted, written

FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"


@pytest.mark.parametrize(("kind", "type_"), [("mp4", "video/mp4"), ("mov", "video/quicktime"), ("webm", "video/webm")])
def test_a_whole_video_is_measured_whatever_its_name(tmp_path, kind, type_):
    found = examine(write(tmp_path / "a.txt", clip(kind)))
    assert (found.kind.suffix, found.kind.content_type) == (f".{kind}", type_)
    assert (found.facts.width, found.facts.height, found.facts.has_sound) == (320, 180, True)
    assert found.facts.frame_rate == 24
    assert abs(found.facts.seconds - 1) < Decimal("0.1")


def test_a_silent_upright_clip_is_said_to_be_one(tmp_path):
    facts = examine(write(tmp_path / "a", clip(width=180, height=320, sound=False, fps=30))).facts
    assert (facts.width, facts.height, facts.has_sound, facts.frame_rate) == (180, 320, False, 30)


@pytest.mark.parametrize("options", [
    {}, {"movflags": ""}, {"movflags": FRAGMENTED}, {"kind": "mov"}, {"kind": "webm"},
], ids=lambda options: "-".join(options.values()) or "faststart")  # fmt: skip
def test_a_video_that_is_cut_off_anywhere_is_never_taken_for_a_whole_one(tmp_path, options):
    whole = clip(seconds=2, **options)
    examine(write(tmp_path / "whole", whole))
    places = {len(whole) - rest for rest in (1, 2, 7, 100, 1000)} | {len(whole) * part // 20 for part in range(20)}
    for place in places:
        with pytest.raises(Broken) as caught:
            examine(write(tmp_path / "cut", whole[:place]))
        assert place < 64 or caught.value.again


def woven(pictures, sound, **options):
    """A WebM of the pictures of one clip and the sound of another; `live="1"` as a browser records it: it tells neither
    its length nor its size.
    """
    out = io.BytesIO()
    with ExitStack() as stack:
        file = stack.enter_context(av.open(out, "w", format="webm", options=options))
        sources = [stack.enter_context(av.open(io.BytesIO(each))).streams for each in (pictures, sound)]
        tracks = [sources[0].video[0], sources[1].audio[0]]
        into = {track: file.add_stream_from_template(track) for track in tracks}
        for packet in sorted(
            (packet for track in tracks for packet in track.container.demux(track) if packet.dts is not None),
            key=lambda packet: packet.dts * packet.time_base,
        ):
            packet.stream = into[packet.stream]
            file.mux(packet)
    return out.getvalue()


@pytest.mark.parametrize("options", [{}, {"live": "1"}], ids=["told", "live"])
@pytest.mark.parametrize(("pictures", "sound"), [(2, 2), (1, 4), (4, 1)])
def test_a_webm_is_as_long_as_its_longer_track_and_need_not_tell_it(tmp_path, options, pictures, sound):
    whole = woven(clip("webm", seconds=pictures), clip("webm", seconds=sound), **options)
    found = examine(write(tmp_path / "a", whole)).facts
    assert abs(found.seconds - max(pictures, sound)) < Decimal("0.1")
    for place in {len(whole) - 1, len(whole) - 9, *(len(whole) * part // 20 for part in range(1, 20))}:
        with pytest.raises(Broken, match=r"cut off|damaged|no pictures"):
            examine(write(tmp_path / "cut", whole[:place]))


def test_bytes_behind_the_last_box_are_no_fault(tmp_path):
    assert examine(write(tmp_path / "a", large(200_000))).facts.width == 320
    assert examine(write(tmp_path / "b", clip() + bytes(5000))).facts.width == 320


@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_a_video_whose_only_key_frame_an_edit_hides_is_whole(tmp_path, name):
    shifted = ("-output_ts_offset", "-2", "-avoid_negative_ts", "disabled")
    content = written(name, *counted(4), "-c:v", "libx264", "-g", "999", "-bf", "3", *shifted)
    found = examine(write(tmp_path / "a", content))
    assert found.facts.seconds == 2
    assert found.poster.startswith(b"\xff\xd8")


@pytest.mark.parametrize("content", [
    b"", b"\0", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + bytes(99), b"GIF89a" + bytes(99), b"\xff\xd8\xff\xe0" + bytes(99),
    b"\0\0\0\x20ftypavif" + bytes(99), b"\0\0\0\x20ftypM4A " + bytes(99), b"\x1a\x45\xdf\xa3" + bytes(99),
    b"RIFF" + bytes(99),
    b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n", b"<svg xmlns='x'/>",
], ids=range(13))  # fmt: skip
def test_what_is_no_video_is_none(tmp_path, content):
    with pytest.raises(Broken) as caught:
        examine(write(tmp_path / "a.mp4", content))
    assert not caught.value.again


def test_a_web_page_is_called_one(tmp_path):
    with pytest.raises(Broken, match="web page"):
        examine(write(tmp_path / "a.mp4", b"\n<!DOCTYPE html><html>Your link has expired"))


def test_a_file_with_sound_alone_is_no_video(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    with pytest.raises(Broken, match="no pictures"):
        examine(path)


def test_junk_between_good_boxes_is_damaged(tmp_path):
    whole = bytearray(clip(seconds=2))
    start = whole.index(b"mdat") + 4
    whole[start:] = bytes(len(whole) - start)
    with pytest.raises(Broken, match="damaged"):
        examine(write(tmp_path / "a.mp4", bytes(whole)))


def brightness(jpeg):
    picture = Image.open(io.BytesIO(jpeg))
    assert picture.format == "JPEG"
    grey = picture.convert("L").resize((1, 1))
    return picture.size, grey.getpixel((0, 0))


@pytest.mark.parametrize("gop", [6, 250], ids=["many keyframes", "one keyframe"])
def test_the_poster_is_not_black_though_the_beginning_is(tmp_path, gop):
    size, light = brightness(examine(write(tmp_path / "a", clip(seconds=3, black=0.5, gop=gop))).poster)
    assert size == (320, 180)
    assert light > 40


def test_the_poster_of_a_black_video_is_black(tmp_path):
    assert brightness(examine(write(tmp_path / "a", clip(black=9))).poster)[1] < 10


@pytest.mark.parametrize(("shape", "expected"), [((1280, 720), (640, 360)), ((720, 1280), (640, 1138))])
def test_the_poster_is_640_pixels_wide_at_most(tmp_path, shape, expected):
    content = clip(width=shape[0], height=shape[1], seconds=0.5)
    assert brightness(examine(write(tmp_path / "a", content)).poster)[0] == expected


@pytest.mark.parametrize(("prompt", "expected"), [
    ("Cat playing piano", "cat-playing-piano"),
    ("  Ünïcode: ein  Ärger! ", "ünïcode-ein-ärger"),
    ("日本語 の プロンプト", "日本語-の-プロンプト"),
    ("नमस्ते दुनिया", "नमस्ते-दुनिया"),
    ("../../etc/passwd", "etc-passwd"),
    ("..\\..\\C:\\con", "c-con"),
    ("a\0b\nc\u202ed", "a-b-c-d"),
    ("--help; rm -rf ~ $(id) `id`", "help-rm-rf-id-id"),
    ("🎬🎬", ""),
    ("❤️ a 👨‍👩‍👧 bay 1️⃣", "a-bay-1"),
    ("می‌خواهم بنویسم", "می‌خواهم-بنویسم"),
    ("نمی\u200c \u200dx\u200d", "نمی-x"),
    ("क्\u200dष", "क्\u200dष"),
    ("\u0301a e\u0301", "a-é"),
    ("", ""),
    ("one two three four five six seven", "one-two-three-four-five-six"),
    ("x" * 2500, "x" * 48),
    ("word " * 500, "word-word-word-word-word-word"),
])  # fmt: skip
def test_a_slug_is_the_first_words_and_nothing_that_means_something_to_a_path(prompt, expected):
    assert slug(prompt) == expected


@pytest.mark.parametrize("prompt", ["", "x" * 2500, "漢" * 2500, "🎬", "../" * 900, "a cat"])
def test_a_name_fits_on_any_disk_and_into_its_column(prompt):
    name = video_name(date(2026, 11, 22), 42, "text-to-video", prompt, 1234)
    assert name.startswith("videos/2026-11-22/0042_text-to-video_")
    assert name.endswith("_seed-1234" if prompt else "0042_text-to-video_seed-1234")
    assert name.count("/") == 2
    assert len(name) < 240
    assert len(name.rpartition("/")[2].encode()) < 245


def test_a_random_seed_is_called_so():
    assert video_name(date(2026, 11, 22), 7, "lipsync", "", -1) == "videos/2026-11-22/0007_lipsync_seed-random"

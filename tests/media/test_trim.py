"""Parts and frames: what was asked for, and nothing lost where nothing need be."""

import io
from decimal import Decimal

import av
import pytest
from PIL import Image

from studio.media.formats import MP4, format_of, read_head
from studio.media.refusals import NotTaken
from studio.media.untrusted import cut, measure, picture_at, without_place

from .made import lying_down, tone, video
from .test_inspect import SOUNDS


def trimmed(content, start, seconds, **options):
    """The part's facts and bytes."""
    file = io.BytesIO(content)
    with cut(file, format_of(read_head(file)), Decimal(start), Decimal(seconds), **options) as part:
        return measure(part, format_of(read_head(part))), (part.seek(0), part.read())[1]


def packets(content, kind="video"):
    with av.open(io.BytesIO(content)) as file:
        return [bytes(packet) for packet in file.demux(**{kind: 0}) if packet.dts is not None]


def greys(content):
    """The second that each frame tells."""
    with av.open(io.BytesIO(content)) as file:
        return [round((frame.to_image().getpixel((80, 45))[0] - 16) / 8) for frame in file.decode(video=0)]


@pytest.mark.parametrize(("start", "keys"), [("0", 48), ("4", 48), ("8", 24)])
def test_a_part_that_begins_at_a_key_frame_is_copied_packet_by_packet(start, keys):
    whole = video(24, keys=keys)
    facts, part = trimmed(whole, start, "8")
    assert abs(facts.seconds - 8) <= Decimal("0.05")
    assert facts.has_sound
    first = int(start) * 24
    assert packets(part) == packets(whole)[first : first + 192]
    assert greys(part) == [int(start) + n // 24 for n in range(192)]


def test_a_part_that_begins_elsewhere_is_encoded_anew_and_begins_there():
    facts, part = trimmed(video(24, keys=240), "3", "7")
    assert abs(facts.seconds - 7) <= Decimal("0.05")
    assert facts.has_sound
    assert greys(part) == [3 + n // 24 for n in range(168)]


def test_a_part_of_what_mp4_does_not_hold_is_encoded_anew():
    for muxer, codec, sound in (("avi", "mpeg4", "libmp3lame"), ("webm", "libvpx", "libopus")):
        facts, _ = trimmed(video(8, muxer, codec, sound), "1.5", "6")
        assert (facts.suffix, abs(facts.seconds - 6) <= Decimal("0.1")) == (".mp4", True)


@pytest.mark.parametrize(("muxer", "codec", "suffix", "content_type"), SOUNDS)
@pytest.mark.parametrize(("start", "seconds"), [("0", "5"), ("3.3", "7"), ("2.05", "5")])
def test_a_part_of_a_recording_is_as_long_as_was_asked_for(muxer, codec, suffix, content_type, start, seconds):
    facts, _ = trimmed(tone(12, muxer, codec), start, seconds)
    assert round(facts.seconds, 1) in (Decimal(seconds), Decimal(seconds) + Decimal("0.1"))


@pytest.mark.parametrize("start", ["0", "1"])
def test_what_a_phone_recorded_lying_down_stands_upright(start):
    facts, _ = trimmed(lying_down(), start, "6")
    assert (facts.width, facts.height, Image.open(io.BytesIO(facts.poster)).size) == (90, 160, (90, 160))
    assert Decimal("5.8") < facts.seconds < Decimal("6.05")


def test_pictures_that_lean_on_later_ones_stay_out_but_the_least_length_is_kept():
    whole = video(24, keys=240)
    short, _ = trimmed(whole, "0", "5.3")
    exact, part = trimmed(whole, "0", "5.3", least=6)
    assert Decimal("5.1") < short.seconds <= Decimal("5.3")
    assert abs(exact.seconds - Decimal("5.3")) <= Decimal("0.05")
    assert greys(part) == [n // 24 for n in range(128)]


def test_where_a_video_was_recorded_is_left_out_and_nothing_else():
    whole = video(6, where="+48.2000+016.3667/")
    file = io.BytesIO(whole)
    assert measure(file, MP4).says_where
    with without_place(file, MP4) as bare:
        content = bare.read()
        assert not measure(bare, MP4).says_where
    assert (packets(content), packets(content, "audio")) == (packets(whole), packets(whole, "audio"))


def test_a_wave_is_cut_to_the_sample():
    whole = tone(12)
    _, part = trimmed(whole, "2", "5")
    sound = whole[whole.index(b"data") + 8 :]
    assert part[part.index(b"data") + 8 :] == sound[2 * 96000 : 7 * 96000]


def test_the_sound_of_a_video_is_taken_out_as_it_is():
    whole = video(8)
    facts, part = trimmed(whole, "0", "100", sound_alone=True)
    assert (facts.kind, facts.suffix) == ("audio", ".m4a")
    assert set(packets(part, "audio")) <= set(packets(whole, "audio"))
    assert abs(facts.seconds - 8) <= Decimal("0.05")
    with pytest.raises(NotTaken, match="no sound"):
        trimmed(video(6, sound=""), "0", "100", sound_alone=True)


@pytest.mark.parametrize(("at", "second"), [("0", 0), ("3.5", 3), ("5.99", 5), ("7", 7), ("1000", 7), (None, 7)])
@pytest.mark.parametrize("made", [("mp4", "libx264", "aac"), ("webm", "libvpx", "libopus")], ids=["mp4", "webm"])
def test_a_frame_is_the_one_that_is_shown_then(made, at, second):
    file = io.BytesIO(video(8, *made, keys=48))
    with picture_at(file, format_of(read_head(file)), None if at is None else Decimal(at)) as picture:
        image = Image.open(picture)
        assert (image.format, image.size) == ("PNG", (160, 90))
        assert abs(image.convert("L").getpixel((80, 45)) - 16 - 8 * second) <= 3


def test_no_frame_comes_of_a_recording():
    file = io.BytesIO(tone(6))
    with pytest.raises(NotTaken), picture_at(file, format_of(read_head(file)), Decimal(0)):
        pass

"""Parts of videos whose pictures come and go as they like: what is seen and heard when is as in the whole."""

import io
from decimal import Decimal

import av
import pytest

from studio.media.formats import format_of, read_head
from studio.media.untrusted import cut, examine, measure, picture_at

from .clips import write
from .others import beep, counted, frames, heard, seconds, streams, written

X264 = ("-c:v", "libx264", "-preset", "veryfast")
VFR = ("-vsync", "vfr")
DROPS = ("-vf", "select='mod(n,50)'", *VFR)  # 2 % are missing
LOW_LIGHT = ("-vf", "select='lt(t,4)+lt(mod(n,5),4)'", *VFR)  # 30, then 24 a second
SPARSE = ("-vf", "select='eq(n,0)+eq(n,10)+eq(n,95)+eq(n,250)+eq(n,251)+eq(n,350)'", *VFR)  # a screen, mostly still
PHONES = {
    "drops": ("a.mp4", *counted(), *DROPS, *X264, "-g", "999"),
    "low light": ("a.mov", *counted(), *LOW_LIGHT, *X264, "-g", "999", "-video_track_timescale", "600"),
    "slow motion": ("a.mp4", *counted(7, 240), *X264, "-g", "9999", "-video_track_timescale", "90000"),
    "sparse": ("a.mp4", *counted(), *SPARSE, *X264, "-g", "999"),
    "sparse MKV": ("a.mkv", *counted(), *SPARSE, *X264, "-g", "999"),
    "sparse WebM": ("a.webm", *counted(), *SPARSE, "-c:v", "libvpx", "-g", "999"),
    "23.976": ("a.mp4", "-r", "24000/1001", *counted(), *X264, "-g", "999", "-r", "24000/1001"),
    "open groups": ("a.mp4", *counted(), *X264, "-x264-params", "open-gop=1:keyint=60:min-keyint=60:bframes=3"),
    "edited": ("a.mp4", "-ss", "1.5", "-i", "b.mp4", "-c", "copy"),
    "MPEG-4 in AVI": ("a.avi", *counted(), "-c:v", "mpeg4", "-q:v", "2", "-bf", "2", "-g", "240"),
    "ProRes": ("a.mov", *counted(), "-c:v", "prores_ks"),
    "HEVC in MKV": ("a.mkv", *counted(), "-c:v", "libx265", "-x265-params", "log-level=0:keyint=240"),
}
SOUND = ("-c:a", "aac", "-b:a", "128k")
KEYS = ("-g", "60", "-keyint_min", "60", "-sc_threshold", "0")  # every two seconds, where a part can be copied


def made(name):
    arguments = PHONES[name]
    files = (("b.mp4", written("b.mp4", *counted(13), *X264, "-g", "999")),) if "b.mp4" in arguments else ()
    return written(*arguments, files=files)


def part(content, start, length, **options):
    file = io.BytesIO(content)
    with cut(file, format_of(read_head(file)), Decimal(start), Decimal(length), least=5, **options) as out:
        return out.read()


def look(content):
    file = io.BytesIO(content)
    return measure(file, format_of(read_head(file)))


def packets(content):
    with av.open(io.BytesIO(content)) as file:
        return [bytes(packet) for packet in file.demux(video=0) if packet.size]


def in_part(whole, start, length):
    """What a part should show: the frame that is there when it begins, and then those of the whole."""
    zero = whole[0][0]
    times = [(time - zero - start, grey) for time, grey in whole]
    before = [grey for time, grey in times if time <= 0.002]
    return [(0.0, before[-1]), *((time, grey) for time, grey in times if 0.002 < time < length - 0.002)]


def assert_same(shown, expected, near=0.002):
    assert [round(time, 3) for time, _ in shown] == pytest.approx([time for time, _ in expected], abs=near)
    assert [grey for _, grey in shown] == pytest.approx([grey for _, grey in expected], abs=5)


@pytest.mark.parametrize(("start", "length"), [("1", "5"), ("3.35", "6")])
@pytest.mark.parametrize("name", PHONES)
def test_a_part_shows_what_the_whole_shows_then(name, start, length):
    whole = made(name)
    length = min(float(length), float(look(whole).seconds) - float(start))
    out = part(whole, start, str(length))
    assert_same(frames(out), in_part(frames(whole), float(start), length))
    assert seconds(out) == pytest.approx(length, abs=0.05)
    assert float(look(out).seconds) == pytest.approx(length, abs=0.05)


@pytest.mark.parametrize("muxer", ["a.mp4", "a.mkv"])
def test_a_picture_that_outlasts_a_copied_part_is_cut_short(muxer):
    whole = written(muxer, *counted(), *SPARSE, *X264, "-g", "1")
    out = part(whole, "0", "6")
    assert_same(frames(out), in_part(frames(whole), 0, 6))
    assert len(packets(out)) == 3
    assert packets(out) == packets(whole)[:3]
    assert seconds(out) == pytest.approx(6, abs=0.05)
    assert float(look(out).seconds) == pytest.approx(6, abs=0.05)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
@pytest.mark.parametrize("frames_between", ["0", "3"])
def test_where_key_frames_are_the_packets_are_the_same(name, frames_between):
    whole = written(name, *counted(), *beep(), *X264, *KEYS, "-bf", frames_between, *SOUND)
    out = part(whole, "4", "6")
    assert packets(out) == packets(whole)[120 : 120 + len(packets(out))]
    assert_same(frames(out), in_part(frames(whole), 4, 6)[: len(packets(out))])
    assert len(packets(out)) > 174
    assert heard(out) == [(pytest.approx(0, abs=0.03), pytest.approx(6, abs=0.05))]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_parts_of_hevc_are_copied_without_what_leans_on_the_rest_and_play_in_safari(name):
    coded = ("-c:v", "libx265", "-x265-params", "log-level=0:keyint=60:min-keyint=60:scenecut=0:open-gop=1")
    whole = written(name, *counted(), *beep(), *coded, *SOUND)
    out = part(whole, "4", "6")
    assert set(packets(out)) <= set(packets(whole))
    assert_same(frames(out), in_part(frames(whole), 4, 6)[: len(packets(out))])
    assert len(packets(out)) > 174
    assert streams(out)[0]["codec_tag_string"] == "hvc1"
    assert seconds(out) == pytest.approx(6, abs=0.05)


@pytest.mark.parametrize("length", ["5", "6"])
def test_a_part_of_a_single_picture_lasts_as_long_as_was_asked(length):
    whole = written("a.mp4", *counted(12, 1), "-vf", "select='eq(n,0)+eq(n,9)'", *VFR, *X264, "-g", "999")
    out = part(whole, "2", length)
    assert [time for time, _ in frames(out)] == [0]
    assert seconds(out) == pytest.approx(float(length), abs=0.05)


# Sound ----------------------------------------------------------------------------------------------------------------

LATE = ("-itsoffset", "2", *beep(10))
GAP = (*beep(12), "-af", "aselect='not(between(t,3,5))'")
ENDLESS = ("-g", "999")  # one key frame: parts are encoded anew


@pytest.mark.parametrize("keys", [ENDLESS, KEYS], ids=["encoded", "copied"])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_sound_that_begins_late_begins_late_in_a_part(name, keys):
    whole = written(name, *counted(), *LATE, *X264, *keys, *SOUND)
    for start in ("0", "1") if keys is ENDLESS else ("0",):
        assert heard(part(whole, start, "8")) == [
            (pytest.approx(2 - float(start), abs=0.03), pytest.approx(8, abs=0.05))
        ]
    assert heard(part(whole, "4", "8")) == [(pytest.approx(0, abs=0.03), pytest.approx(8, abs=0.05))]


@pytest.mark.parametrize("keys", [ENDLESS, KEYS], ids=["encoded", "copied"])
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", SOUND), ("a.mkv", ("-c:a", "pcm_s16le")), ("a.mkv", SOUND)])
def test_a_gap_in_the_sound_stays_as_silence(name, codec, keys):
    whole = written(name, *counted(), *GAP, *X264, *keys, *codec)
    start = 1.0 if keys is ENDLESS else 2.0
    first, second = heard(part(whole, str(start), "6"))
    assert first == (pytest.approx(0, abs=0.03), pytest.approx(3 - start, abs=0.05))
    assert second == (pytest.approx(5 - start, abs=0.05), pytest.approx(6, abs=0.05))


@pytest.mark.parametrize("rate", [8000, 22050, 44100])
@pytest.mark.parametrize("channels", ["1", "2", "6"])
def test_sound_of_any_kind_comes_when_it_should(rate, channels):
    sound = ("-itsoffset", "2", *beep(6, rate), "-ac", channels, "-c:a", "pcm_s16le")
    whole = written("a.mov", *counted(8), *sound, *X264, *ENDLESS)
    assert heard(part(whole, "1.3", "6")) == [(pytest.approx(0.7, abs=0.02), pytest.approx(6, abs=0.03))]


def test_sound_that_has_not_begun_or_is_over_is_silence():
    whole = written("a.mp4", *counted(), "-itsoffset", "7", *beep(2), *X264, *ENDLESS, *SOUND)
    out = part(whole, "1", "5")
    assert look(out).has_sound
    assert heard(out) == []
    assert heard(part(whole, "6", "6")) == [(pytest.approx(1, abs=0.03), pytest.approx(3, abs=0.05))]
    assert heard(part(whole, "9.5", "2.5")) == []


def test_pictures_that_begin_after_the_sound_are_there_from_the_start_of_a_part():
    pictures = written("b.mp4", *counted(8), *X264, *ENDLESS)
    late = ("-itsoffset", "2", "-i", "b.mp4", *beep(10), "-c:v", "copy")
    whole = written("a.mp4", *late, *SOUND, files=(("b.mp4", pictures),))
    assert look(whole).seconds == 10
    out = part(whole, "1", "6")
    assert [time for time, _ in frames(out)][:3] == pytest.approx([0, 1 + 1 / 30, 1 + 2 / 30], abs=0.002)
    assert heard(out) == [(pytest.approx(0, abs=0.03), pytest.approx(6, abs=0.05))]


# Files that do not begin at 0 -----------------------------------------------------------------------------------------

SHIFTED = [("a.mp4", X264, SOUND), ("a.mkv", X264, SOUND), ("a.mkv", X264, ("-c:a", "flac")),
           ("a.webm", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"), ("-c:a", "libopus"))]  # fmt: skip


def shifted(name, pictures, sound, keys, offset):
    by = ("-output_ts_offset", str(offset), "-avoid_negative_ts", "disabled") if offset else ()
    return written(name, *counted(), *beep(), *pictures, *keys, *sound, *by)


@pytest.mark.parametrize(("keys", "offset"), [(ENDLESS, 100), (KEYS, 0.5), (KEYS, 40000)])
@pytest.mark.parametrize(("name", "pictures", "sound"), SHIFTED)
def test_a_file_that_does_not_begin_at_0_gives_what_it_gives_at_0(tmp_path, name, pictures, sound, keys, offset):
    plain, moved = (shifted(name, pictures, sound, keys, each) for each in (0, offset))
    assert frames(moved)[0][0] == pytest.approx(offset, abs=0.1)
    assert float(look(moved).seconds) == pytest.approx(float(look(plain).seconds), abs=0.03)
    for start, length in (("4", "5"), ("0", "6")):
        expected, found = part(plain, start, length), part(moved, start, length)
        assert_same(frames(found), frames(expected))
        assert heard(found) == [(pytest.approx(0, abs=0.03), pytest.approx(float(length), abs=0.05))]
    for at in ("5.5", None):
        assert picture(moved, at) == picture(plain, at)
    assert recording(moved) == pytest.approx(recording(plain), abs=0.05)
    if name != "a.mkv":
        told = [examine(write(tmp_path / "a", each)) for each in (plain, moved)]
        assert float(told[1].facts.seconds) == pytest.approx(float(told[0].facts.seconds), abs=0.03)
        assert told[1].poster == told[0].poster


def picture(content, at):
    file = io.BytesIO(content)
    with picture_at(file, format_of(read_head(file)), at and Decimal(at)) as out:
        return out.read()


def recording(content):
    return float(look(part(content, "2", "6", sound_alone=True)).seconds)

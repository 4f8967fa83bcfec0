"""Where something was recorded is left out of what is kept, whatever it is in, and nothing else is."""

import io
import re

import av
import pytest

from studio.media.formats import format_of, read_head
from studio.media.untrusted import measure, without_place

from .others import beep, counted, streams, written

PLACE = "+48.2081+016.3738/"
SPOKEN = re.compile(rb"48[.]2081|016?[.]3738|16[.]3738")
SUBTITLES = b"""1
00:00:00,000 --> 00:00:03,000
GPS (16.3738, 48.2081, 19) BAROMETER: 64.3

2
00:00:03,000 --> 00:00:06,000
GPS (16.3738, 48.2081, 20) BAROMETER: 65.0
"""
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3")
HEVC = ("-c:v", "libx265", "-x265-params", "log-level=0", "-tag:v", "hvc1")
AAC = ("-c:a", "aac")
TOLD = ("-metadata", f"location={PLACE}")
APPLE = ("-metadata", f"com.apple.quicktime.location.ISO6709={PLACE}", "-movflags", "use_metadata_tags")
TRACK = ("-i", "c.srt", "-map", "0", "-map", "1", "-map", "2")
FIRST = ("-i", "c.srt", "-map", "2", "-map", "0", "-map", "1")
IN_PARTS = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")
FILES = {
    "HEVC": ("a.mp4", *HEVC, *AAC, *TOLD),
    "H.264 in MOV": ("a.mov", *H264, *AAC, *TOLD),
    "ProRes": ("a.mov", "-c:v", "prores_ks", "-c:a", "pcm_s24le", *APPLE),
    "PCM in MOV": ("a.mov", *H264, "-c:a", "pcm_s16le", *TOLD),
    "in fragments": ("a.mp4", *H264, *AAC, *TOLD, *IN_PARTS),
    "B-frames in MKV": ("a.mkv", *H264, *AAC, *TOLD),
    "HEVC in MKV": ("a.mkv", *HEVC[:-2], *AAC, "-metadata", f"comment={PLACE}"),
    "WebM": ("a.webm", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus", *TOLD),
    "AVI": ("a.avi", "-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame", "-metadata", f"comment={PLACE}"),
    "text track": ("a.mp4", *TRACK, *HEVC, *AAC, "-c:s", "mov_text"),
    "text track, first": ("a.mov", *FIRST, *H264, *AAC, "-c:s", "mov_text"),
    "text track in fragments": ("a.mp4", *TRACK, *H264, *AAC, "-c:s", "mov_text", *IN_PARTS),
    "subtitles in MKV": ("a.mkv", *TRACK, *H264, *AAC, "-c:s", "srt"),
    "attached file": ("a.mkv", "-attach", "c.srt", "-metadata:s:t", "mimetype=text/plain", *H264, *AAC),
}  # fmt: skip


def made(name):
    file, *options = FILES[name]
    return written(file, *counted(6), *beep(6), *options, files=(("c.srt", SUBTITLES),))


def opened(content):
    file = io.BytesIO(content)
    return file, format_of(read_head(file))


def bare(content):
    with without_place(*opened(content)) as out:
        return out.read()


def packets(content):
    """All sound and pictures, with their times from the first picture on."""
    with av.open(io.BytesIO(content)) as file:
        first = file.streams.video[0].start_time * file.streams.video[0].time_base
        tracks = (file.streams.video[0], file.streams.audio[0])
        found = [
            (packet.stream.type, round(float(packet.pts * packet.time_base - first), 2), bytes(packet))
            for packet in file.demux(tracks)
            if packet.size and packet.pts is not None
        ]
    return sorted(found)


@pytest.mark.parametrize("name", FILES)
def test_where_a_video_was_recorded_is_nowhere_in_it_any_more(name):
    whole = made(name)
    if not name.startswith(("HEVC", "H.264", "in frag")):  # those write it as numbers, too
        assert SPOKEN.search(whole)
    facts = measure(*opened(whole))
    assert facts.says_where
    out = bare(whole)
    assert not SPOKEN.search(out)
    assert b"loci" not in out
    again = measure(*opened(out))
    assert not again.says_where
    assert (again.seconds, again.width, again.height, again.suffix) == (
        facts.seconds, facts.width, facts.height, facts.suffix
    )  # fmt: skip
    assert packets(out) == packets(whole)
    played = [each for each in streams(whole) if each["codec_type"] in ("video", "audio")]
    kinds = [[(each["codec_name"], each["codec_tag_string"]) for each in tracks] for tracks in (streams(out), played)]
    assert kinds[0] == kinds[1]


def test_hevc_stays_what_safari_plays():
    out = bare(made("HEVC"))
    assert streams(out)[0]["codec_tag_string"] == "hvc1"


def boxed(kind, content):
    return (len(content) + 8).to_bytes(4) + kind + content


@pytest.mark.parametrize("box", [
    boxed(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + b"<x:xmpmeta exif:GPSLatitude='48.2081'/>"),
    boxed(b"udta", boxed(b"\xa9xyz", b"\0\x12\x15\xc7" + PLACE.encode())),
    boxed(b"udta", boxed(b"GPMF", b"GPS5 48.2081 16.3738")),
    boxed(b"gps ", b"\0\0\x01\x01 48.2081 16.3738"),
    boxed(b"meta", bytes(4) + boxed(b"hdlr", bytes(25)) + boxed(b"xml ", b"<GPS lat='48.2081'/>")),
    boxed(b"free", b"48.2081 16.3738" * 40),
], ids=["XMP", "xyz", "GPMF", "gps", "meta", "free"])  # fmt: skip
def test_whatever_box_holds_it_is_emptied(box):
    whole = written("a.mp4", *counted(6), *beep(6), *H264, *AAC, "-map_metadata", "-1")
    assert not measure(*opened(whole)).says_where
    told = whole + box
    assert measure(*opened(told)).says_where
    out = bare(told)
    assert len(out) == len(told)
    assert not SPOKEN.search(out)
    assert packets(out) == packets(whole)
    at = whole.index(b"moov") - 4  # behind the pictures nothing moves when the index grows
    if at > whole.index(b"mdat"):
        size = int.from_bytes(whole[at : at + 4])
        inside = whole[:at] + (size + len(box)).to_bytes(4) + whole[at + 4 : at + size] + box + whole[at + size :]
        assert measure(*opened(inside)).says_where
        assert not SPOKEN.search(bare(inside))


def test_a_file_that_tells_no_place_is_not_touched():
    for name, options in (
        ("a.mp4", ()),
        ("a.mov", ("-timecode", "01:00:00:00")),
        ("a.mkv", ("-metadata", "title=Location")),
    ):
        whole = written(name, *counted(6), *beep(6), *H264, *AAC, *options)
        assert not measure(*opened(whole)).says_where

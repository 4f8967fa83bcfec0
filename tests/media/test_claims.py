"""A small file that claims to be a large one: refused before a library believes it, harmless where it is believed."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from studio.media.checks import Broken
from studio.media.claims import MOST_SAMPLES, Overclaimed, check_claims
from studio.media.formats import FLAC, WAV, format_of, read_head
from studio.media.refusals import NotTaken
from studio.media.untrusted import examine, measure

from . import made
from .clips import clip
from .hostile import (
    AVC1,
    MANY,
    SOWT,
    VP8,
    box,
    chunk,
    chunked,
    edited,
    element,
    fragmented,
    index_of_indexes,
    matroska,
    movie,
    numbers,
    plain,
    table,
    track,
)  # fmt: skip

ROOT = Path(__file__).resolve().parent.parent.parent


def tables(**boxes):
    """A track of ten honest samples, but for these boxes."""
    honest = {
        "stts": table("stts", 10, 40, each=2), "stsc": table("stsc", 1, 10, 1, each=3),
        "stsz": box("stsz", numbers(0, 1, 10)), "stco": table("stco", 1000),
    }  # fmt: skip
    return movie(track(*(honest | boxes).values()))


def nested(depth):
    inner = box("stsz", numbers(0, 1, MANY))
    for _ in range(depth):
        inner = box("wave", inner)
    return movie(behind=inner)


def master(count):
    """What `cues` are: many that are empty."""
    return element("1c53bb6b", bytes.fromhex("bb80") * count)


HOSTILE = {
    "one size for all": movie(plain(MANY)),
    "QuickTime": movie(plain(MANY)).replace(b"isom", b"qt  ", 1),
    "several tracks": movie(*[plain(MANY // 8)] * 8),
    "sound and pictures": movie(plain(MANY // 2), plain(MANY // 2, handler=b"soun", entry=SOWT)),
    "samples without a byte": tables(stsz=box("stsz", numbers(0, 0, MANY))),
    "sizes beyond the file": tables(stsz=box("stsz", numbers(0, 0, 10, *[1 << 30] * 10))),
    "small sizes": tables(stsz=box("stz2", numbers(0, 4, MANY))),
    "times": tables(stts=table("stts", MANY, 40, each=2)),
    "times without room": tables(stts=table("stts", count=MANY)),
    "offsets of times": tables(ctts=table("ctts", count=MANY)),
    "chunks": tables(stco=table("stco", count=MANY)),
    "wide chunks": tables(stco=table("co64", count=MANY)),
    "runs of chunks": tables(stsc=table("stsc", count=MANY)),
    "key frames": tables(stss=table("stss", count=MANY)),
    "keys": movie(plain(10), behind=box("meta", box("hdlr", bytes(24)), table("keys", count=MANY))),
    "encrypted": movie(plain(10), behind=table("senc", count=MANY)),
    "a fragment": fragmented(MANY),
    "a fragment without bytes": fragmented(MANY, 0),
    "a fragment that tells each": fragmented(MANY, flags=0x200),
    "many fragments": fragmented(3000, runs=2000),
    "packed": movie(plain(MANY), packed=True),
    "packed emptiness": movie(bytes(40 << 20), packed=True),
    "edits": edited(10_000, 20_000),
    "plain sound": chunked(40, 1 << 31),
    "tracks": movie(*[plain(1)] * 300),
    "boxes in boxes": nested(8),
    "boxes in boxes in boxes": nested(900),
    "AVI indexes": index_of_indexes(20_000, 20_000),
    "AVI index": chunk(b"RIFF", b"AVI " + chunk(b"LIST", b"hdrl", claims=1 << 31)),
    "Matroska tracks": matroska(element("1654ae6b", bytes.fromhex("ae80") * 500_000)),
    "Matroska binary": matroska(element("1654ae6b", element("ae", element("63a2", b"x", claims=250_000_000)))),
    "Matroska cues": matroska(element("1654ae6b", VP8), master(17 << 20)),
    "Matroska list": matroska(element("1654ae6b", VP8, claims=1 << 28)),
}


def check(content):
    file = io.BytesIO(content)
    check_claims(file, format_of(read_head(file)).demuxer)
    assert file.tell() == 0


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_a_file_cannot_hold_is_refused_before_it_is_opened(kind):
    with pytest.raises(Overclaimed):
        check(HOSTILE[kind])


@pytest.mark.parametrize("kind", ["one size for all", "a fragment", "AVI indexes", "Matroska binary"])
def test_it_says_so_to_the_person_and_to_the_keeper(kind, tmp_path):
    file = io.BytesIO(HOSTILE[kind])
    with pytest.raises(NotTaken, match=r"claims more than it can hold|cut off"):
        measure(file, format_of(read_head(file)))
    if not kind.startswith("AVI"):
        path = tmp_path / "a"
        path.write_bytes(HOSTILE[kind])
        with pytest.raises(Broken, match="claims more than it can hold"):
            examine(path)


def test_a_recording_of_an_hour_has_more_samples_than_any_video_may():
    seconds = 3600
    sound = track(
        table("stts", seconds * 48000, 1, each=2), table("stsc", 1, 48000, 1, each=3),
        box("stsz", numbers(0, 4, seconds * 48000)), table("stco", *range(1000, 1000 + seconds)),
        handler=b"soun", entry=SOWT,
    )  # fmt: skip
    file = io.BytesIO(movie(sound))

    class Large(io.BytesIO):
        """As long as it says, without its bytes."""

        def seek(self, place, whence=0):
            return seconds * 48000 * 4 if whence == 2 else super().seek(place, whence)

    check_claims(Large(file.getvalue()), "mov")
    with pytest.raises(Overclaimed):
        check_claims(file, "mov")
    assert seconds * 48000 > MOST_SAMPLES


FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"


@pytest.mark.parametrize("content", [
    lambda: clip(), lambda: clip("mov"), lambda: clip("webm"), lambda: clip(movflags=FRAGMENTED),
    lambda: clip(movflags="frag_every_frame+empty_moov"), lambda: made.video(6, "avi", "mpeg4", "libmp3lame"),
    lambda: made.video(6, "matroska"), lambda: made.video(6, "mov", "libx264", "pcm_s16le"), lambda: made.tone(6),
    lambda: made.tone(6, "mov", "pcm_s24le"), lambda: made.tone(6, "flac", "flac"), lambda: made.tone(6, "ipod", "aac"),
    lambda: made.tone(6, "mov", "adpcm_ima_qt"), lambda: made.tone(6, "avi", "pcm_s16le"),
])  # fmt: skip
def test_honest_files_pass(content):
    check(content())


def test_a_picture_in_a_recording_may_not_be_larger_than_it():
    wav = made.tone(6)
    with pytest.raises(Overclaimed):
        check_claims(io.BytesIO(wav[:12] + chunk(b"bext", b"x", claims=3 << 30) + wav[12:]), WAV.demuxer)
    flac = made.tone(6, "flac", "flac")
    block = b"\6" + (0xFFFFFF).to_bytes(3) + b"x"
    with pytest.raises(Overclaimed):
        check_claims(io.BytesIO(flac[:42].replace(b"\x84", b"\4", 1) + block), FLAC.demuxer)


WATCHED = """
import io, json, resource, sys
from studio.media import child
from studio.media.formats import format_of, read_head
from studio.media.refusals import NotTaken
from studio.media.untrusted import measure
from tests.media.test_claims import HOSTILE

child.Child.command = (sys.executable, "-c", {main!r})

def peak(who):
    return resource.getrusage(who).ru_maxrss // 1024

before, said = peak(resource.RUSAGE_SELF), ""
file = io.BytesIO(HOSTILE[{kind!r}])
try:
    measure(file, format_of(read_head(file)))
except NotTaken as refusal:
    said = refusal.message
child.children.stop()
print(json.dumps([said, peak(resource.RUSAGE_SELF) - before, peak(resource.RUSAGE_CHILDREN)]))
"""
BELIEVING = "from studio.media import probe, jobs; jobs.check_claims = lambda *_: None; jobs.main()"
HONEST = "from studio.media import jobs; jobs.main()"


def watched(kind, main):
    """What it said of a file, and how many megabytes more the process held meanwhile, and its child at most."""
    script = WATCHED.format(kind=kind, main=main)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="in the units of Linux")
@pytest.mark.parametrize("kind", ["several tracks", "QuickTime", "many fragments", "edits", "plain sound"])
def test_neither_the_studio_nor_its_child_grows(kind):
    said, studio, child = watched(kind, HONEST)
    assert "claims more than it can hold" in said
    assert studio < 20
    assert child < 200


@pytest.mark.skipif(sys.platform != "linux", reason="in the units of Linux")
@pytest.mark.parametrize("kind", ["several tracks", "many fragments", "edits"])
def test_where_it_is_believed_the_child_ends_within_its_bounds(kind):
    """Whatever the checks before do not know."""
    said, studio, child = watched(kind, BELIEVING)
    assert "This" in said
    assert studio < 100
    assert 200 < child < 1200


def test_a_codec_that_nobody_needs_is_not_opened():
    odd = movie(track(table("stts", 1, 40, each=2), table("stsc", 1, 1, 1, each=3), box("stsz", numbers(0, 9, 1)),
                      table("stco", 600), entry=AVC1.replace(b"avc1", b"rpza")))  # fmt: skip
    file = io.BytesIO(odd)
    with pytest.raises(NotTaken, match="codec that we do not know"):
        measure(file, format_of(read_head(file)))

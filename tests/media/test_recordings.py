"""Recordings as speech programs, recorders and converters write them: taken, measured, and cut as was asked."""

from __future__ import annotations

import io
import json
import struct
import subprocess
from decimal import Decimal
from tempfile import NamedTemporaryFile

import pytest
from django.core.files.storage import default_storage

from studio.media.formats import format_of, read_head
from studio.media.probe import measure
from studio.media.refusals import NotTaken
from studio.media.untrusted import cut
from studio.media.wav import has_true_sizes, read_wave
from studio.uploads.intake import take_file
from studio.uploads.models import Upload
from tests.programs import program
from tests.rows import user

SECONDS = Decimal("21.3")
SPEECH = "This is a longer recording, made by a speech program, and it goes on until it ends. " * 3
SOX = {  # what sox is told, after the input
    "8-bit": ["-b", "8"], "16-bit": ["-b", "16"], "24-bit": ["-b", "24"], "32-bit": ["-b", "32"],
    "float": ["-e", "floating-point", "-b", "32"], "double": ["-e", "floating-point", "-b", "64"],
    "A-law": ["-e", "a-law"], "mu-law": ["-e", "u-law"], "six channels": ["-b", "24", "-c", "6"],
    "24-bit in Wave64": ["-b", "24", "-t", "w64"],
}  # fmt: skip
EXACT = [*SOX, "piped by sox", "piped by ffmpeg", "piped 24-bit", "RF64", "RF64 float", "bext", "odd chunks"]
FFMPEG = {  # what ffmpeg is told
    "RF64": ["-rf64", "always", "-f", "wav"], "RF64 float": ["-c:a", "pcm_f32le", "-rf64", "always", "-f", "wav"],
    "bext": ["-write_bext", "1", "-metadata", "description=x", "-f", "wav"],
    "MP3": ["-f", "mp3"], "MP3 VBR": ["-q:a", "4", "-f", "mp3"],
    "MP3 of 8 kHz": ["-ar", "8000", "-ac", "1", "-f", "mp3"],
    "MP3 without Xing": ["-write_xing", "0", "-id3v2_version", "0", "-f", "mp3"],
    "MP3 VBR without Xing": ["-q:a", "4", "-write_xing", "0", "-f", "mp3"],
    "FLAC": ["-f", "flac"], "FLAC of 8 kHz": ["-ar", "8000", "-ac", "1", "-f", "flac"],
    "FLAC of 24 bits": ["-sample_fmt", "s32", "-f", "flac"],
    "AAC": ["-f", "adts"], "M4A": ["-f", "ipod"], "M4A of 8 kHz": ["-ar", "8000", "-ac", "1", "-f", "ipod"],
    "ALAC": ["-c:a", "alac", "-f", "ipod"], "Vorbis": ["-c:a", "libvorbis", "-f", "ogg"],
    "Opus": ["-c:a", "libopus", "-f", "ogg"],
    "Opus of 120 ms": ["-c:a", "libopus", "-frame_duration", "120", "-f", "ogg"],
    "FLAC in Ogg": ["-c:a", "flac", "-f", "ogg"], "WebM": ["-c:a", "libopus", "-f", "webm"],
    "PCM in MOV": ["-c:a", "pcm_s24be", "-f", "mov"], "PCM in MKV": ["-c:a", "pcm_s16le", "-f", "matroska"],
    "IMA ADPCM": ["-c:a", "adpcm_ima_wav", "-f", "wav"], "MS ADPCM": ["-c:a", "adpcm_ms", "-f", "wav"],
}  # fmt: skip


def run(*command: object, given: bytes | None = None) -> bytes:
    done = subprocess.run([str(part) for part in command], input=given, capture_output=True, check=True, timeout=60)
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Each recording of these, made once: a tone that never repeats, so that a shift of it shows."""
    folder = tmp_path_factory.mktemp("recordings")
    base = folder / "base.wav"
    run(program("sox"), "-n", "-r", 22050, "-c", 2, "-b", 16, base, "synth", SECONDS, "sine", "300-900", "gain", -6)
    kept: dict[str, bytes] = {}

    def make(name: str) -> bytes:
        if name not in kept:
            kept[name] = new(name)
        return kept[name]

    def new(name: str) -> bytes:
        out = folder / "out"
        if name == "piped by sox":
            return run(program("sox"), base, "-t", "wav", "-")
        if name.startswith("piped"):
            codec = "pcm_s24le" if "24" in name else "pcm_s16le"
            return run(program("ffmpeg"), "-v", "error", "-i", base, "-c:a", codec, "-f", "wav", "-")
        if name == "odd chunks":
            plain = base.read_bytes()
            return plain[:12] + b"junk\x03\0\0\0abc\0" + plain[12:] + b"id3 \x05\0\0\0hello\0"
        if name in SOX:
            options = SOX[name] if "-t" in SOX[name] else [*SOX[name], "-t", "wav"]
            run(program("sox"), base, *options, out)
        else:
            run(program("ffmpeg"), "-v", "error", "-y", "-i", base, *FFMPEG[name], out)
        return out.read_bytes()

    return make


def look(content: bytes):
    file = io.BytesIO(content)
    return measure(file, format_of(read_head(file)))


def part(content: bytes, start: str, seconds: int) -> bytes:
    file = io.BytesIO(content)
    with cut(file, format_of(read_head(file)), Decimal(start), Decimal(seconds), sound_alone=True, least=5) as out:
        return out.read()


def probed(tmp_path, content: bytes) -> Decimal:
    """Its length, as a program tells it that is not ours."""
    path = tmp_path / "probed"
    path.write_bytes(content)
    told = run(program("ffprobe"), "-v", "error", "-show_entries", "format=duration", "-of", "json", path)
    return Decimal(json.loads(told)["format"]["duration"])


def samples(content: bytes) -> bytes:
    """As 32-bit numbers."""
    with NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return run(program("ffmpeg"), "-v", "error", "-i", file.name, "-f", "s32le", "-c:a", "pcm_s32le", "-")


@pytest.mark.parametrize("name", [*EXACT, *FFMPEG])
def test_its_length_is_measured_right(made, name):
    facts = look(made(name))
    assert facts.kind == "audio"
    assert abs(facts.seconds - SECONDS) <= (Decimal("0.001") if name in EXACT else Decimal("0.2"))


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize(("start", "seconds"), [("0", 5), ("1.23457", 20), ("3.3333", 5)])
def test_plain_samples_are_cut_to_the_very_sample(made, name, start, seconds, tmp_path):
    cut_out = part(made(name), start, seconds)
    wave, whole = read_wave(io.BytesIO(cut_out)), read_wave(io.BytesIO(made(name)))
    assert (wave.size, wave.missing, wave.plain) == (seconds * wave.rate * wave.frame, 0, True)
    assert wave.format == whole.format
    first = whole.start + round(Decimal(start) * whole.rate) * whole.frame
    assert cut_out[wave.start : wave.start + wave.size] == made(name)[first : first + wave.size]
    assert int.from_bytes(cut_out[4:8], "little") + 8 == len(cut_out)
    assert abs(probed(tmp_path, cut_out) - seconds) < Decimal("0.0001")
    assert look(cut_out).seconds == seconds


@pytest.mark.parametrize("name", FFMPEG)
def test_a_part_of_5_or_20_seconds_is_one_that_is_taken_afterwards(made, name, tmp_path):
    for start, seconds in (("0", 20), ("0.517", 20), ("1", 5), ("3.3333", 5)):
        cut_out = part(made(name), start, seconds)
        assert 5 <= round(look(cut_out).seconds, 1) <= 20
        assert abs(probed(tmp_path, cut_out) - seconds) < Decimal("0.05")


@pytest.mark.parametrize("name", ["FLAC", "FLAC of 24 bits", "FLAC of 8 kHz", "ALAC", "PCM in MOV", "PCM in MKV"])
def test_a_part_of_what_is_without_loss_is_the_very_samples(made, name):
    whole, rate = made(name), 8000 if "8 kHz" in name else 22050
    frame = 4 if "8 kHz" in name else 8
    first = round(Decimal("3.3333") * rate) * frame
    assert samples(part(whole, "3.3333", 5)) == samples(whole)[first : first + 5 * rate * frame]


def test_what_espeak_writes_into_a_pipe_is_taken(tmp_path):
    content = run(program("espeak-ng"), "--stdout", SPEECH)
    there = run(program("sox"), "--ignore-length", "-t", "wav", "-", "-t", "raw", "-", given=content)
    facts = look(content)
    assert abs(facts.seconds - Decimal(len(there)) / 44100) < Decimal("0.001")
    assert look(part(content, "1", 5)).seconds == 5


@pytest.mark.parametrize(("riff", "data"), [
    (0x7FFFF024, 0x7FFFF000), (0xFFFFFFFF, 0xFFFFFFFF), (0, 0), (0x7FFFFFFF, 0x7FFFFFDB), (0x80000024, 0x80000000),
    (0xFFFFFFFF, 0xFFFFFFDB), (36, 0), (0, 0xFFFFFFFF),
], ids=hex)  # fmt: skip
def test_a_length_that_means_to_the_end_is_understood(made, riff, data):
    plain = made("16-bit")
    content = plain[:4] + struct.pack("<I", riff) + plain[8:40] + struct.pack("<I", data) + plain[44:]
    assert look(content).seconds == SECONDS
    assert not has_true_sizes(io.BytesIO(content))


@pytest.mark.parametrize("name", ["16-bit", "24-bit", "RF64", "RF64 float", "24-bit in Wave64", "FLAC", "M4A"])
@pytest.mark.parametrize("rest", [0.5, 0.9])
def test_what_is_cut_off_is_still_refused(made, name, rest):
    with pytest.raises(NotTaken, match="cut off"):
        look(made(name)[: int(len(made(name)) * rest)])


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["piped by sox", "piped 24-bit", "RF64", "24-bit in Wave64", "16-bit"])
def test_it_is_kept_with_true_sizes_so_that_every_program_reads_it(made, name):
    upload = take_file(user(), io.BytesIO(made(name)), "audio", filename="speech.wav")
    with default_storage.open(upload.name) as file:
        kept = file.read()
    assert has_true_sizes(io.BytesIO(kept))
    assert (upload.seconds, upload.content_type, upload.name[-4:]) == (SECONDS, "audio/wav", ".wav")
    assert samples(kept) == samples(made(name))
    assert take_file(user(), io.BytesIO(made(name)), "audio") == upload
    assert Upload.objects.count() == 1


# What stands before and after ----------------------------------------------------------------------------------------


def id3(size: int) -> bytes:
    number = bytes(size >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + number + b"TIT2\0\0\0\x05\0\0\3abcd".ljust(size, b"\0")


def ape(flags: int) -> bytes:
    item = b"\x05\0\0\0\0\0\0\0Title\0Hello"
    return b"".join((
        b"APETAGEX", struct.pack("<IIII", 2000, len(item) + 32, 1, 0xA0000000), bytes(8), item,
        b"APETAGEX", struct.pack("<IIII", 2000, len(item) + 32, 1, flags), bytes(8),
    ))  # fmt: skip


BEFORE = {
    "ID3": id3(100), "ID3 with a cover": id3(300_000), "two of ID3": id3(100) + id3(9000), "APE": ape(0x80000000),
    "ID3 and noughts": id3(50) + bytes(3000), "nothing": b"",
}  # fmt: skip
NOUGHTS = {"some noughts": bytes(500), "many noughts": bytes(60_000)}
BEHIND = {"nothing": b"", "ID3v1": b"TAG" + b"x" * 125, "APE and ID3v1": ape(0x80000000) + b"TAG" + b"x" * 125}


@pytest.mark.parametrize("name", ["MP3", "MP3 without Xing", "MP3 VBR", "MP3 VBR without Xing", "AAC"])
@pytest.mark.parametrize("before", [*BEFORE, *NOUGHTS])
@pytest.mark.parametrize("behind", BEHIND)
def test_tags_and_noughts_around_it_are_no_matter(made, name, before, behind):
    facts = look({**BEFORE, **NOUGHTS}[before] + made(name) + BEHIND[behind])
    assert (facts.kind, abs(facts.seconds - SECONDS) <= Decimal("0.2")) == ("audio", True)
    assert facts.suffix == (".aac" if name == "AAC" else ".mp3")


@pytest.mark.parametrize("name", ["MP3", "MP3 without Xing", "MP3 VBR"])
@pytest.mark.parametrize("lost", [3000, 3111, 3333])
def test_an_mp3_that_begins_in_the_middle_of_a_frame_is_one(made, name, lost):
    """As what was recorded from a stream does."""
    facts = look(made(name)[lost:])
    assert (facts.suffix, abs(facts.seconds - SECONDS) < 2) == (".mp3", True)


@pytest.mark.parametrize("before", ["ID3", "ID3 with a cover", "two of ID3"])
def test_flac_with_tags_before_it_is_flac(made, before):
    facts = look(BEFORE[before] + made("FLAC"))
    assert (facts.suffix, facts.seconds) == (".flac", SECONDS)
    assert look(part(BEFORE[before] + made("FLAC"), "1", 5)).seconds == 5


@pytest.mark.parametrize("content", [id3(100), id3(100) + b"<html>" * 99, bytes(5000), b"ID3", id3(1 << 27)[:5000]])
def test_tags_and_noughts_alone_are_no_recording(content):
    file = io.BytesIO(content)
    found = format_of(read_head(file))
    if found.kind:
        with pytest.raises(NotTaken):
            measure(file, found)


@pytest.mark.parametrize(("muxer", "words"), [("aiff", "an AIFF"), ("caf", "a Core Audio"), ("au", "an AU")])
def test_what_is_not_taken_is_called_what_it_is_with_a_way_on(made, muxer, words, tmp_path):
    out = tmp_path / "out"
    run(program("ffmpeg"), "-v", "error", "-i", "-", "-f", muxer, out, given=made("16-bit"))
    found = format_of(out.read_bytes())
    assert found.words.startswith(words)
    assert (found.kind, "WAV" in found.instead) == ("", True)

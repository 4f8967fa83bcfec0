"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from .boxes import end_of_boxes
from .elements import find_segment
from .wav import W64_HEAD, lacks_samples

HEAD_BYTES = 8192
MOST_BEFORE = 64 << 20  # bytes of tags before what they tell of; a cover is among them
MOST_NOUGHTS = 64 << 10  # bytes, as FFmpeg looks no further
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIF = {b"mif1", b"mif2", b"msf1", b"miaf"}  # a picture in boxes, of whatever kind the other brands tell
_MOV = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # how a QuickTime file begins that does not name its type


@dataclass(frozen=True)
class Format:
    """`words` are for people. `kind` is "image", or "media" for what holds sound, pictures or both; empty where we do
    not take it. `demuxer` is FFmpeg's name: none is ever guessed, for some of them open what a file tells them to.
    """

    words: str
    kind: str = ""
    demuxer: str = ""
    instead: str = ""  # what to save it as


JPEG, PNG = Format("a JPEG picture", "image"), Format("a PNG picture", "image")
WEBP, GIF, AVIF = (
    Format("a WebP picture", "image"),
    Format("a GIF picture", "image"),
    Format("an AVIF picture", "image"),
)
MP4, MOV = Format("an MP4 file", "media", "mov"), Format("a QuickTime file", "media", "mov")
WEBM, MKV = Format("a WebM file", "media", "matroska"), Format("a Matroska file", "media", "matroska")
AVI, WAV = Format("an AVI file", "media", "avi"), Format("a WAV file", "media", "wav")
W64 = Format("a Wave64 file", "media", "w64")
MP3, AAC = Format("an MP3 file", "media", "mp3"), Format("an AAC file", "media", "aac")
FLAC, OGG = Format("a FLAC file", "media", "flac"), Format("an Ogg file", "media", "ogg")
SVG = Format("an SVG drawing", instead="PNG")
HEIC = Format("a HEIC picture, as iPhones save them", instead="JPEG")
RAW = Format("a camera's raw picture", instead="JPEG")
PAGE = Format("a web page, not the file itself")
EMPTY, UNKNOWN = Format("an empty file"), Format("a file of a kind that we do not know")

FRAMES_IN_A_ROW = 3
_KBITS_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MAGIC: list[tuple[bytes, Format]] = [
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"ID3", MP3),
    (b"PK\x03\x04", Format("a ZIP archive")),
    (b"\x1f\x8b", Format("a gzip archive")),
    (b"Rar!", Format("a RAR archive")),
    (b"7z\xbc\xaf", Format("a 7z archive")),
    (b"%PDF", Format("a PDF document")),
    (b"#EXTM3U", Format("a playlist, not the file itself")),
    (b"II*\x00", Format("a TIFF picture", instead="JPEG or PNG")),
    (b"MM\x00*", Format("a TIFF picture", instead="JPEG or PNG")),
    (b"\0\0\0\x0cJXL ", Format("a JPEG XL picture", instead="JPEG or PNG")),
    (b"\xff\x0a", Format("a JPEG XL picture", instead="JPEG or PNG")),
    (b"\0\0\0\x0cjP  ", Format("a JPEG 2000 picture", instead="JPEG or PNG")),
    (b"BM", Format("a BMP picture", instead="PNG")),
    (b"8BPS", Format("a Photoshop picture", instead="JPEG or PNG")),
    (b"FLV", Format("a Flash video", instead="MP4")),
    (b"\x30\x26\xb2\x75", Format("a Windows Media file", instead="MP4 or WAV")),
    (b"\x00\x00\x01\xba", Format("an MPEG video", instead="MP4")),
    (b"FORM", Format("an AIFF recording", instead="WAV")),
    (b"caff", Format("a Core Audio recording", instead="WAV or M4A")),
    (b"#!AMR", Format("an AMR recording", instead="WAV or MP3")),
    (b".snd", Format("an AU recording", instead="WAV")),
    (b"wvpk", Format("a WavPack recording", instead="FLAC or WAV")),
    (b"MAC ", Format("a Monkey's Audio recording", instead="FLAC or WAV")),
]
_RIFF = {b"WEBP": WEBP, b"AVI ": AVI, b"WAVE": WAV}


def read_head(file: BinaryIO) -> bytes:
    """The first bytes that tell what it is: sound may have tags or noughts before it. The file stands at its beginning
    afterwards.
    """
    file.seek(0)
    first = file.read(HEAD_BYTES)
    head = _behind_tags(file, first) if format_of(first) in (MP3, UNKNOWN) else first
    file.seek(0)
    return head if format_of(head) in (MP3, AAC, FLAC) else first


def _behind_tags(file: BinaryIO, head: bytes) -> bytes:
    at = 0
    while (skip := _tag_length(head) or _noughts(file, at)) and at + skip <= MOST_BEFORE:
        at += skip
        file.seek(at)
        head = file.read(HEAD_BYTES)
    return head


def _noughts(file: BinaryIO, at: int) -> int:
    file.seek(at)
    here = file.read(MOST_NOUGHTS + 1)
    return len(here) - len(here.lstrip(b"\0"))


def _tag_length(head: bytes) -> int:
    """Bytes of a tag of sound that stands here: ID3, or APE's."""
    if head[:3] == b"ID3" and len(head) >= 10 and max(head[6:10]) < 0x80:
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        return 10 + size + (10 if head[5] & 0x10 else 0)
    if head[:8] == b"APETAGEX" and len(head) >= 32:
        return 32 + int.from_bytes(head[12:16], "little")
    return 0


def format_of(head: bytes) -> Format:
    if not head:
        return EMPTY
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if head[:4] in (b"RF64", b"BW64"):
        return WAV if head[8:12] == b"WAVE" else UNKNOWN
    if head[:16] == W64_HEAD:
        return W64
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM if b"webm" in head[:64] else MKV
    return _boxed(head) or _audio_frame(head) or _written(head) or _frames_inside(head) or UNKNOWN


def _boxed(head: bytes) -> Format | None:
    if head[4:8] in _MOV:
        return MOV
    if head[4:8] != b"ftyp":
        return None
    brand, end = head[8:12], int.from_bytes(head[:4])
    others = {head[at : at + 4] for at in range(16, min(end, len(head)), 4)}
    if brand in (b"avif", b"avis") or (brand in (b"mif1", b"msf1") and others & {b"avif", b"avis"}):
        return AVIF
    if brand in _HEIC | _HEIF:
        return HEIC
    if brand == b"crx ":
        return RAW
    return MOV if brand == b"qt  " else MP4


def _audio_frame(head: bytes) -> Format | None:
    """Sound that begins without any header: eleven set bits, then a layer; layer 0 is AAC's."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 3
    if layer == 0:
        return AAC if head[1] & 0xF0 == 0xF0 else None
    return MP3 if head[2] >> 4 != 0xF else None


def _frames_inside(head: bytes) -> Format | None:
    """MP3 that begins in the middle of a frame, as what was recorded from a stream does: some frames follow each other
    there without a gap.
    """
    for start in range(len(head) - 4):
        at, count = start, 0
        while count < FRAMES_IN_A_ROW and (length := _frame_length(head[at : at + 4])):
            at, count = at + length, count + 1
        if count == FRAMES_IN_A_ROW:
            return MP3
    return None


def _frame_length(head: bytes) -> int:
    """Bytes of the frame of MPEG's layer 3 that begins so; 0 where none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, bits, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or bits in (0, 15) or rate == 3:
        return 0
    hertz = (44100, 48000, 32000)[rate] // {3: 1, 2: 2, 0: 4}[version]
    kbits = (_KBITS_1 if version == 3 else _KBITS_2)[bits - 1]
    return (144 if version == 3 else 72) * kbits * 1000 // hertz + (head[2] >> 1 & 1)


def _written(head: bytes) -> Format | None:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not text.startswith(b"<"):
        return None
    return SVG if b"<svg" in text else PAGE


def is_cut_off(file: BinaryIO, found: Format, size: int) -> bool:
    """Whether a file ends before it says so, where its format tells. A cut-off MP4 still claims its full length."""
    if found.demuxer == "mov":
        return end_of_boxes(file) is None
    if found in (WAV, W64):
        return lacks_samples(file)
    segment = find_segment(file) if found.demuxer == "matroska" else None
    return segment is not None and segment.end is not None and segment.end > size

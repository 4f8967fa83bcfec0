"""A part of a recording or a video: packets are copied, which loses nothing; what cannot be is encoded anew."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from . import encode
from .clips import NEAR_SECONDS, NotCopied, codec_of, copy_part, start_of, walk
from .formats import FLAC, MP3, OGG, W64, WAV, WEBM, Format, format_of, read_head
from .inspect import measure, opened, sound_of
from .refusals import BROKEN, NotTaken
from .sound import encode_sound
from .wav import slice_wave

LONGEST_PACKET = 1  # seconds
NEAR_ENOUGH = Fraction(3, 100)  # seconds: lengths are asked for, and judged, to a tenth
WHOLE = Decimal(10_000_000)
_MUXERS = {MP3: "mp3", WAV: "wav", W64: "wav", FLAC: "flac", OGG: "ogg", WEBM: "webm"}
_SOUND_MUXERS = {"aac": "ipod", "mp3": "mp3", "opus": "ogg", "vorbis": "ogg", "flac": "flac", "pcm_s16le": "wav"}


@contextmanager
def cut(
    file: BinaryIO,
    found: Format,
    start: Decimal = Decimal(0),
    seconds: Decimal = WHOLE,
    *,
    sound_alone: bool = False,
    least: int = 0,
) -> Iterator[BinaryIO]:
    """A new file that holds the part; it goes when the context ends. `sound_alone` leaves the pictures out. Where
    pictures are copied, the last few may have to stay out, but never so many that it gets shorter than `least` seconds.

    Raises NotTaken.
    """
    import av

    begin, end = Fraction(start), Fraction(start) + Fraction(seconds)
    with NamedTemporaryFile(prefix="dailies-part-") as out:
        try:
            seen = None if sound_alone or found in (WAV, W64) else walk(file, found)
            if seen:
                begin, end = begin + seen.zero, min(end + seen.zero, seen.end)
                try:
                    copy_part(file, found, out.name, seen, begin, end, least)
                except (NotCopied, av.error.FFmpegError, *BROKEN):
                    encode.encode_video(file, found, out.name, seen, begin, end)
            elif not (found in (WAV, W64) and slice_wave(file, out.name, begin, end)):
                _cut_sound(file, found, out.name, begin, end)
        except (av.error.FFmpegError, *BROKEN):
            raise NotTaken("This part cannot be cut out. Trim the file with another program.") from None
        with open(out.name, "rb") as part:
            yield part


def _cut_sound(file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction) -> None:
    import av

    try:
        _copy_closely(file, found, path, begin, end)
    except (NotCopied, av.error.FFmpegError, *BROKEN):
        encode_sound(file, found, path, begin, end)


def _copy(file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction) -> None:
    import av

    whole = begin == 0  # with what a decoder is fed before the very beginning
    zero = None
    with opened(_rewound(file), found) as source:
        stream = sound_of(source)
        start = start_of(stream)
        start = start if start > NEAR_SECONDS else Fraction(0)
        begin, end = begin + start, end + start
        muxer = muxer_for(found, stream)
        if muxer == "flac" and end - begin != WHOLE:
            raise NotCopied
        options = {"movflags": "+faststart"} if muxer == "ipod" else {}
        with av.open(path, "w", format=muxer, options=options) as out:
            made = out.add_stream_from_template(stream)
            for packet in source.demux(stream):
                if packet.pts is None or packet.dts is None:
                    continue
                time = packet.pts * packet.time_base
                hears = begin - 1 if whole else begin
                if not hears <= time + packet.duration * packet.time_base / 2 < end:  # to the nearest packet
                    continue
                if zero is None:
                    zero = max(time, begin) if whole else time
                shift = round(zero / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = made
                out.mux(packet)


def _copy_closely(file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction) -> None:
    """A recording is copied by packets, and some are so long that the part would be refused for its length; and FLAC's
    header would go on telling the length of the whole. Raises NotCopied.
    """
    whole = end - begin == WHOLE
    if found in (WAV, W64) and not whole:
        raise NotCopied
    _copy(file, found, path, begin, end)
    if whole:
        return
    with open(path, "rb") as part:
        facts = measure(part, format_of(read_head(part)))
    off = abs(Fraction(facts.seconds) - (end - begin))
    if NEAR_ENOUGH < off < LONGEST_PACKET:  # more, where the recording ends before
        raise NotCopied


def muxer_for(found: Format, stream: Any) -> str:
    muxer = _MUXERS.get(found) or _SOUND_MUXERS.get(codec_of(stream), "")
    if not muxer:
        raise NotCopied
    return muxer


def _rewound(file: BinaryIO) -> BinaryIO:
    file.seek(0, io.SEEK_SET)
    return file

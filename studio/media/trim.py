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
from .formats import AVI, FLAC, MP3, OGG, W64, WAV, WEBM, Format, format_of, read_head
from .inspect import measure, opened, tracks_of
from .refusals import BROKEN, NotTaken
from .sound import encode_sound
from .wav import slice_wave

NEAR_SECONDS = Fraction(1, 10)  # a key frame so near to where the part begins will do
SLACK = Fraction(1, 50)
LONGEST_PACKET = 1  # seconds
NEAR_ENOUGH = Fraction(3, 100)  # seconds: lengths are asked for, and judged, to a tenth
WHOLE = Decimal(10_000_000)
_MUXERS = {MP3: "mp3", WAV: "wav", W64: "wav", FLAC: "flac", OGG: "ogg", WEBM: "webm"}
_SOUND_MUXERS = {"aac": "ipod", "mp3": "mp3", "opus": "ogg", "vorbis": "ogg", "flac": "flac", "pcm_s16le": "wav"}
_IN_MP4 = {"h264", "hevc", "av1", "mpeg4", "aac", "mp3", "alac", "ac3"}


class NotCopied(Exception):
    """The packets do not fit: encode."""


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
            try:
                if not (found in (WAV, W64) and slice_wave(file, out.name, begin, end)):
                    _copy_closely(file, found, out.name, begin, end, sound_alone=sound_alone, least=least)
            except (NotCopied, av.error.FFmpegError, *BROKEN):
                if not encode_sound(file, found, out.name, begin, end, sound_alone=sound_alone):
                    encode.encode_part(file, found, out.name, begin, end, sound_alone=sound_alone)
        except (av.error.FFmpegError, *BROKEN):
            raise NotTaken("This part cannot be cut out. Trim the file with another program.") from None
        with open(out.name, "rb") as part:
            yield part


@contextmanager
def without_place(file: BinaryIO, found: Format) -> Iterator[BinaryIO]:
    """The same sound and pictures without what a phone notes of where they were recorded; the file itself where its
    packets cannot be copied.
    """
    import av

    with NamedTemporaryFile(prefix="dailies-bare-") as out:
        try:
            _copy(file, found, out.name, Fraction(0), Fraction(WHOLE))
            name = out.name
        except (NotCopied, av.error.FFmpegError, *BROKEN):
            name = ""
        if not name:
            yield _rewound(file)
            return
        with open(name, "rb") as bare:
            yield bare


def _copy(
    file: BinaryIO,
    found: Format,
    path: str,
    begin: Fraction,
    end: Fraction,
    *,
    sound_alone: bool = False,
    least: int = 0,
) -> None:
    """Raises NotCopied where the pictures do not begin near there, or no container takes them."""
    import av

    from_start = begin == 0
    with opened(_rewound(file), found) as source:
        streams = chosen(source, sound_alone=sound_alone)
        begin, stop = _whole_pictures(source, streams[0], begin, end, least)
    with opened(_rewound(file), found) as source:
        streams = chosen(source, sound_alone=sound_alone)
        muxer = muxer_for(found, streams)
        options = {"movflags": "+faststart"} if muxer in ("mp4", "ipod") else {}
        with av.open(path, "w", format=muxer, options=options) as out:
            outs = {stream.index: out.add_stream_from_template(stream) for stream in streams}
            _copy_packets(source, streams, outs, out, begin, end, stop, whole=from_start)


def _copy_closely(
    file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction, *, sound_alone: bool, least: int
) -> None:
    """A recording is copied by packets, and some are so long that the part would be refused for its length; and FLAC's
    header would go on telling the length of the whole. Raises NotCopied.
    """
    whole = end - begin == WHOLE
    if found in (FLAC, WAV, W64) and not whole:
        raise NotCopied
    _copy(file, found, path, begin, end, sound_alone=sound_alone, least=least)
    if whole:
        return
    with open(path, "rb") as part:
        facts = measure(part, format_of(read_head(part)))
    off = abs(Fraction(facts.seconds) - (end - begin))
    if facts.kind == "audio" and NEAR_ENOUGH < off < LONGEST_PACKET:  # more, where the recording ends before
        raise NotCopied


def chosen(source: Any, *, sound_alone: bool) -> list[Any]:
    streams = [track.stream for track in tracks_of(source)]
    streams = [stream for stream in streams if not (sound_alone and stream.type == "video")]
    if not streams:
        raise NotTaken("This file has no sound.")
    return streams


def muxer_for(found: Format, streams: list[Any]) -> str:
    codecs = {stream.codec_context.name for stream in streams}
    if streams[0].type == "audio" and found not in _MUXERS:
        muxer = _SOUND_MUXERS.get(streams[0].codec_context.name, "")
    elif found in _MUXERS:
        muxer = _MUXERS[found]
    else:
        muxer = "mp4" if codecs <= _IN_MP4 and found is not AVI else ""
    if not muxer:
        raise NotCopied
    return muxer


def _whole_pictures(
    source: Any, stream: Any, begin: Fraction, end: Fraction, least: int
) -> tuple[Fraction, int | None]:
    """Where a video can begin in truth, and how many packets of it, from there on, show whole pictures until `end`:
    pictures are sent in another order than they are shown, and each leans on some that came before.
    """
    if stream.type == "audio":
        return begin, None
    times = [
        (packet.pts * packet.time_base, (packet.pts + (packet.duration or 0)) * packet.time_base, packet.is_keyframe)
        for packet in source.demux(stream)
        if packet.pts is not None and packet.dts is not None
    ]
    zero = min((time for time, _, _ in times), default=Fraction(0))
    begin, end = begin + zero, end + zero
    starts = [n for n, (time, _, key) in enumerate(times) if key and abs(time - begin) <= NEAR_SECONDS]
    if not starts:
        raise NotCopied
    first = min(starts, key=lambda n: abs(times[n][0] - begin))
    count = _closed(times[first:], end + SLACK)
    last = max((until for _, until, _ in times[first : first + count]), default=begin)
    if not count or last - times[first][0] < min(Fraction(least), end - begin) - SLACK:
        raise NotCopied
    return times[first][0], count


def _closed(times: list[tuple[Fraction, Fraction, bool]], end: Fraction) -> int:
    """The longest run of packets that lacks no picture before its last and ends in time."""
    after: list[Fraction] = [Fraction(1 << 40)] * (len(times) + 1)
    for number in range(len(times) - 1, -1, -1):
        after[number] = min(times[number][0], after[number + 1])
    best, last, shown = 0, Fraction(-1), Fraction(-1)
    for number, (time, until, _) in enumerate(times, 1):
        last, shown = max(last, until), max(shown, time)
        if last <= end and after[number] > shown:
            best = number
    return best


def _copy_packets(
    source: Any,
    streams: list[Any],
    outs: dict[int, Any],
    out: Any,
    begin: Fraction,
    end: Fraction,
    stop: int | None,
    *,
    whole: bool,
) -> None:
    """`whole`: from the very beginning, with what a decoder of sound is fed before it."""
    zero = begin if streams[0].type == "video" else None  # where the new file begins
    hears = begin - 1 if whole else begin
    copied = 0
    for packet in source.demux(streams):
        if packet.pts is None or packet.dts is None:
            continue
        time = packet.pts * packet.time_base
        if packet.stream.type == "video":
            if (not copied and (not packet.is_keyframe or time < begin)) or copied >= (stop or 0):
                continue
            copied += 1
        elif not hears <= time + packet.duration * packet.time_base / 2 < end:  # to the nearest packet
            continue
        if zero is None:
            zero = max(time, Fraction(0)) if whole else time
        shift = round(zero / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = outs[packet.stream.index]
        out.mux(packet)


def _rewound(file: BinaryIO) -> BinaryIO:
    file.seek(0, io.SEEK_SET)
    return file

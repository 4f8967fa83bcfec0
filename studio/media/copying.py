"""A part of a video by copying its packets, which loses nothing. What they say of time is read from them all first."""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, BinaryIO

from .formats import AVI, WEBM, Format
from .probe import opened, tracks_of
from .refusals import NotTaken
from .shown import SQUARE, stretch_of

NEAR_SECONDS = Fraction(1, 10)  # a key frame so near to where the part begins will do
LOST_SECONDS = Fraction(1, 5)  # so long the last picture may stand for some that lean on later ones
SLACK = Fraction(1, 50)
GLANCE = Fraction(1, 500)  # a picture is not shown for so short a time: times are rounded to thousandths in many files
_IN_MP4 = {"h264", "hevc", "av1", "mpeg4", "aac", "mp3", "alac", "ac3"}


class NotCopied(Exception):
    """The packets do not fit: encode."""


@dataclass
class Walk:
    """When a video's pictures are shown. `zero` is where the file begins, which need not be 0, `end` where its pictures
    do. The lists are in the order in which the pictures are stored, which is another than that in which they are shown.
    """

    base: Fraction  # seconds: the unit of `shown`
    codec: str = ""
    zero: Fraction = Fraction(0)
    end: Fraction = Fraction(0)
    shown: list[int] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)  # whether it stands for itself
    hidden: list[bool] = field(default_factory=list)  # whether an edit leaves it out
    complete: bool = True  # all packets tell when they are shown

    def see(self, packet: Any) -> None:
        time = packet.dts if packet.pts is None else packet.pts
        self.complete = self.complete and packet.pts is not None
        if time is None:
            return
        self.shown.append(time)
        self.keys.append(packet.is_keyframe)
        self.hidden.append(packet.is_discard)
        if not packet.is_discard:
            self.end = max(self.end, (time + (packet.duration or 0)) * self.base)

    def key_before(self, moment: Fraction) -> Fraction | None:
        """When the last key frame before this moment is shown."""
        times = [time for time, key in zip(self.shown, self.keys, strict=True) if key and time * self.base <= moment]
        return max(times) * self.base if times else None


def walk(file: BinaryIO, found: Format) -> Walk | None:
    """None: it has no pictures. Raises NotTaken."""
    file.seek(0, io.SEEK_SET)
    with opened(file, found) as source:
        streams = [track.stream for track in tracks_of(source)]
        if not streams or streams[0].type != "video":
            return None
        seen = Walk(streams[0].time_base, codec_of(streams[0]))
        for packet in source.demux(streams[0]):
            if packet.size:
                seen.see(packet)
        times = [time for time, hidden in zip(seen.shown, seen.hidden, strict=True) if not hidden]
        if not times:
            raise NotTaken("This video shows no pictures.")
        seen.zero = zero_of(streams, min(times) * seen.base)
        return seen


def zero_of(streams: list[Any], first: Fraction | None = None) -> Fraction:
    """Where a video begins: with its pictures, or with its sound where that comes first by more than coders need.
    `first`: when the first picture is shown, where that is known better.
    """
    first = start_of(streams[0]) if first is None else first
    sound = min((start_of(stream) for stream in streams[1:]), default=first)
    return first if sound > first - NEAR_SECONDS else sound


def start_of(stream: Any) -> Fraction:
    return (stream.start_time or 0) * Fraction(stream.time_base)


def copy_part(
    file: BinaryIO, found: Format, path: str, seen: Walk, begin: Fraction, end: Fraction, least: int = 0
) -> None:
    """From `begin` to `end`, as the file counts time. Raises NotCopied where no picture near there stands for itself,
    where too many would have to stay out at the end, or where no container takes it.
    """
    import av

    run = _run(seen, begin, min(end, seen.end), Fraction(least))
    file.seek(0, io.SEEK_SET)
    with opened(file, found) as source:
        streams = [track.stream for track in tracks_of(source)]
        if stretch_of(streams[0]) != SQUARE:
            raise NotCopied
        muxer = muxer_for(found, streams)
        options = {"movflags": "+faststart"} if muxer == "mp4" else {}
        with av.open(path, "w", format=muxer, options=options) as out:
            outs = {stream.index: copied_stream(out, stream) for stream in streams}
            hears = run.begin - 1 if begin == seen.zero else run.begin  # with the run-up before the very beginning
            _copy_packets(source, streams, outs, out, run, hears)


def copy_all(file: BinaryIO, found: Format, path: str, muxer: str) -> None:
    """The sound and the pictures of a file, all of them as they are, and nothing else. Raises NotCopied."""
    import av

    seen = walk(file, found)
    times = _times(seen.shown, int(seen.end / seen.base)) if seen and seen.complete else []
    file.seek(0, io.SEEK_SET)
    with opened(file, found) as source, av.open(path, "w", format=muxer) as out:
        streams = [track.stream for track in tracks_of(source)]
        outs = {stream.index: copied_stream(out, stream) for stream in streams}
        sent = iter(times)
        for packet in source.demux(streams):
            if not packet.size:
                continue
            if times and packet.stream.type == "video":
                packet.dts, packet.pts, packet.duration = next(sent)
            elif packet.dts is None:
                packet.dts = packet.pts
            packet.stream = outs[packet.stream.index]
            out.mux(packet)


def muxer_for(found: Format, streams: list[Any]) -> str:
    if found is WEBM:
        return "webm"
    if found is AVI or not {codec_of(stream) for stream in streams} <= _IN_MP4:
        raise NotCopied
    return "mp4"


def codec_of(stream: Any) -> str:
    return str(stream.codec_context.codec.canonical_name)


def copied_stream(out: Any, stream: Any) -> Any:
    """A stream for the packets of another. Safari plays HEVC only where it is called `hvc1`."""
    made = out.add_stream_from_template(stream, opaque=True)
    if codec_of(stream) == "hevc" and out.format.name in ("mp4", "mov"):
        made.codec_context.codec_tag = "hvc1"
    return made


@dataclass
class Run:
    """Packets of pictures that can be copied: so many as there are `times` from the packet `first` on. The times say
    when each is sent, when it is shown and for how long, in the file's own unit. `skipped` packets behind the first
    stay out.
    """

    first: int
    skipped: int
    begin: Fraction
    end: Fraction
    times: list[tuple[int, int, int]]


def _run(seen: Walk, begin: Fraction, end: Fraction, least: Fraction) -> Run:
    if not seen.complete:
        raise NotCopied
    starts = [
        number
        for number, (time, key, hidden) in enumerate(zip(seen.shown, seen.keys, seen.hidden, strict=True))
        if key and not hidden and abs(time * seen.base - begin) <= NEAR_SECONDS
    ]
    if not starts:
        raise NotCopied
    first = min(starts, key=lambda number: abs(seen.shown[number] * seen.base - begin))
    zero = seen.shown[first]
    asked = end - begin
    end = min(zero * seen.base + asked, seen.end)
    shown, over = _closed(seen, first, end)
    lost = end - min(over * seen.base, end) if over is not None else Fraction(0)
    kept = _without_leading(seen.codec, shown)
    if not kept or lost > LOST_SECONDS:
        raise NotCopied
    if end - lost - zero * seen.base < min(least, asked) - SLACK:
        raise NotCopied
    return Run(first, len(shown) - len(kept), zero * seen.base, end, _times(kept, int(end / seen.base)))


def _without_leading(codec: str, shown: list[int]) -> list[int]:
    """Pictures that are sent behind a key frame but shown before it lean on what came before the part. In HEVC nothing
    that is shown later leans on them, so they can stay out. Raises NotCopied where that is not so.
    """
    leading = sum(time < shown[0] for time in shown) if shown else 0
    if leading and (codec != "hevc" or max(shown[1 : leading + 1]) > shown[0]):
        raise NotCopied
    return [*shown[:1], *shown[leading + 1 :]]


def _closed(seen: Walk, first: int, end: Fraction) -> tuple[list[int], int | None]:
    """The longest run of pictures from the first on that begin before the end and lack none in between; and when the
    next one after them is shown.
    """
    shown, next_shown = seen.shown[first:], seen.shown[first:]
    for number in range(len(shown) - 2, -1, -1):
        next_shown[number] = min(next_shown[number], next_shown[number + 1])
    best, last, before = 0, shown[0], int((end - GLANCE) / seen.base)
    for number, time in enumerate(shown, 1):
        if seen.hidden[first + number - 1]:
            break
        last = max(last, time)
        if last < before and (number == len(shown) or next_shown[number] > last):
            best = number
    return shown[:best], next_shown[best] if best < len(shown) else None


def _times(shown: list[int], end: int) -> list[tuple[int, int, int]]:
    """Pictures are sent in the same rhythm as they are shown, only earlier: by as much as any of them needs."""
    in_order = sorted(shown)
    if any(one == other for one, other in pairwise(in_order)):
        raise NotCopied
    early = max(sent - time for sent, time in zip(in_order, shown, strict=True))
    lasting = end - in_order[-1]
    times = []
    for sent, time in zip(in_order, shown, strict=True):
        after = bisect_right(in_order, time)
        times.append((sent - early, time, (in_order[after] if after < len(in_order) else end) - time))
    sent, time, _ = times[-1]
    return [*times[:-1], (sent, time, lasting)]  # how long the track is follows from the packet that is sent last


def _copy_packets(source: Any, streams: list[Any], outs: dict[int, Any], out: Any, run: Run, hears: Fraction) -> None:
    number = -1
    for packet in source.demux(streams):
        if not packet.size or packet.pts is None:
            continue
        if packet.stream.type == "video":
            number += 1
            place = number - run.first - (run.skipped if number > run.first else 0)
            if not (0 < place < len(run.times) or number == run.first):
                continue
            packet.dts, packet.pts, packet.duration = run.times[place]
        else:
            packet.dts = packet.pts
            middle = (packet.pts + (packet.duration or 0) / 2) * packet.time_base
            if not hears <= middle < run.end:  # to the nearest packet
                continue
        shift = round(run.begin / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = outs[packet.stream.index]
        out.mux(packet)

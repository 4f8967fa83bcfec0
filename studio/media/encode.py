"""A part of a recording or a video, encoded anew: where packets cannot be copied."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from typing import Any, BinaryIO

from .formats import Format
from .inspect import opened
from .refusals import NotTaken

MOST_SECONDS = 60  # nobody waits for more
MOST_SIDE = 1920
X264 = {"preset": "veryfast", "crf": "17"}
RATE = 48000


def encode_part(file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction, *, sound_alone: bool) -> None:
    """H.264 and AAC in MP4; sound alone in M4A. Raises NotTaken, and FFmpeg's errors."""
    import av

    from .trim import chosen

    turn = _turn(file, found)
    file.seek(0, io.SEEK_SET)
    with opened(file, found) as source:
        streams = chosen(source, sound_alone=sound_alone)
        if streams[0].type == "video" and end - begin > MOST_SECONDS:
            raise NotTaken("This part is too long to be encoded anew. Choose a shorter one.")
        muxer = "mp4" if streams[0].type == "video" else "ipod"
        with av.open(path, "w", format=muxer, options={"movflags": "+faststart"}) as out:
            made = [_encoder(out, stream, turn) for stream in streams]
            _encode(source, streams, made, out, begin, end, _turner(streams[0], turn))


def _turn(file: BinaryIO, found: Format) -> int:
    """How many degrees, against the clock, the pictures are to be turned when they are shown."""
    file.seek(0, io.SEEK_SET)
    with opened(file, found) as source:
        frame = next(source.decode(video=0), None) if source.streams.video else None
        return frame.rotation % 360 if frame else 0


def _turner(stream: Any, turn: int) -> Callable[[Any], Any]:
    """Turns each frame as it is to be shown, for players that heed no such note."""
    import av

    filters = {90: ["cclock"], 180: ["clock", "clock"], 270: ["clock"]}.get(turn, [])
    if not filters or stream.type != "video":
        return lambda frame: frame
    graph = av.filter.Graph()
    steps = [graph.add_buffer(template=stream), *(graph.add("transpose", way) for way in filters)]
    graph.link_nodes(*steps, graph.add("buffersink")).configure()

    def turned(frame: Any) -> Any:
        graph.push(frame)
        return graph.pull()

    return turned


def _encoder(out: Any, stream: Any, turn: int) -> Any:
    if stream.type == "audio":
        return out.add_stream("aac", rate=RATE, layout="stereo", options={"b": "192k"})
    context = stream.codec_context
    scale = min(Fraction(1), Fraction(MOST_SIDE, max(context.width, context.height)))
    made = out.add_stream("libx264", rate=_rate(stream), options=X264)
    sides = (context.height, context.width) if turn in (90, 270) else (context.width, context.height)
    made.width, made.height = (round(side * scale) // 2 * 2 for side in sides)
    made.pix_fmt = "yuv420p"
    return made


def _rate(stream: Any) -> Fraction:
    rate = stream.average_rate or Fraction(25)
    return Fraction(rate).limit_denominator(1001) if 1 <= rate <= 120 else Fraction(25)


def _encode(
    source: Any,
    streams: list[Any],
    made: list[Any],
    out: Any,
    begin: Fraction,
    end: Fraction,
    turned: Callable[[Any], Any],
) -> None:
    import av

    zero = Fraction(streams[0].start_time or 0) * streams[0].time_base
    begin, end = begin + zero, end + zero
    if begin > 0:
        source.seek(int(begin * 1_000_000), backward=True)
    tracks = {stream.index: track for stream, track in zip(streams, made, strict=True)}
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    sounds = 0
    for frame, stream in _frames(source, streams, begin, end):
        track = tracks[stream.index]
        if stream.type == "video":
            new = turned(frame).reformat(track.width, track.height, "yuv420p")
            new.pts, new.time_base = round((frame.pts * frame.time_base - begin) / frame.time_base), frame.time_base
            new.pict_type = 0
            out.mux(track.encode(new))
            continue
        frame.pts = None
        for new in resampler.resample(frame):
            new.pts, new.time_base, sounds = sounds, Fraction(1, RATE), sounds + new.samples
            out.mux(track.encode(new))
    for track in made:
        out.mux(track.encode(None))


def _frames(source: Any, streams: list[Any], begin: Fraction, end: Fraction) -> Any:
    """The frames of the part, in the order in which they come; until every stream is past its end."""
    over: set[int] = set()
    for packet in source.demux(streams):
        for frame in packet.decode():
            if frame.pts is None:
                continue
            time = frame.pts * frame.time_base
            if time >= end:
                over.add(packet.stream.index)
            elif time >= begin:
                yield frame, packet.stream
        if len(over) == len(streams):
            return

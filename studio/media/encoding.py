"""A part of a video or a recording, encoded anew: where its packets cannot be copied."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any, BinaryIO

from .copying import GLANCE, Walk
from .formats import Format
from .probe import Track, opened, sound_of, tracks_of
from .progress import report
from .refusals import NotTaken
from .shown import BT709, UNSPECIFIED, Screen, is_hdr, matrix_of, size_of, turn_of

MOST_SECONDS = 60  # nobody waits for more
MOST_SIDE = 1920
# No picture leans on a later one: so each is sent when it is shown, and the last one lasts as long as it should.
X264 = {"preset": "veryfast", "crf": "17", "bf": "0"}
RATE, SILENCE = 48000, 1024  # samples
LEAD_SECONDS = Fraction(1, 5)  # so much sound before the part is decoded with it: decoders need a run-up
LATE_SECONDS = 10  # sound may lie so far behind its pictures in a file
JUMP_SECONDS = 0.02  # sound that is off by more is put where it should be: silence fills a gap
FINE, FINEST = 12_000, 1_000_000  # units of time in a second of the new file, at least and at most
LOSSLESS = ("flac", "alac", "wavpack", "tta")
AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
PCM = {"u8": "pcm_u8", "s16": "pcm_s16le", "s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le"}
GAP = Fraction(1, 50)  # seconds
SPARE = 1  # seconds before the part, from which decoding begins


def encode_video(file: BinaryIO, found: Format, path: str, seen: Walk, begin: Fraction, end: Fraction) -> None:
    """H.264 and AAC in MP4, from `begin` to `end` as the file counts time: upright, in square pixels, in colours that
    all players know. Raises NotTaken, and FFmpeg's errors.
    """

    if end - begin > MOST_SECONDS:
        raise NotTaken("This part is too long to be encoded anew. Choose a shorter one.")
    key = seen.key_before(begin - LEAD_SECONDS)
    first = None if key is None else _frame_at(file, found, key)
    if first is None:  # it cannot be led there: all from the beginning
        key, first = None, _frame_at(file, found, None)
    if first is None:
        raise NotTaken("No picture of this video can be read.")
    with _opened(file, found) as source, _written(path, "mp4") as out:
        tracks = tracks_of(source)
        streams = [track.stream for track in tracks]
        if key is not None:
            source.seek(round(key / streams[0].time_base), stream=streams[0], backward=True)
        makers: dict[str, Pictures | Sound] = {"video": Pictures(out, tracks[0], first, begin, end)}
        if len(streams) > 1:
            makers["audio"] = Sound(out, begin, end)
        for frame, stream in _frames(source, streams, end):
            if stream.type == "video":
                report(float((frame.pts * frame.time_base - begin) / (end - begin)))
            makers[stream.type].take(frame)
        for maker in makers.values():
            maker.finish()


def _opened(file: BinaryIO, found: Format) -> Any:
    file.seek(0, io.SEEK_SET)
    return opened(file, found)


def _written(path: str, muxer: str) -> Any:
    import av

    return av.open(path, "w", format=muxer, options={"movflags": "+faststart"})


def _frame_at(file: BinaryIO, found: Format, key: Fraction | None) -> Any:
    """The picture at a key frame, or the file's first; None where seeking leads elsewhere, or nothing is decoded."""
    import av

    with _opened(file, found) as source:
        stream = tracks_of(source)[0].stream
        try:
            if key is not None:
                source.seek(round(key / stream.time_base), stream=stream, backward=True)
            frame = next(source.decode(stream), None)
        except av.error.FFmpegError:
            return None
        late = key is not None and (frame is None or frame.pts is None or frame.pts * frame.time_base > key)
        return None if late else frame


class Pictures:
    """Takes the frames of a video in the order in which they are shown, and encodes those of the part. The one that is
    shown when the part begins is its first, at 0, however long it has been there.
    """

    def __init__(self, out: Any, track: Track, frame: Any, begin: Fraction, end: Fraction) -> None:
        """`frame`: one of them, for what is the same in all."""
        import av

        self.out, self.look, self.begin, self.end, self.base = out, track.look, begin, end, _base(track.stream)
        self.look.complete(frame)
        turn = turn_of(frame)
        wide, high = size_of(frame.width, frame.height, self.look.stretch, turn)
        scale = min(Fraction(1), Fraction(MOST_SIDE, max(wide, high)))
        size = _even(wide * scale), _even(high * scale)
        self.track = out.add_stream("libx264", rate=_rate(track.stream), options=X264)
        self.track.width, self.track.height = size
        self.track.pix_fmt = "yuv420p"
        self.track.codec_context.time_base = self.base
        self.track.codec_context.flags |= av.codec.context.Flags.frame_duration
        _tag(self.track.codec_context, frame)
        self.screen = Screen(size, turn, "yuv420p")
        self.before: Any = None  # the last frame that was there when the part begins
        self.last: Any = None  # the last one that is ready: how long it is shown the next one tells
        self.any = False

    def take(self, frame: Any) -> None:
        time = frame.pts * frame.time_base
        if time <= self.begin + GLANCE:
            self.before = frame
        elif time < self.end - GLANCE:
            self._show_before()
            self._show(frame, time if self.any else self.begin)

    def finish(self) -> None:
        self._show_before()
        for shown in self.screen.rest():
            self._ready(shown)
        if self.last is None:
            raise NotTaken("No picture of this part can be read.")
        self._encode(round((self.end - self.begin) / self.base))
        self.out.mux(self.track.encode(None))

    def _show_before(self) -> None:
        if self.before is not None:
            self._show(self.before, self.begin)
            self.before = None

    def _show(self, frame: Any, time: Fraction) -> None:
        self.any = True
        frame.pts, frame.time_base = round((time - self.begin) / self.base), self.base
        for shown in self.screen.show(self.look.complete(frame)):
            self._ready(shown)

    def _ready(self, frame: Any) -> None:
        frame.pts, frame.time_base = round(frame.pts * frame.time_base / self.base), self.base
        if self.last is None or frame.pts > self.last.pts:
            self._encode(frame.pts)
            self.last = frame

    def _encode(self, until: int) -> None:
        if self.last is not None:
            self.last.duration = until - self.last.pts
            self.last.pict_type = 0
            self.out.mux(self.track.encode(self.last))


class Sound:
    """Takes the frames of a recording, and encodes those of the part, where they are on its clock."""

    def __init__(self, out: Any, begin: Fraction, end: Fraction) -> None:
        self.out, self.begin, self.samples = out, begin, round((end - begin) * RATE)
        self.track = out.add_stream("aac", rate=RATE, layout="stereo", options={"b": "192k"})
        self.graph: Any = None
        self.made_for: tuple[Any, ...] = ()
        self.done = 0  # samples

    def take(self, frame: Any) -> None:
        now = (frame.sample_rate, frame.layout.name, frame.format.name)
        begin = frame.pts * frame.time_base - self.begin
        if begin + Fraction(frame.samples, frame.sample_rate) < -LEAD_SECONDS:
            return
        if now != self.made_for:
            self._rest()
            self.graph, self.made_for = self._graph(frame), now
        frame.pts, frame.time_base = round(begin * frame.sample_rate), Fraction(1, frame.sample_rate)
        self.graph.push(frame)
        self._pull()

    def finish(self) -> None:
        self._rest()
        if not self.done:  # it begins later, or has ended before: a track without any sound is none
            self.take(_silence(self.begin + Fraction(max(self.samples - SILENCE, 0), RATE)))
            self._rest()
        self.out.mux(self.track.encode(None))

    def _graph(self, frame: Any) -> Any:
        import av

        graph = av.filter.Graph()
        fit = f"{RATE}:async=1:min_hard_comp={JUMP_SECONDS}:first_pts={self.done}"
        steps = [
            graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format,
                layout=frame.layout,
                time_base=Fraction(1, frame.sample_rate),
            ),
            graph.add("aresample", fit),
            graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo"),
            graph.add("atrim", f"end_pts={self.samples}"),
        ]
        graph.link_nodes(*steps, graph.add("abuffersink")).configure()
        return graph

    def _pull(self) -> None:
        import av

        with suppress(av.error.BlockingIOError, av.error.EOFError):
            while True:
                frame = self.graph.pull()
                self.done = frame.pts + frame.samples
                self.out.mux(self.track.encode(frame))

    def _rest(self) -> None:
        if self.graph is not None:
            self.graph.push(None)
            self._pull()
            self.graph = None


def _silence(time: Fraction) -> Any:
    import av

    frame = av.AudioFrame(format="fltp", layout="stereo", samples=SILENCE)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.pts, frame.time_base = RATE, round(time * RATE), Fraction(1, RATE)
    return frame


def _tag(context: Any, frame: Any) -> None:
    """What a player has to know of the colours, as the source says it. Those for brighter screens are converted."""
    context.color_range = 1  # not the full range, which many players take for this one
    if is_hdr(frame):
        context.colorspace = context.color_primaries = context.color_trc = BT709
    else:
        context.colorspace = matrix_of(frame)
        context.color_primaries = frame.color_primaries or UNSPECIFIED
        context.color_trc = frame.color_trc or UNSPECIFIED


def _even(side: Fraction) -> int:
    return max(2, int(side) // 2 * 2)


def _rate(stream: Any) -> Fraction:
    """Only a hint: the times of the frames are what counts."""
    rate = stream.average_rate or Fraction(25)
    return Fraction(rate).limit_denominator(1001) if 1 <= rate <= 240 else Fraction(25)


def _base(stream: Any) -> Fraction:
    """A unit in which the times of the source are whole numbers, and those of any cut nearly."""
    units = stream.time_base.denominator
    units *= max(1, -(-FINE // units))
    return Fraction(1, units if units <= FINEST else 90_000)


def _frames(source: Any, streams: list[Any], end: Fraction) -> Iterator[tuple[Any, Any]]:
    """Decoded frames in the order in which they come, until all streams are past the end."""
    import av

    over: set[int] = set()
    for packet in source.demux(streams):
        if packet.stream.index in over:
            if packet.dts is not None and packet.dts * packet.time_base > end + LATE_SECONDS:
                return
            continue
        frames = []
        with suppress(av.error.InvalidDataError):  # a damaged one is skipped, as players do
            frames = packet.decode()
        for frame in frames:
            if frame.pts is None:
                continue
            if frame.pts * frame.time_base >= end:
                over.add(packet.stream.index)
                break
            yield frame, packet.stream
        if len(over) == len(streams):
            return


# Recordings ----------------------------------------------------------------------------------------------------------


def encode_sound(file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction) -> None:
    """WAV of plain samples, FLAC of what else was without loss, AAC in M4A of the rest. Raises NotTaken, and FFmpeg's
    errors.
    """
    import av

    with _opened(file, found) as source:
        stream = sound_of(source)
        muxer = _sound_muxer(stream.codec_context.name)
        with av.open(path, "w", format=muxer) as out:
            zero = Fraction(stream.start_time or 0) * stream.time_base
            _encode_sound(source, stream, _encoder(out, stream.codec_context, muxer), out, begin + zero, end + zero)


def _sound_muxer(codec: str) -> str:
    if codec.startswith(("pcm_", "adpcm_")):
        return "wav"
    return "flac" if codec in LOSSLESS else "ipod"


def _encoder(out: Any, context: Any, muxer: str) -> Any:
    layout, sample = context.layout.name, context.format.packed.name
    if muxer == "wav":
        made = out.add_stream(PCM[sample], rate=context.sample_rate, layout=layout)
        made.codec_context.format = sample
    elif muxer == "flac":
        made = out.add_stream("flac", rate=context.sample_rate, layout=layout)
        made.codec_context.format = "s16" if sample in ("u8", "s16") else "s32"
    else:
        rate = context.sample_rate if context.sample_rate in AAC_RATES else 48000
        layout, bits = ("mono", "96k") if context.channels == 1 else ("stereo", "192k")
        made = out.add_stream("aac", rate=rate, layout=layout, options={"b": bits})
        made.codec_context.format = "fltp"
    return made


def _encode_sound(source: Any, stream: Any, made: Any, out: Any, begin: Fraction, end: Fraction) -> None:
    import av

    rate, context = stream.codec_context.sample_rate, made.codec_context
    if begin > SPARE:
        source.seek(int((begin - SPARE) * 1_000_000), backward=True)
    graph = av.filter.Graph()
    samples = f"sample_fmts={context.format.name}:sample_rates={context.sample_rate}"
    steps = [
        graph.add_abuffer(template=stream, time_base=Fraction(1, rate)),
        graph.add("atrim", f"start_pts={round(begin * rate)}:end_pts={round(end * rate)}"),
        graph.add("aformat", f"{samples}:channel_layouts={context.layout.name}"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*steps).configure()
    done = 0
    for frame in _timed(source, stream, end):
        graph.push(frame)
        for new in _pulled(graph):
            new.pts, new.time_base, done = done, Fraction(1, context.sample_rate), done + new.samples
            out.mux(made.encode(new))
    out.mux(made.encode(None))


def _timed(source: Any, stream: Any, end: Fraction) -> Iterator[Any]:
    """Timed in samples, until one is past the end; then None, for what the filters still hold. Of several frames in one
    packet only the first has a time, and some containers know times only to a thousandth: a frame begins where the one
    before it ended, unless it is said to come much later or earlier.
    """
    rate = stream.codec_context.sample_rate
    at: int | None = None
    for frame in source.decode(stream):
        said = None if frame.pts is None else round(frame.pts * frame.time_base * rate)
        if at is None or (said is not None and abs(said - at) > rate * GAP):
            at = said
        if at is None:
            continue
        if Fraction(at, rate) >= end:
            break
        frame.pts, frame.time_base, at = at, Fraction(1, rate), at + frame.samples
        yield frame
    yield None


def _pulled(graph: Any) -> Iterator[Any]:
    import av

    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return

"""A part of a recording to the very sample, encoded anew: where its packets are too long to be cut between."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

from .formats import Format
from .inspect import opened, sound_of

LOSSLESS = ("flac", "alac", "wavpack", "tta")
AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
PCM = {"u8": "pcm_u8", "s16": "pcm_s16le", "s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le"}
GAP = Fraction(1, 50)  # seconds
SPARE = 1  # seconds before the part, from which decoding begins


def encode_sound(file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction) -> None:
    """WAV of plain samples, FLAC of what else was without loss, AAC in M4A of the rest. Raises NotTaken, and FFmpeg's
    errors.
    """
    import av

    file.seek(0, io.SEEK_SET)
    with opened(file, found) as source:
        stream = sound_of(source)
        muxer = _muxer(stream.codec_context.name)
        with av.open(path, "w", format=muxer) as out:
            zero = Fraction(stream.start_time or 0) * stream.time_base
            _encode(source, stream, _encoder(out, stream.codec_context, muxer), out, begin + zero, end + zero)


def _muxer(codec: str) -> str:
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


def _encode(source: Any, stream: Any, made: Any, out: Any, begin: Fraction, end: Fraction) -> None:
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
    for frame in _frames(source, stream, end):
        graph.push(frame)
        for new in _pulled(graph):
            new.pts, new.time_base, done = done, Fraction(1, context.sample_rate), done + new.samples
            out.mux(made.encode(new))
    out.mux(made.encode(None))


def _frames(source: Any, stream: Any, end: Fraction) -> Iterator[Any]:
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

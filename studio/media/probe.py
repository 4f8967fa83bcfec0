"""What a video measures, and whether it can be played to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from . import allowed, inspect
from .checks import WEBM, Broken, Kind, require_whole
from .facts import Examined, VideoFacts
from .poster import first_frame, poster
from .shown import Look, size_of, turn_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

MOST_PIXELS = 8192 * 4608  # 8K: more than that only claims memory
_THOUSANDTH = Decimal("0.001")
_MISSING_SECONDS = 1  # that a whole WebM may end before the length that it tells


def examine(path: Path) -> Examined:
    """Everything that is to be known of a video file. Raises Broken, for whatever a whole video would not do."""
    kind = require_whole(path)
    with opened(path, kind) as (container, stream):
        look = Look.of(stream)
        require_all_frames(container, stream, path.stat().st_size, kind)
        seconds = _seconds(container, stream)
        frame, picture = poster(container, stream, look, _start(container), float(seconds))
        width, height = size_of(frame.width, frame.height, look.stretch, turn_of(frame))
        facts = VideoFacts(width, height, seconds, _rate(stream), bool(container.streams.audio))
    return Examined(kind, facts, picture)


@contextmanager
def opened(path: Path, kind: Kind) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A video and its pictures. Raises Broken, also for what libav says of it later on."""
    import av

    try:
        with inspect.opened(str(path), kind, max_pixels=str(MOST_PIXELS)) as container:
            if not container.streams.video:
                raise Broken("the file holds no pictures")
            stream = container.streams.video[0]
            if not allowed.may_decode(stream):
                raise Broken("its pictures are of a kind that is not known here")
            if not 0 < stream.width * stream.height <= MOST_PIXELS:
                raise Broken("its pictures are larger than 8K, or have no size")
            stream.thread_type, stream.codec_context.thread_count = "SLICE", 1  # one picture: more threads only cost
            yield container, stream
    except (av.FFmpegError, ValueError, EOFError) as error:
        raise Broken("the file is damaged", again=True) from error


def require_all_frames(container: InputContainer, stream: VideoStream, size: int, kind: Kind) -> None:
    """What the file's own index names lies inside the file, and the last picture that stands for itself decodes."""
    for each in container.streams:
        entries = each.index_entries
        if kind is not WEBM and len(entries) and max(entry.pos + entry.size for entry in entries) > size:
            raise Broken("the file is cut off", again=True)
    seconds = _seconds(container, stream)
    if kind is WEBM and _end(container) < seconds - _MISSING_SECONDS:
        raise Broken("the file is cut off", again=True)
    if first_frame(container, stream, _start(container) + float(seconds)) is None:
        raise Broken("the file is damaged", again=True)


def _start(container: InputContainer) -> float:
    """Where the file begins, which need not be 0, in seconds."""
    return max(container.start_time or 0, 0) / 1_000_000


def _end(container: InputContainer) -> Decimal:
    """Seconds to where the last packet ends, of pictures or sound: either may outlast the other. Only of WebM, whose
    index tells no sizes: all of it is read, from the beginning, as somebody may have read it before.
    """
    last = Fraction(0)
    container.seek(max(container.start_time or 0, 0))
    for packet in container.demux():
        if packet.pts is not None and packet.time_base:
            last = max(last, (packet.pts + (packet.duration or 0)) * packet.time_base)
    return _thousandths(last - Fraction(max(container.start_time or 0, 0), 1_000_000))


def _seconds(container: InputContainer, stream: VideoStream) -> Decimal:
    """As the file tells it; measured where it tells none, as those that are recorded live do."""
    if container.duration:
        ends = "webm" in container.format.name  # what it tells is where it ends
        before = max(container.start_time or 0, 0) if ends else 0
        return (Decimal(max(container.duration - before, 0)) / 1_000_000).quantize(_THOUSANDTH)
    if stream.duration and stream.time_base:
        return _thousandths(stream.duration * stream.time_base)
    return _end(container)


def _rate(stream: VideoStream) -> Decimal | None:
    rate = stream.average_rate or stream.guessed_rate
    return _thousandths(rate) if rate and 0 < rate < 1000 else None


def _thousandths(number: Fraction) -> Decimal:
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(_THOUSANDTH)

"""One frame of a video as a picture."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO

from .clips import zero_of
from .formats import Format
from .inspect import opened, tracks_of
from .refusals import BROKEN, NotTaken
from .shown import picture_of

IN_MEMORY = 8 * 1024 * 1024
MOST_FRAMES = 20_000  # decoded on the way from the key frame before


@contextmanager
def picture_at(file: BinaryIO, found: Format, seconds: Decimal | None) -> Iterator[IO[bytes]]:
    """A PNG of the frame that is shown at that moment, from the video's beginning; None is its last. What lies behind
    the end gives the last one too.

    Raises NotTaken.
    """
    import av

    with SpooledTemporaryFile(IN_MEMORY) as out:
        file.seek(0, io.SEEK_SET)
        try:
            with opened(file, found) as container:
                _picture(container, seconds).save(out, "PNG", compress_level=4)
        except (av.error.FFmpegError, *BROKEN):
            raise NotTaken("No frame of this video can be read.") from None
        out.seek(0)
        yield out


def _picture(container: Any, seconds: Decimal | None) -> Any:
    tracks = tracks_of(container)
    streams = [track.stream for track in tracks]
    if not streams or streams[0].type != "video":
        raise NotTaken("This is no video.")
    stream = streams[0]
    moment = None if seconds is None else round((Fraction(seconds) + zero_of(streams)) / stream.time_base)
    return picture_of(_shown(container, stream, moment), tracks[0].look)


def _shown(container: Any, stream: Any, moment: int | None) -> Any:
    """The last frame that is shown at `moment` or before, in units of the stream."""
    target = _end(container, stream) if moment is None else moment
    if target > 0:
        container.seek(target, stream=stream, backward=True)
    best = None
    for number, frame in enumerate(container.decode(stream)):
        late = moment is not None and frame.pts is not None and frame.pts > moment
        if best is not None and (late or number > MOST_FRAMES):
            break
        best = frame
    if best is None:
        raise NotTaken("No frame of this video can be read.")
    return best


def _end(container: Any, stream: Any) -> int:
    """About where the pictures end, in units of the stream. Matroska tells only where the whole file does."""
    if stream.duration:
        return int((stream.start_time or 0) + stream.duration)
    return int(Fraction(container.duration or 0, 1_000_000) / Fraction(stream.time_base))

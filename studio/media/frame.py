"""One frame of a video as a picture."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO

from .formats import Format
from .inspect import opened, picture_of, tracks_of
from .refusals import BROKEN, NotTaken

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
                image = picture_of(_frame(container, seconds))
                image.convert("RGB").save(out, "PNG", compress_level=4)
        except (av.error.FFmpegError, *BROKEN):
            raise NotTaken("No frame of this video can be read.") from None
        out.seek(0)
        yield out


def _frame(container: Any, seconds: Decimal | None) -> Any:
    stream = next((track.stream for track in tracks_of(container) if track.stream.type == "video"), None)
    if stream is None:
        raise NotTaken("This is no video.")
    start = stream.start_time or 0
    if seconds is None:
        return _shown(container, stream, None)
    return _shown(container, stream, start + round(float(seconds) / stream.time_base))


def _shown(container: Any, stream: Any, moment: int | None) -> Any:
    """The last frame that is shown at `moment` or before, in units of the stream."""
    target = moment if moment is not None else (stream.start_time or 0) + (stream.duration or 0)
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

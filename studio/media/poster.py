"""One picture that stands for a video."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from .checks import Broken
from .shown import Look, picture_of

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from PIL.Image import Image

BOX = 4  # PIL's name for the mean of all pixels
WIDTH, QUALITY = 640, 84
SMALL = 32  # pixels: enough to tell light from dark
PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the length: where to look
DARK = 28  # of 255: below this mean, black, is 16
STEP, MOST_STEPS = 8, 12  # pictures from one look to the next, and looks, where all that stand for themselves are dark


def poster(
    container: InputContainer, stream: VideoStream, look: Look, start: float, seconds: float
) -> tuple[VideoFrame, bytes]:
    """A picture from about a tenth of the way in, or from further on where that is black: the first that is not, else
    the brightest. Also as a JPEG, 640 pixels wide at most. Raises Broken where nothing can be decoded.
    """
    best, brightness = None, -1
    for frame in _candidates(container, stream, start, seconds):
        light = _brightness(frame)
        if light > brightness:
            best, brightness = frame, light
        if light >= DARK:
            break
    if best is None:
        raise Broken("the file is damaged", again=True)
    return best, jpeg(picture_of(best, look, WIDTH))


def _brightness(frame: VideoFrame) -> int:
    small = frame.reformat(SMALL, SMALL, "gray", interpolation="AREA")
    image: Image = small.to_image()  # type: ignore[no-untyped-call] # av types it by half
    return image.resize((1, 1), BOX).tobytes()[0]


def first_frame(container: InputContainer, stream: VideoStream, seconds: float) -> VideoFrame | None:
    """The last picture before this moment that can be decoded by itself; None where there is none. Where an edit hides
    that, as one does that was made by copying, the first that it shows.
    """
    container.seek(int(seconds * 1_000_000), backward=True)
    hidden = False
    for packet in container.demux(stream):
        if hidden or packet.is_keyframe or packet.dts is None:
            frames = stream.codec_context.decode(packet)
            hidden = packet.is_discard and not frames
            if not hidden:
                frames += stream.codec_context.decode(None)
                return frames[0] if frames else None
    return None


def jpeg(image: Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _candidates(container: InputContainer, stream: VideoStream, start: float, seconds: float) -> Iterator[VideoFrame]:
    seen = set()
    for place in PLACES:
        frame = first_frame(container, stream, start + seconds * place)
        if frame is not None and frame.pts not in seen:
            seen.add(frame.pts)
            yield frame
    container.seek(int(start * 1_000_000))
    yield from islice(container.decode(stream), STEP, STEP * MOST_STEPS, STEP)

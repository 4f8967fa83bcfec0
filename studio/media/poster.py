"""One picture that stands for a video."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from .checks import Broken

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

WIDTH, QUALITY = 640, 84
PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the length: where to look
DARK = 28  # of 255: below this mean, black, is 16
STEP, MOST_STEPS = 8, 12  # pictures from one look to the next, and looks, where all that stand for themselves are dark


def poster(container: InputContainer, stream: VideoStream) -> tuple[VideoFrame, bytes]:
    """A picture from about a tenth of the way in, or from further on where that is black: the first that is not, else
    the brightest. Also as a JPEG, 640 pixels wide at most. Raises Broken where nothing can be decoded.
    """
    best, brightness = None, -1.0
    for frame in _candidates(container, stream):
        light = _light(frame)
        if light > brightness:
            best, brightness = frame, light
        if light >= DARK:
            break
    if best is None:
        raise Broken("the file is damaged", again=True)
    return best, jpeg(best)


def first_frame(container: InputContainer, stream: VideoStream, seconds: float) -> VideoFrame | None:
    """The last picture before this moment that can be decoded by itself; None where there is none."""
    container.seek(int(seconds * 1_000_000), backward=True)
    for packet in container.demux(stream):
        if packet.is_keyframe or packet.dts is None:
            frames = [*stream.codec_context.decode(packet), *stream.codec_context.decode(None)]
            return frames[0] if frames else None
    return None


def jpeg(frame: VideoFrame, width: int = WIDTH) -> bytes:
    """The picture as it is shown: turned the way that the file says."""
    width = min(width, frame.width if frame.rotation % 180 == 0 else frame.height)
    sideways = frame.rotation % 180 != 0
    scale = width / (frame.height if sideways else frame.width)
    small = frame.reformat(max(2, round(frame.width * scale)), max(2, round(frame.height * scale)), "rgb24")
    picture = small.to_image()  # type: ignore[no-untyped-call]
    if frame.rotation:
        picture = picture.rotate(frame.rotation, expand=True)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _candidates(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    length = (container.duration or 0) / 1_000_000
    seen = set()
    for place in PLACES:
        frame = first_frame(container, stream, length * place)
        if frame is not None and frame.pts not in seen:
            seen.add(frame.pts)
            yield frame
    container.seek(0)
    yield from islice(container.decode(stream), STEP, STEP * MOST_STEPS, STEP)


def _light(frame: VideoFrame) -> float:
    """How bright it is on the whole."""
    pixels = bytes(frame.reformat(32, 32, "gray").planes[0])
    return sum(pixels) / len(pixels)

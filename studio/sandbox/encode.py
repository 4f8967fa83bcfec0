"""Pictures and sound into files: H.264 and AAC in an MP4 that plays while it loads."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

from studio.media.scratch import draft_beside

from .held import Held
from .scene import Planes, Scene
from .shot import FPS, Shot
from .sound import RATE, VOICE_RATE, pad, voice

# Constant quality with light grain: about 4 Mbit/s at 720p, in a third of the time of the next slower preset.
_X264 = {"preset": "ultrafast", "crf": "22", "threads": "1", "g": "48"}
_FASTSTART = {"movflags": "+faststart"}
_AAC_FRAME = 1024


class Stopped(Exception):
    """The work was called off; no file is left behind."""


def make_video(shot: Shot, path: Path, *, stopping: Callable[[], bool] = lambda: False) -> None:
    """Write a shot to an MP4 file, whole or not at all. Raises Stopped once `stopping` says so."""
    with _written_whole(path) as unfinished, av.open(str(unfinished), "w", format="mp4", options=_FASTSTART) as file:
        picture = _picture_stream(file, shot)
        sound = None if shot.silent else _sound_stream(file, 2, RATE)
        if sound is not None:
            _encode_sound(file, sound, pad(shot.seed, shot.frames / FPS))
        scene = Held(shot, shot.picture) if shot.picture else Scene(shot)
        for number, planes in enumerate(scene.frames()):
            if stopping():
                raise Stopped
            file.mux(picture.encode(_frame(planes, shot, number)))
        file.mux(picture.encode(None))


def save_picture(shot: Shot, path: Path) -> None:
    """Write a shot's first picture to a JPEG file."""
    planes = next(Scene(shot).frames())
    with _written_whole(path) as unfinished:
        picture: Image.Image = _frame(planes, shot, 0).to_image()  # type: ignore[no-untyped-call]
        picture.save(unfinished, "JPEG", quality=92)


def make_voice(path: Path) -> None:
    """Write the sample of a voice to an M4A file."""
    with _written_whole(path) as unfinished, av.open(str(unfinished), "w", format="ipod", options=_FASTSTART) as file:
        _encode_sound(file, _sound_stream(file, 1, VOICE_RATE), [voice()])


@contextmanager
def _written_whole(path: Path) -> Iterator[Path]:
    with draft_beside(path) as unfinished:
        yield unfinished
        os.replace(unfinished, path)


def _picture_stream(file: Any, shot: Shot) -> Any:
    stream = file.add_stream("libx264", rate=FPS, options=_X264)
    stream.width, stream.height, stream.pix_fmt = shot.width, shot.height, "yuv420p"
    context = stream.codec_context
    context.color_range, context.colorspace = 1, 1  # limited range, BT.709: what players expect of HD
    context.color_primaries, context.color_trc = 1, 1
    return stream


def _frame(planes: Planes, shot: Shot, number: int) -> av.VideoFrame:
    frame = av.VideoFrame(shot.width, shot.height, "yuv420p")
    for plane, picture in zip(frame.planes, planes, strict=True):
        plane.update(_padded(picture, plane.line_size).tobytes())
    frame.colorspace, frame.color_range = 1, 1
    frame.pts = number
    return frame


def _padded(picture: Image.Image, width: int) -> Image.Image:
    """Rows of a frame in memory are longer than the picture is wide."""
    return picture if picture.width == width else picture.crop((0, 0, width, picture.height))


def _sound_stream(file: Any, channels: int, rate: int) -> Any:
    return file.add_stream("aac", rate=rate, layout="stereo" if channels == 2 else "mono", options={"b": "96k"})


def _encode_sound(file: Any, stream: Any, channels: list[Any]) -> None:
    """Encode channels of floats (arrays of type "f", all of one length)."""
    for start in range(0, len(channels[0]), _AAC_FRAME):
        parts = [channel[start : start + _AAC_FRAME] for channel in channels]
        frame = av.AudioFrame(format="fltp", layout=stream.layout, samples=len(parts[0]), align=1)
        for plane, part in zip(frame.planes, parts, strict=True):
            plane.update(part.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = stream.rate, start, Fraction(1, stream.rate)
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))

"""Clips as files: H.264 and AAC in an MP4 that plays while it loads."""

import math
import os
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import av
from PIL import Image

from studio.catalog.request import GenerationRequest
from studio.media.scratch import draft_beside

from .picture import Planes, frames
from .tasks import Task

FPS = 24
_SIZES = {"480p": (854, 480), "720p": (1280, 720), "1080p": (1920, 1080)}
# Constant quality with light grain: about 4 Mbit/s at 720p, in a third of the time of the next slower preset.
_X264 = {"preset": "ultrafast", "crf": "22", "threads": "1", "g": "48"}
RATE = 32000  # of the sound
_ROOTS = (55, 61.5, 65.5, 73.5, 82.5, 98)  # Hz
_CHORDS = ((2, 3, 5), (2, 3, 4.5), (2, 4, 6), (2, 3, 4))


class Stopped(Exception):
    """The work was called off; no file is left behind."""


@dataclass(frozen=True)
class Clip:
    """A video to be made. `text` is written small in its corner; `picture` is what it shows, in place of a landscape
    of our own.
    """

    width: int
    height: int
    seconds: float
    seed: int
    text: str = ""
    silent: bool = False
    monochrome: bool = False
    picture: Image.Image | None = None

    @classmethod
    def of(cls, task: Task, picture: Image.Image | None = None) -> "Clip":
        """The video that a task asks for."""
        request = GenerationRequest.parse(task.request)
        width, height = size(request.resolution, request.aspect_ratio)
        return cls(
            width, height, float(request.seconds), task.seed, request.prompt or request.type,
            silent=request.text("audio_mode") == "none", monochrome=request.text("mode") in ("depth", "canny"),
            picture=picture,
        )  # fmt: skip

    @property
    def frames(self) -> int:
        return round(self.seconds * FPS)


def size(resolution: str, aspect_ratio: str | None) -> tuple[int, int]:
    """Width and height in pixels; landscape where the mode has no aspect ratio."""
    width, height = _SIZES[resolution]
    return (height, width) if aspect_ratio == "9:16" else (width, height)


def make_video(clip: Clip, path: Path, *, stopping: Callable[[], bool] = lambda: False) -> None:
    """Write a clip to an MP4 file, whole or not at all. Raises Stopped once `stopping` says so."""
    options = {"movflags": "+faststart"}
    with draft_beside(path) as draft:
        with av.open(str(draft), "w", format="mp4", options=options) as file:
            stream = _picture_stream(file, clip)
            if not clip.silent:
                _add_sound(file, clip)
            pictures = frames(
                (clip.width, clip.height), clip.frames, clip.seed, clip.text,
                given=clip.picture, monochrome=clip.monochrome,
            )  # fmt: skip
            for number, planes in enumerate(pictures):
                if stopping():
                    raise Stopped
                file.mux(stream.encode(_frame(planes, number)))
            file.mux(stream.encode(None))
        os.replace(draft, path)


def _picture_stream(file: Any, clip: Clip) -> Any:
    stream = file.add_stream("libx264", rate=FPS, options=_X264)
    stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv420p"
    context = stream.codec_context
    context.color_range, context.colorspace = 1, 1  # limited range, BT.709: what players expect of HD
    context.color_primaries, context.color_trc = 1, 1
    return stream


def _frame(planes: Planes, number: int) -> av.VideoFrame:
    frame = av.VideoFrame(*planes[0].size, "yuv420p")
    for plane, picture in zip(frame.planes, planes, strict=True):
        # Rows of a frame in memory are longer than the picture is wide.
        plane.update(picture.crop((0, 0, plane.line_size, picture.height)).tobytes())
    frame.colorspace, frame.color_range = 1, 1
    frame.pts = number
    return frame


def _add_sound(file: Any, clip: Clip) -> None:
    stream = file.add_stream("aac", rate=RATE, layout="stereo", options={"b": "96k"})
    for frame in _chord(clip.seed, clip.frames / FPS):
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))


def _chord(seed: int, seconds: float) -> Iterator[av.AudioFrame]:
    """A quiet chord that the seed chooses, about −30 dB, with a soft start and end."""
    chance = random.Random(seed)
    root, (low, middle, high) = chance.choice(_ROOTS), chance.choice(_CHORDS)
    # The second beats with the lowest; the right channel is behind the left.
    notes = ((root * low, 1.0), (root * low + 0.5, 0.8), (root * middle, 0.5), (root * high, 0.3))
    left, right = (
        "+".join(f"{0.0256 * loud:.5f}*sin({math.tau * pitch:.4f}*(t+{late}))" for pitch, loud in notes)
        for late in (0, 0.375)
    )
    graph = av.filter.Graph()
    filters = [
        graph.add("aevalsrc", f"exprs={left}|{right}:s={RATE}:d={seconds}"),
        graph.add("afade", "t=in:d=0.6"),
        graph.add("afade", f"t=out:d=0.6:st={max(0.0, seconds - 0.6)}"),
        graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo"),
        graph.add("abuffersink"),
    ]
    for one, following in pairwise(filters):
        one.link_to(following)
    graph.configure()
    with suppress(av.EOFError):
        while True:
            yield cast(av.AudioFrame, graph.pull())

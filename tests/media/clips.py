"""Short real videos, made on the spot, whole and in all states of disrepair."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av

CODECS = {"mp4": ("libx264", "aac"), "mov": ("libx264", "aac"), "webm": ("libvpx", "libopus")}


@lru_cache
def clip(
    kind: str = "mp4", width: int = 320, height: int = 180, seconds: float = 1.0, *, fps: int = 24, black: float = 0,
    sound: bool = True, noise: bool = False, gop: int = 12, seed: int = 1, movflags: str = "+faststart",
) -> bytes:  # fmt: skip
    """`black`: seconds at the beginning. `noise`: pictures that hardly pack, for large files."""
    with TemporaryDirectory() as folder:  # what is to start fast is read again at the end
        path = Path(folder, "clip")
        make(path, kind, width, height, seconds, fps, black, sound, noise, gop, seed, movflags)
        return path.read_bytes()


def make(
    path: Path, kind: str, width: int, height: int, seconds: float, fps: int, black: float, sound: bool, noise: bool,
    gop: int, seed: int, movflags: str,
) -> None:  # fmt: skip
    dice = random.Random(seed)
    options = {"movflags": movflags} if kind != "webm" and movflags else {}
    with av.open(str(path), "w", format=kind, options=options) as file:
        picture, tone = CODECS[kind]
        video = file.add_stream(picture, rate=fps, options=_options(kind, gop))
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        audio = file.add_stream(tone, rate=48000, layout="mono") if sound else None
        if audio:
            for start in range(0, int(seconds * 48000), 960):
                frame = av.AudioFrame(format=audio.format.name, layout="mono", samples=960)
                frame.planes[0].update(bytes(frame.planes[0].buffer_size))
                frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
                file.mux(audio.encode(frame))
            file.mux(audio.encode(None))
        for number in range(round(seconds * fps)):
            file.mux(video.encode(_picture(width, height, number, number < black * fps, dice if noise else None)))
        file.mux(video.encode(None))


def _options(kind: str, gop: int) -> dict[str, str]:
    return {"deadline": "realtime", "cpu-used": "8"} if kind == "webm" else {"preset": "ultrafast", "g": str(gop)}


def _picture(width: int, height: int, number: int, black: bool, dice: random.Random | None) -> Any:
    frame = av.VideoFrame(width, height, "yuv420p")
    for index, plane in enumerate(frame.planes):
        if dice and not black and index == 0:
            plane.update(dice.randbytes(plane.buffer_size))
        else:
            level = (16 if black else 60 + number * 3 % 150) if index == 0 else 128
            plane.update(bytes([level]) * plane.buffer_size)
    frame.pts = number
    return frame


def large(size: int, **options: Any) -> bytes:
    """A clip of exactly so many bytes: the rest is in a box that says that it is free."""
    content = clip(**options)
    rest = size - len(content)
    assert rest >= 8
    return content + rest.to_bytes(4) + b"free" + random.Random(size).randbytes(rest - 8)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path

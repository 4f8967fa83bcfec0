"""Videos as other people's programs write and read them: FFmpeg's own, which is another build than the one we use."""

from __future__ import annotations

import json
import subprocess
from array import array
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.programs import program

# The grey of a frame tells its number, so that no two that are near each other look the same.
COUNTED = "nullsrc=s=64x48:r={rate}:d={seconds},geq=lum='32+mod(N*7\\,180)':cb=128:cr=128,format=yuv420p"
BEEP = "sine=f=440:r={rate}:d={seconds},volume=4"


@lru_cache
def written(name: str, *arguments: str, files: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """What ffmpeg writes to a file of this name; `files` lie beside it."""
    with TemporaryDirectory() as folder:
        for each, content in files:
            Path(folder, each).write_bytes(content)
        _run(program("ffmpeg"), "-v", "error", "-nostdin", *arguments, name, cwd=folder)
        return Path(folder, name).read_bytes()


def counted(seconds: float = 12, rate: int = 30) -> tuple[str, ...]:
    """An input for `written`."""
    return ("-f", "lavfi", "-i", COUNTED.format(seconds=seconds, rate=rate))


def beep(seconds: float = 12, rate: int = 48000) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", BEEP.format(seconds=seconds, rate=rate))


def frames(content: bytes) -> list[tuple[float, int]]:
    """When each frame is shown, and how bright it is."""
    options = ("-map", "0:v:0", "-vf", "scale=1:1:flags=area,format=gray", "-vsync", "0")
    lines = _decoded(content, *options, "-enc_time_base", "1:90000", "-copyts", "-f", "framecrc").decode().splitlines()
    times = [int(line.split(",")[2]) / 90000 for line in lines if not line.startswith("#")]
    return list(zip(times, _decoded(content, *options, "-f", "rawvideo"), strict=True))


def colour(content: bytes, second: float = 0) -> tuple[int, int, int]:
    """Red, green and blue in the middle of a frame."""
    options = ("-ss", str(second), "-map", "0:v:0", "-frames:v", "1", "-vf", "crop=2:2,scale=1:1", "-pix_fmt", "rgb24")
    red, green, blue = _decoded(content, *options, "-f", "rawvideo")
    return red, green, blue


def loudness(content: bytes) -> list[int]:
    """Of each hundredth of a second, from 0 on: the silence before the sound and in its gaps counts."""
    sound = _decoded(content, "-map", "0:a:0", "-af", "aresample=48000:async=1:first_pts=0", "-ac", "1", "-f", "s16le")
    samples = array("h", sound)
    return [max(map(abs, samples[at : at + 480])) for at in range(0, len(samples), 480)]


def heard(content: bytes) -> list[tuple[float, float]]:
    """From when to when there is sound, in seconds."""
    spans: list[tuple[float, float]] = []
    for number, level in enumerate(loudness(content)):
        at = number / 100
        if level > 1000:
            joins = spans and at - spans[-1][1] < 0.03
            spans[-1:] = [(spans[-1][0], at + 0.01)] if joins else [*spans[-1:], (at, at + 0.01)]
    return spans


def streams(content: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _probed(content, "-show_streams")["streams"]
    return found


def seconds(content: bytes) -> float:
    """How long it is by its own account."""
    return float(_probed(content, "-show_format")["format"]["duration"])


def _probed(content: bytes, *options: str) -> Any:
    with TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(content)
        return json.loads(_run(program("ffprobe"), "-v", "error", "-of", "json", *options, str(path)))


def _decoded(content: bytes, *options: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(content)
        return _run(program("ffmpeg"), "-v", "error", "-nostdin", "-i", str(path), *options, "-")


def _run(*command: str, cwd: str | None = None) -> bytes:
    done = subprocess.run(command, capture_output=True, cwd=cwd, timeout=300, check=False)
    assert not done.returncode, done.stderr.decode(errors="replace")
    return done.stdout

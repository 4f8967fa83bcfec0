"""What one video is to be: size, length, sound and seed."""

from dataclasses import dataclass

from PIL import Image

from studio.catalog.request import GenerationRequest

from .tasks import Task

FPS = 24
_SIZES = {"480p": (854, 480), "720p": (1280, 720), "1080p": (1920, 1080)}


@dataclass(frozen=True)
class Shot:
    """One video to be made. `slate` is written small in its corner; an empty one leaves it out. `picture`: what it
    begins with, in place of a landscape of our own.
    """

    width: int
    height: int
    seconds: float
    seed: int
    slate: str = ""
    silent: bool = False
    monochrome: bool = False
    picture: Image.Image | None = None

    @classmethod
    def of(cls, task: Task) -> "Shot":
        """The video that a task asks for, without its picture."""
        request = GenerationRequest.parse(task.request)
        width, height = size(request.resolution, request.aspect_ratio)
        return cls(
            width=width,
            height=height,
            seconds=float(request.seconds),
            seed=task.seed,
            slate=f"{request.prompt or request.type}",
            silent=request.audio_mode == "none",
            monochrome=request.mode in ("depth", "canny"),
        )

    @property
    def frames(self) -> int:
        return round(self.seconds * FPS)


def size(resolution: str, aspect_ratio: str | None) -> tuple[int, int]:
    """Width and height in pixels; landscape where the mode has no aspect ratio."""
    width, height = _SIZES[resolution]
    return (height, width) if aspect_ratio == "9:16" else (width, height)

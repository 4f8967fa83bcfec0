"""Things that move through the picture: a mask slides, the light on it stays."""

from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image, ImageChops

from .texture import BILINEAR, Planes

_PHASES = 4  # a slow slide in whole pixels would stutter


class Layer(Protocol):
    """Anything that draws itself onto a frame. `number` counts frames from 0."""

    def draw(self, canvas: Planes, number: int) -> None: ...


@dataclass
class Strip:
    """A mask wider than the picture, that slides by `speed` pixels a frame."""

    mask: Image.Image
    width: int
    speed: float
    _shifted: dict[int, Image.Image] = field(default_factory=dict)

    def at(self, number: int) -> Image.Image:
        room = self.mask.width - self.width - 1
        place = (self.speed * number) % room if self.speed >= 0 else room - (-self.speed * number) % room
        quarters = round(place * _PHASES)
        left = min(quarters // _PHASES, room)
        return self._phase(quarters % _PHASES).crop((left, 0, left + self.width, self.mask.height))

    def _phase(self, phase: int) -> Image.Image:
        if phase == 0:
            return self.mask
        if phase not in self._shifted:
            width, height = self.mask.size
            box = (phase / _PHASES, 0, width - 1 + phase / _PHASES, height)
            self._shifted[phase] = self.mask.resize((width - 1, height), BILINEAR, box)
        return self._shifted[phase]


@dataclass
class Sheet:
    """Colours that show where a sliding mask lets them; `top` is even."""

    colours: Planes
    strip: Strip
    top: int

    def draw(self, canvas: Planes, number: int) -> None:
        paste(canvas, self.colours, self.strip.at(number), self.top)


@dataclass
class Still:
    """Colours under a mask that does not move."""

    colours: Planes
    mask: Image.Image
    left: int
    top: int

    def draw(self, canvas: Planes, number: int) -> None:
        paste(canvas, self.colours, self.mask, self.top, self.left)


@dataclass
class Glitter:
    """Light on water: two fields of waves slide against each other, and what is bright in both sparkles."""

    colours: Planes
    one: Strip
    other: Strip
    where: Image.Image
    curve: list[int]
    top: int

    def draw(self, canvas: Planes, number: int) -> None:
        crests = ImageChops.multiply(self.one.at(number), self.other.at(number)).point(self.curve)
        paste(canvas, self.colours, ImageChops.multiply(crests, self.where), self.top)


def paste(canvas: Planes, colours: Planes, mask: Image.Image, top: int, left: int = 0) -> None:
    """Lay colours over a frame through a mask of luma's size; `top` and `left` are even."""
    canvas[0].paste(colours[0], (left, top), mask)
    half = mask.reduce(2)
    for plane, colour in zip(canvas[1:], colours[1:], strict=True):
        plane.paste(
            colour, (left // 2, top // 2), half if half.size == colour.size else half.crop((0, 0, *colour.size))
        )

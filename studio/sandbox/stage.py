"""What everything in a scene is made from: the shot, its light, its luck."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from .light import Light
from .palettes import Colour
from .shot import Shot
from .texture import Dither, Planes, shaded

Shade = Callable[[float, float], Colour]


@dataclass(frozen=True)
class Stage:
    """One scene in the making."""

    shot: Shot
    light: Light
    chance: random.Random
    dither: Dither

    @property
    def unit(self) -> float:
        """Pixels that sizes are measured in: the height of a wide picture, a little over the width of a tall one."""
        return min(self.shot.height, self.shot.width * 1.2)

    def row(self, height: float) -> int:
        """The even row at a height of the picture, 0 at the top and 1 at the bottom."""
        return min(self.shot.height, max(0, round(height * self.shot.height) // 2 * 2))

    def width(self, speed: float) -> int:
        """How wide a mask must be to slide by `speed` pixels a frame to the end."""
        return self.shot.width + round(abs(speed) * self.shot.frames) + 4

    def colours(self, shade: Shade, first: int, last: int) -> Planes:
        """Colours for the rows from `first` to before `last`."""
        size = (self.shot.width, self.shot.height)
        return shaded(shade, size, (0, first, self.shot.width, last), self.dither)

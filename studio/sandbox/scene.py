"""The pictures: a slow landscape in drifting light, drawn from the seed."""

import random
from collections.abc import Iterator

from PIL import Image, ImageChops

from .clouds import clouds
from .land import land
from .layers import Layer
from .light import Light
from .palettes import PALETTES
from .shot import Shot
from .sky import stars, sun
from .slate import slate
from .stage import Stage
from .texture import Dither, Planes, white

__all__ = ["Planes", "Scene"]

_SLOW = 2  # frames between two looks at what hardly moves, and at the grain: half the work, and nobody sees it
_GRAIN = 0.03  # of the full range


class Scene:
    """One shot, ready to be drawn frame by frame. Everything costly is drawn once; frames only lay it together."""

    def __init__(self, shot: Shot) -> None:
        self.shot = shot
        chance = random.Random(shot.seed)
        palette = PALETTES[shot.seed % len(PALETTES)]
        width, height = shot.width, shot.height
        light = Light(palette, chance, width, height)
        stage = Stage(shot, light, chance, Dither(chance, width, height))
        self._sky = stage.colours(light.sky, 0, height)
        still: list[Layer] = [*(stars(shot, light, chance) if palette.stars else ()), *sun(shot, light)]
        for layer in still:
            layer.draw(self._sky, 0)
        ground = land(stage)
        self._far = [*clouds(stage), *ground[:1]]
        self._near = [*ground[1:], *slate(shot)]
        self._grain = _grain(chance, width + 64, height + 64)
        self._chance = chance

    def frames(self) -> Iterator[Planes]:
        """Each frame as planes of luma and of the two chromas at half its size."""
        backdrop, grain = self._sky, self._grain
        for number in range(self.shot.frames):
            if number % _SLOW == 0:
                backdrop, grain = self._drawn(self._sky, self._far, number), self._some_grain()
            yield self._developed(self._drawn(backdrop, self._near, number), grain)

    def _drawn(self, ground: Planes, layers: list[Layer], number: int) -> Planes:
        canvas = (ground[0].copy(), ground[1].copy(), ground[2].copy())
        for layer in layers:
            layer.draw(canvas, number)
        return canvas

    def _some_grain(self) -> Image.Image:
        x, y = self._chance.randrange(64), self._chance.randrange(64)
        return self._grain.crop((x, y, x + self.shot.width, y + self.shot.height))

    def _developed(self, canvas: Planes, grain: Image.Image) -> Planes:
        luma = ImageChops.add(canvas[0], grain, 1, -128)
        if not self.shot.monochrome:
            return luma, canvas[1], canvas[2]
        return luma, canvas[1].point(_faded), canvas[2].point(_faded)


def _grain(chance: random.Random, width: int, height: int) -> Image.Image:
    """Fine noise around 128, a little softer than a pixel."""
    coarse = white(chance, width * 2 // 3, height * 2 // 3).resize((width, height), Image.Resampling.BILINEAR)
    return coarse.point([round(128 + (value - 127.5) * _GRAIN) for value in range(256)])


_faded = [round(128 + (value - 128) * 0.12) for value in range(256)]

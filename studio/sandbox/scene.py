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
from .texture import Dither, Planes, shaded, white

__all__ = ["Planes", "Scene"]

_GRAIN = 0.03  # of the full range


class Scene:
    """One shot, ready to be drawn frame by frame. Everything costly is drawn once; frames only lay it together."""

    def __init__(self, shot: Shot) -> None:
        self.shot = shot
        chance = random.Random(shot.seed)
        palette = PALETTES[shot.seed % len(PALETTES)] if shot.seed < 64 else chance.choice(PALETTES)
        width, height = shot.width, shot.height
        light, dither = Light(palette, chance, width, height), Dither(chance, width, height)
        self._sky = shaded(light.sky, (width, height), (0, 0, width, height), dither)
        still: list[Layer] = [*(stars(shot, light, chance) if palette.stars else ()), *sun(shot, light)]
        for layer in still:
            layer.draw(self._sky, 0)
        self._layers: list[Layer] = [*clouds(shot, light, chance, dither), *land(shot, light, chance, dither)]
        self._layers += slate(shot)
        self._grain = _grain(chance, width + 64, height + 64)
        self._chance = chance

    def frames(self) -> Iterator[Planes]:
        """Each frame as planes of luma and of the two chromas at half its size."""
        for number in range(self.shot.frames):
            canvas = (self._sky[0].copy(), self._sky[1].copy(), self._sky[2].copy())
            for layer in self._layers:
                layer.draw(canvas, number)
            yield self._developed(canvas)

    def _developed(self, canvas: Planes) -> Planes:
        x, y = self._chance.randrange(64), self._chance.randrange(64)
        grain = self._grain.crop((x, y, x + self.shot.width, y + self.shot.height))
        luma = ImageChops.add(canvas[0], grain, 1, -128)
        if not self.shot.monochrome:
            return luma, canvas[1], canvas[2]
        return luma, canvas[1].point(_faded), canvas[2].point(_faded)


def _grain(chance: random.Random, width: int, height: int) -> Image.Image:
    """Fine noise around 128, a little softer than a pixel."""
    coarse = white(chance, width * 2 // 3, height * 2 // 3).resize((width, height), Image.Resampling.BILINEAR)
    return coarse.point([round(128 + (value - 127.5) * _GRAIN) for value in range(256)])


_faded = [round(128 + (value - 128) * 0.12) for value in range(256)]

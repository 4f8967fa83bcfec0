"""Clouds: fractal noise laid out flat overhead, seen in perspective, lit from the sun's side."""

import random

from PIL import Image, ImageChops, ImageFilter

from .layers import Layer, Sheet, Strip
from .shot import FPS
from .stage import Stage
from .texture import BICUBIC, clouded, column, ramp

_DRIFT = 7.0  # pixels a second at 720 rows
_SQUEEZE = 0.55  # how much of the noise crowds towards the horizon


def clouds(stage: Stage) -> list[Layer]:
    """The body of the clouds, then the light on them."""
    shot, light, chance = stage.shot, stage.light, stage.chance
    scale = min(shot.width, shot.height) / 720
    speed = _DRIFT * scale / FPS * chance.choice((-1, 1)) * chance.uniform(0.7, 1.4)
    width, rows = stage.width(speed), stage.row(light.horizon)
    density = _overhead(chance, width, rows)
    cover = 0.62 - 0.34 * light.palette.cover
    body = ImageChops.multiply(density.point(ramp(cover, cover + 0.24)), _fade(width, rows))
    lit = ImageChops.multiply(body, _lit(density, scale))
    return [
        Sheet(stage.colours(light.shade, 0, rows), Strip(body, shot.width, speed), 0),
        Sheet(stage.colours(light.cloud, 0, rows), Strip(lit, shot.width, speed), 0),
    ]


def _overhead(chance: random.Random, width: int, rows: int) -> Image.Image:
    """Noise on a plane above: wide near the top, crowded and flat near the horizon."""
    noise = clouded(chance, width, rows * 2, 4, 0.52)
    flat = Image.new("L", (width, rows))
    slices = 40
    for i in range(slices):
        top, bottom = rows * i // slices, rows * (i + 1) // slices
        box = (0.0, noise.height * _plane(i / slices), float(noise.width), noise.height * _plane((i + 1) / slices))
        flat.paste(noise.resize((width, bottom - top), BICUBIC, box), (0, top))
    return flat


def _plane(down: float) -> float:
    """How far over the noise a row of the picture looks: faster and faster towards the horizon."""
    return down * (1 - _SQUEEZE) + _SQUEEZE * down**2


def _lit(density: Image.Image, scale: float) -> Image.Image:
    """A low sun lights clouds from below: they are bright where they grow thinner downwards."""
    soft = density.reduce(4).filter(ImageFilter.GaussianBlur(3 * scale))
    slope = ImageChops.subtract(soft, ImageChops.offset(soft, 0, -max(1, round(5 * scale))), 0.5, 118)
    return slope.resize(density.size, BICUBIC).point(ramp(0.36, 0.80))


def _fade(width: int, rows: int) -> Image.Image:
    """Clouds dissolve in the haze at the horizon."""
    return column([0.92 * min(1.0, (1 - row / rows) / 0.16) ** 1.5 for row in range(rows)], width)

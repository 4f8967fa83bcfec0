"""Clouds: fractal noise laid out flat overhead, seen in perspective, lit from the sun's side."""

import random

from PIL import Image, ImageChops

from .layers import Layer, Sheet, Strip
from .light import Light
from .shot import FPS, Shot
from .texture import BICUBIC, Dither, clouded, ramp, shaded

_DRIFT = 7.0  # pixels a second at 720 rows
_SQUEEZE = 0.62  # how much of the noise crowds towards the horizon


def clouds(shot: Shot, light: Light, chance: random.Random, dither: Dither) -> list[Layer]:
    """The body of the clouds, then the light on them."""
    scale = min(shot.width, shot.height) / 720
    speed = _DRIFT * scale / FPS * chance.choice((-1, 1)) * chance.uniform(0.7, 1.4)
    rows = round(light.horizon * shot.height) // 2 * 2
    width = shot.width + round(abs(speed) * shot.frames) + 4
    density = _overhead(chance, width, rows)
    cover = 0.62 - 0.34 * light.palette.cover
    body = ImageChops.multiply(density.point(ramp(cover, cover + 0.24)), _fade(width, rows))
    lit = _lit(density, light, width, rows, scale)
    box = (0, 0, shot.width, rows)
    size = (shot.width, shot.height)
    return [
        Sheet(shaded(light.shade, size, box, dither), Strip(body, shot.width, speed), 0),
        Sheet(shaded(light.cloud, size, box, dither), Strip(ImageChops.multiply(body, lit), shot.width, speed), 0),
    ]


def _overhead(chance: random.Random, width: int, rows: int) -> Image.Image:
    """Noise on a plane above: wide near the top, crowded and flat near the horizon."""
    noise = clouded(chance, width * 5 // 4, rows * 3 // 2, 5, 0.56)
    flat = Image.new("L", (width, rows))
    slices = 40
    for i in range(slices):
        top, bottom = rows * i // slices, rows * (i + 1) // slices
        box = (0.0, noise.height * _plane(i / slices), noise.width * 1.0, noise.height * _plane((i + 1) / slices))
        flat.paste(noise.resize((width, bottom - top), BICUBIC, box), (0, top))
    return flat


def _plane(down: float) -> float:
    """How far over the noise a row of the picture looks: faster and faster towards the horizon."""
    return down * (1 - _SQUEEZE) + _SQUEEZE * down**3


def _lit(density: Image.Image, light: Light, width: int, rows: int, scale: float) -> Image.Image:
    """Where clouds grow thinner towards the sun they are bright."""
    reach = max(2, round(16 * scale))
    soft = density.reduce(4).resize((width, rows), BICUBIC)
    rise = ImageChops.offset(soft, 0, -reach)
    slope = ImageChops.subtract(soft, rise, 1, 118)
    return slope.point(ramp(0.40, 0.68))


def _fade(width: int, rows: int) -> Image.Image:
    """Clouds dissolve in the haze at the horizon."""
    column = [round(255 * min(1.0, (1 - row / rows) / 0.16) ** 1.5 * 0.92) for row in range(rows)]
    fade = Image.new("L", (1, rows))
    fade.putdata(column)
    return fade.resize((width, rows))

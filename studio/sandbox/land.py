"""What lies below the horizon: ridges one behind another, dunes, forests in mist, lakes and the sea."""

import random

from PIL import Image, ImageChops

from .layers import Glitter, Layer, Sheet, Strip
from .light import Light
from .ridges import Ridge, outline
from .shot import FPS, Shot
from .texture import BICUBIC, Dither, clouded, ramp, shaded, white

_TRACK = 26.0  # pixels a second of the nearest land, at 720 rows: the camera travels slowly sideways

# For each land, from far to near: depth, top over the horizon, height (both in heights of the picture), hills over the
# width, roughness, sharp peaks, trees
_Row = tuple[float, float, float, float, float, bool, float]
_LANDS: dict[str, tuple[_Row, ...]] = {
    "ridges": (
        (0.04, 0.085, 0.10, 3.5, 0.5, False, 0.0),
        (0.20, 0.045, 0.10, 3.0, 0.5, False, 0.0),
        (0.42, -0.010, 0.11, 2.6, 0.48, False, 0.0),
        (0.70, -0.085, 0.13, 2.0, 0.45, False, 0.012),
        (0.97, -0.190, 0.15, 1.5, 0.42, False, 0.035),
    ),
    "alps": (
        (0.05, 0.210, 0.24, 2.6, 0.5, True, 0.0),
        (0.22, 0.110, 0.19, 3.0, 0.5, True, 0.0),
        (0.46, 0.000, 0.12, 2.6, 0.46, False, 0.010),
        (0.74, -0.080, 0.12, 2.0, 0.42, False, 0.030),
        (0.98, -0.190, 0.13, 1.4, 0.40, False, 0.075),
    ),
    "firs": (
        (0.05, 0.130, 0.14, 2.2, 0.42, False, 0.008),
        (0.20, 0.065, 0.14, 2.2, 0.42, False, 0.018),
        (0.40, -0.010, 0.13, 2.0, 0.40, False, 0.034),
        (0.66, -0.085, 0.12, 1.6, 0.40, False, 0.065),
        (0.98, -0.190, 0.12, 1.3, 0.38, False, 0.120),
    ),
    "dunes": (
        (0.04, 0.035, 0.05, 3.5, 0.42, False, 0.0),
        (0.18, 0.000, 0.08, 2.0, 0.22, False, 0.0),
        (0.42, -0.050, 0.11, 1.6, 0.20, False, 0.0),
        (0.70, -0.125, 0.14, 1.2, 0.18, False, 0.0),
        (0.95, -0.225, 0.14, 0.9, 0.18, False, 0.0),
    ),
    "lake": (
        (0.05, 0.150, 0.16, 2.4, 0.5, True, 0.0),
        (0.24, 0.080, 0.09, 2.4, 0.46, False, 0.006),
        (0.46, 0.032, 0.038, 2.2, 0.42, False, 0.012),
    ),
    "sea": ((0.16, 0.018, 0.020, 1.3, 0.45, False, 0.0),),
}


def land(shot: Shot, light: Light, chance: random.Random, dither: Dither) -> list[Layer]:
    """All that lies below the sky, from far to near."""
    way = chance.choice((-1, 1))
    kind = light.palette.land
    layers: list[Layer] = []
    wet = kind in ("sea", "lake")
    rows = _LANDS[kind]
    for number, row in enumerate(rows):
        foot = light.horizon if wet else 1.0 if number + 1 == len(rows) else light.horizon - rows[number + 1][1] + 0.16
        layers.append(_ridge(shot, light, chance, dither, row, foot, way))
        if light.palette.mist > 0.25 and not wet and 0 < number < len(rows) - 1:
            layers.append(_mist(shot, light, chance, dither, row, way))
    if wet:
        layers += _water(shot, light, chance, dither)
    return layers


def _ridge(
    shot: Shot, light: Light, chance: random.Random, dither: Dither, row: _Row, foot: float, way: int
) -> Layer:
    depth, top, height, waves, rough, sharp, trees = row
    unit = min(shot.height, shot.width * 1.2)
    above = light.horizon - (top + trees) * unit / shot.height
    first = max(0, round(above * shot.height)) // 2 * 2
    last = min(shot.height, round(foot * shot.height) // 2 * 2 + 2)
    speed = way * _TRACK * unit / 720 / FPS * (0.04 + 0.96 * depth**1.6)
    width = shot.width + round(abs(speed) * shot.frames) + 4
    shape = Ridge(height * unit, waves * width / shot.width / (16 / 9) * shot.width / unit, rough, sharp, trees * unit)
    mask = outline(shape, chance, width, last - first)
    edges = first / shot.height, last / shot.height
    box = (0, first, shot.width, last)
    colours = shaded(
        lambda x, y: light.land(x, y, depth, *edges), (shot.width, shot.height), box, dither
    )
    return Sheet(colours, Strip(mask, shot.width, speed), first)


def _mist(shot: Shot, light: Light, chance: random.Random, dither: Dither, row: _Row, way: int) -> Layer:
    """A bank of mist before a ridge, thickest in its middle."""
    depth, top = row[0], row[1]
    unit = min(shot.height, shot.width * 1.2)
    first = round((light.horizon - top * unit / shot.height + 0.02) * shot.height) // 2 * 2
    last = min(shot.height, first + round(0.20 * unit) // 2 * 2)
    speed = way * 9.0 * unit / 720 / FPS * (0.5 + depth)
    width = shot.width + round(abs(speed) * shot.frames) + 4
    noise = clouded(chance, width // 4, (last - first) // 4, 4, 0.5).point(ramp(0.34, 0.72)).resize((width, last - first), BICUBIC)
    rise = [((1 - abs(2 * i / (last - first) - 1)) ** 1.2) for i in range(last - first)]
    strength = 0.85 * light.palette.mist * (1 - 0.5 * depth)
    band = Image.new("L", (1, last - first))
    band.putdata([round(255 * strength * share) for share in rise])
    mask = ImageChops.multiply(noise, band.resize(noise.size))
    colours = shaded(light.mist, (shot.width, shot.height), (0, first, shot.width, last), dither)
    return Sheet(colours, Strip(mask, shot.width, speed), first)


def _water(shot: Shot, light: Light, chance: random.Random, dither: Dither) -> list[Layer]:
    first = round(light.horizon * shot.height) // 2 * 2
    box, size = (0, first, shot.width, shot.height), (shot.width, shot.height)
    speed = 10.0 * min(size) / 720 / FPS
    width = shot.width + round(speed * shot.frames) + 4
    rows = shot.height - first
    one, other = (Strip(_waves(chance, width, rows), shot.width, speed * way) for way in (1, -1))
    whole = Strip(Image.new("L", (shot.width + 2, rows), 255), shot.width, 0)
    calm = 0.55 if light.palette.land == "lake" else 1.0
    everywhere = Image.new("L", (shot.width, rows), round(150 * calm))
    return [
        Sheet(shaded(light.water, size, box, dither), whole, first),
        Glitter(shaded(light.trough, size, box, dither), one, other, everywhere, ramp(0.30, 0.02), first),
        Glitter(shaded(light.glitter, size, box, dither), one, other, _path(light, shot.width, rows), ramp(0.34, 0.62), first),
    ]


def _waves(chance: random.Random, width: int, rows: int) -> Image.Image:
    """Streaks that grow towards the viewer."""
    waves = Image.new("L", (width, rows))
    top, high = 0, 2.0
    while top < rows:
        tall = max(2, round(high))
        cell = max(2, round(high * 3.2))
        waves.paste(white(chance, width // cell + 2, 3).resize((width, tall), BICUBIC, (0.5, 0.5, width / cell + 0.5, 2.5)), (0, top))
        top, high = top + tall, high * 1.09
    return waves


def _path(light: Light, width: int, rows: int) -> Image.Image:
    """The sun's road over the water."""
    import math

    small = Image.new("L", (width // 8, rows // 4 + 1))
    values = []
    for row in range(small.height):
        down = row / small.height
        reach = 0.05 + 0.16 * down
        for column in range(small.width):
            away = (column / small.width - light.x) * light.aspect / reach
            values.append(round(255 * light.palette.glow * math.exp(-away * away) * (1 - 0.4 * down)))
    small.putdata(values)
    return small.resize((width, rows), BICUBIC)

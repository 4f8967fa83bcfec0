"""Lakes and the sea: a mirrored sky, waves in perspective, and the sun's road over them."""

import math
from collections.abc import Callable

from PIL import Image

from .layers import Glitter, Layer, Still, Strip
from .light import Light
from .shot import FPS
from .stage import Stage
from .texture import BICUBIC, ramp, white

_DRIFT = 10.0  # pixels a second at 720 rows
_NEARNESS = 17.0  # waves at the viewer's feet over waves at the horizon


def water(stage: Stage) -> list[Layer]:
    """The surface, the dark sides of its waves, and their glitter."""
    shot, light = stage.shot, stage.light
    first = stage.row(light.horizon)
    rows, speed = shot.height - first, _DRIFT * min(shot.width, shot.height) / 720 / FPS
    one, other = (_waves(stage, rows, way * speed) for way in (1, -1))
    calm = 0.6 if light.palette.land == "lake" else 1.0
    troughs = _field(shot.width, rows, lambda x, down: calm * (0.12 + 0.75 * down**0.5))
    road = _field(shot.width, rows, lambda x, down: _road(light, x, down))
    surface, dark, bright = (
        stage.colours(shade, first, shot.height) for shade in (light.water, light.trough, light.glitter)
    )
    return [
        Still(surface, Image.new("L", (shot.width, rows), 255), 0, first),
        Glitter(dark, one, other, troughs, ramp(0.36, 0.04), first),
        Glitter(bright, one, other, road, ramp(0.26, 0.46), first),
    ]


def _waves(stage: Stage, rows: int, speed: float) -> Strip:
    """Noise on a plane that runs to the horizon."""
    shot, width = stage.shot, stage.width(speed)
    unit = min(shot.width, shot.height) / 720
    start = rows / (_NEARNESS - 1)  # rows from the true horizon to the first one seen
    across = _NEARNESS / (58 * unit)  # samples a pixel at the horizon, so that waves are 58 pixels wide at the feet
    deep = _NEARNESS**2 * start / (9 * unit)  # and 9 high
    noise = white(stage.chance, round(width * across) + 4, round(deep) + 4)
    middle = noise.width / 2
    plane = (across, middle / start, middle - across * width / 2, 0, deep / start, 0, 0, 1 / start)
    mask = noise.transform((width, rows), Image.Transform.PERSPECTIVE, plane, Image.Resampling.BICUBIC)
    return Strip(mask, shot.width, speed)


def _field(width: int, rows: int, share: Callable[[float, float], float]) -> Image.Image:
    """A soft mask from a function of x over the width and of the way down from the horizon."""
    small = Image.new("L", (width // 8, rows // 4 + 1))
    places = ((x / small.width, y / small.height) for y in range(small.height) for x in range(small.width))
    small.putdata([min(255, round(255 * share(x, down))) for x, down in places])
    return small.resize((width, rows), BICUBIC)


def _road(light: Light, x: float, down: float) -> float:
    reach = 0.045 + 0.15 * down
    away = (x - light.x) * light.aspect / reach
    return light.palette.glow * math.exp(-away * away) * (1 - 0.35 * down)

"""What lies below the horizon: ridges one behind another, dunes, forests in mist, lakes and the sea."""

from typing import NamedTuple

from PIL import Image, ImageChops, ImageFilter

from .layers import Layer, Sheet, Strip
from .ridges import Ridge, outline
from .shot import FPS
from .stage import Stage
from .texture import BICUBIC, clouded, column, ramp
from .water import water

_TRACK = 26.0  # pixels a second of the nearest land, at 720 rows: the camera travels slowly sideways
_DUNE = 0.27  # how far the nearest dune throws its dark side, in units of the stage


class _Row(NamedTuple):
    """One line of land: `depth` from 0 (far) to 1 (near), its `top` over the horizon and its `height` from foot to top
    in units of the stage, and how its outline is drawn."""

    depth: float
    top: float
    height: float
    waves: float
    rough: float
    sharp: bool = False
    trees: float = 0.0


# From far to near.
_LANDS: dict[str, tuple[_Row, ...]] = {
    "ridges": (
        _Row(0.04, 0.085, 0.10, 3.5, 0.5),
        _Row(0.20, 0.045, 0.10, 3.0, 0.5),
        _Row(0.42, -0.010, 0.11, 2.6, 0.48),
        _Row(0.70, -0.085, 0.13, 2.0, 0.45, False, 0.012),
        _Row(0.97, -0.190, 0.15, 1.5, 0.42, False, 0.035),
    ),
    "alps": (
        _Row(0.05, 0.210, 0.24, 2.6, 0.5, True),
        _Row(0.22, 0.110, 0.19, 3.0, 0.5, True),
        _Row(0.46, 0.000, 0.12, 2.6, 0.46, False, 0.010),
        _Row(0.74, -0.080, 0.12, 2.0, 0.42, False, 0.030),
        _Row(0.98, -0.190, 0.13, 1.4, 0.40, False, 0.075),
    ),
    "firs": (
        _Row(0.05, 0.130, 0.14, 2.2, 0.42, False, 0.008),
        _Row(0.20, 0.065, 0.14, 2.2, 0.42, False, 0.018),
        _Row(0.40, -0.010, 0.13, 2.0, 0.40, False, 0.034),
        _Row(0.66, -0.085, 0.12, 1.6, 0.40, False, 0.065),
        _Row(0.98, -0.190, 0.12, 1.3, 0.38, False, 0.120),
    ),
    "dunes": (
        _Row(0.04, 0.035, 0.05, 3.5, 0.42),
        _Row(0.18, 0.000, 0.08, 2.0, 0.22),
        _Row(0.42, -0.050, 0.11, 1.6, 0.20),
        _Row(0.70, -0.125, 0.14, 1.2, 0.18),
        _Row(0.95, -0.225, 0.14, 0.9, 0.18),
    ),
    "lake": (
        _Row(0.05, 0.150, 0.16, 2.4, 0.5, True),
        _Row(0.24, 0.080, 0.09, 2.4, 0.46, False, 0.006),
        _Row(0.46, 0.032, 0.038, 2.2, 0.42, False, 0.012),
    ),
    "sea": (),
}


def land(stage: Stage) -> list[Layer]:
    """All that lies below the sky, from far to near."""
    kind, way = stage.light.palette.land, stage.chance.choice((-1, 1))
    rows, wet = _LANDS[kind], kind in ("sea", "lake")
    layers: list[Layer] = []
    for number, row in enumerate(rows):
        last = number + 1 == len(rows)
        foot = stage.light.horizon + (0.0 if wet else 1.0 if last else 0.16 - rows[number + 1].top)
        layers += _ridge(stage, row, foot, way)
        if not (wet or last or number == 0):
            layers.append(_mist(stage, row, way))
    return [*layers, *water(stage)] if wet else layers


def _ridge(stage: Stage, row: _Row, foot: float, way: int) -> list[Layer]:
    """A ridge and, of a dune, the side away from the sun."""
    share = stage.unit / stage.shot.height
    first = stage.row(stage.light.horizon - (row.top + row.trees) * share)
    last = min(stage.shot.height, stage.row(foot) + 2)
    speed = way * _TRACK * stage.unit / 720 / FPS * (0.04 + 0.96 * row.depth**1.6)
    spare = round(stage.unit * _DUNE) if stage.light.palette.land == "dunes" else 0
    mask = _outline(stage, row, stage.width(speed) + 2 * spare, last - first)
    edges = row.depth, first / stage.shot.height, last / stage.shot.height
    middle = (spare, 0, mask.width - spare, mask.height)
    strip = Strip(mask.crop(middle), stage.shot.width, speed)
    ridge: list[Layer] = [Sheet(stage.colours(lambda x, y: stage.light.land(x, y, *edges), first, last), strip, first)]
    if spare:
        strip = Strip(_lee_side(stage, row, mask).crop(middle), stage.shot.width, speed)
        ridge.append(Sheet(stage.colours(lambda x, y: stage.light.lee(x, y, *edges), first, last), strip, first))
    return ridge


def _outline(stage: Stage, row: _Row, width: int, rows: int) -> Image.Image:
    unit = stage.unit
    waves = row.waves * width / unit * 9 / 16
    return outline(Ridge(row.height * unit, waves, row.rough, row.sharp, row.trees * unit), stage.chance, width, rows)


def _lee_side(stage: Stage, row: _Row, mask: Image.Image) -> Image.Image:
    """The slopes that fall away from the sun, softer towards their foot."""
    unit, side = stage.unit, 1 if stage.light.x < 0.5 else -1
    across, down = round(unit * (0.05 + (_DUNE - 0.05) * row.depth)) * side, round(unit * (0.012 + 0.03 * row.depth))
    soft = ImageChops.offset(mask, across, down).reduce(4)
    soft = soft.filter(ImageFilter.GaussianBlur(unit * 0.01 * (0.3 + row.depth))).resize(mask.size, BICUBIC)
    return ImageChops.subtract(mask, soft)


def _mist(stage: Stage, row: _Row, way: int) -> Layer:
    """A bank of mist before a ridge, thickest in its middle."""
    first = stage.row(stage.light.horizon - row.top * stage.unit / stage.shot.height + 0.02)
    last = min(stage.shot.height, first + round(0.20 * stage.unit) // 2 * 2)
    speed = way * 9.0 * stage.unit / 720 / FPS * (0.5 + row.depth)
    size = stage.width(speed), last - first
    noise = clouded(stage.chance, size[0] // 4, size[1] // 4, 4).point(ramp(0.34, 0.72)).resize(size, BICUBIC)
    strength = 0.85 * stage.light.palette.mist * (1 - 0.5 * row.depth)
    band = column([strength * (1 - abs(2 * i / size[1] - 1)) ** 1.2 for i in range(size[1])], size[0])
    mask = ImageChops.multiply(noise, band)
    return Sheet(stage.colours(stage.light.mist, first, last), Strip(mask, stage.shot.width, speed), first)

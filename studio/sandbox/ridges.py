"""Outlines of land, drawn at twice their size and reduced, so that edges are smooth."""

import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

from .texture import rolling

_OVER = 2


@dataclass(frozen=True)
class Ridge:
    """One line of hills. Sizes are in pixels: `height` of its highest hill over its foot, `trees` of its tallest fir.

    `waves` is the number of hills over the width, `rough` the weight of each finer octave, `sharp` makes peaks of them.
    """

    height: float
    waves: float
    rough: float
    sharp: bool = False
    trees: float = 0.0


def outline(ridge: Ridge, chance: random.Random, width: int, rows: int) -> Image.Image:
    """A mask of `rows` rows: land below the ridge is opaque. The foot of the ridge is `ridge.height` below the top,
    with room for trees above."""
    large = Image.new("L", (width * _OVER, rows * _OVER))
    draw = ImageDraw.Draw(large)
    tops = [(ridge.trees + ridge.height * (1 - height)) * _OVER for height in _heights(ridge, chance, width)]
    line = list(zip(range(0, width * _OVER, _OVER), tops, strict=True))
    draw.polygon([(0, rows * _OVER), *line, (width * _OVER, tops[-1]), (width * _OVER, rows * _OVER)], fill=255)
    if ridge.trees:
        _plant(draw, tops, ridge.trees * _OVER, chance)
    return large.reduce(_OVER)


def _heights(ridge: Ridge, chance: random.Random, count: int) -> list[float]:
    heights = rolling(chance, count, ridge.waves, 8 if ridge.sharp or ridge.rough > 0.4 else 4, ridge.rough)
    if ridge.sharp:
        heights = [1 - abs(2 * height - 1) * 1.6 for height in heights]
    low, high = min(heights), max(heights)
    return [(height - low) / (high - low) for height in heights]


def _plant(draw: ImageDraw.ImageDraw, tops: list[float], tallest: float, chance: random.Random) -> None:
    """Firs along the line, in groups: a slow wave makes them tall here and sparse there."""
    groups = rolling(chance, len(tops), len(tops) * _OVER / tallest / 7, 3, 0.6)
    low, high = min(groups), max(groups)
    groups = [(group - low) / (high - low) for group in groups]
    x = 0.0
    while x < len(tops) * _OVER:
        place = int(x) // _OVER
        tall = tallest * (0.22 + 0.78 * groups[place]) * chance.triangular(0.3, 1.15, 0.6)
        _fir(draw, x, tops[place] + tallest * 0.06, tall, chance)
        x += tallest * (0.025 + 0.16 * chance.random() ** 2)


def _fir(draw: ImageDraw.ImageDraw, x: float, foot: float, tall: float, chance: random.Random) -> None:
    """A trunk's worth of branches, wider downwards, no two alike."""
    half = tall * chance.uniform(0.11, 0.18)
    tiers = 7
    left, right = [(x, foot - tall)], [(x, foot - tall)]
    for tier in range(1, tiers + 1):
        down = foot - tall * (1 - tier / tiers)
        reach = half * (tier / tiers) ** 0.85
        left += [(x - reach * chance.uniform(0.75, 1.1), down), (x - reach * 0.45, down - tall * 0.02)]
        right += [(x + reach * chance.uniform(0.75, 1.1), down), (x + reach * 0.45, down - tall * 0.02)]
    draw.polygon(left + right[::-1], fill=255)

"""Noise and gradients by Pillow alone: everything is drawn small and soft and enlarged by its C code."""

import math
import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageMath

from .palettes import Colour

Planes = tuple[Image.Image, Image.Image, Image.Image]
BICUBIC, BILINEAR = Image.Resampling.BICUBIC, Image.Resampling.BILINEAR

_GRID = 72  # samples along the longer side of a shaded surface


def white(chance: random.Random, width: int, height: int) -> Image.Image:
    """Bytes drawn evenly."""
    return Image.frombytes("L", (width, height), chance.randbytes(width * height))


def clouded(chance: random.Random, width: int, height: int, first: int, rough: float = 0.5) -> Image.Image:
    """Fractal noise whose coarsest features are about 1/`first` of the width; each finer octave weighs `rough` of the
    one before."""
    columns, rows, share = first, max(2, round(first * height / width)), 0.5
    noise = white(chance, columns, rows)
    while columns < width:
        columns, rows = min(columns * 2, width), min(rows * 2, height)
        share *= rough
        noise = Image.blend(noise.resize((columns, rows), BICUBIC), white(chance, columns, rows), share / (1 + share))
    return noise.resize((width, height), BICUBIC)


def ramp(low: float, high: float) -> list[int]:
    """A table for `Image.point`: a smooth step from 0 at `low` to 255 at `high`, both from 0 to 1."""
    shares = (min(1.0, max(0.0, (value / 255 - low) / (high - low))) for value in range(256))
    return [round(255 * share * share * (3 - 2 * share)) for share in shares]


def rolling(chance: random.Random, count: int, waves: float, octaves: int, rough: float) -> list[float]:
    """`count` heights from 0 to 1 along a line: about `waves` hills, with finer ones on them."""
    heights, gain, total = [0.0] * count, 1.0, 0.0
    for _ in range(octaves):
        knots = [chance.random() for _ in range(math.ceil(waves) + 3)]
        step = waves / count
        for i in range(count):
            place, rest = divmod(i * step, 1)
            k, smooth = int(place), rest * rest * (3 - 2 * rest)
            heights[i] += gain * (knots[k] + (knots[k + 1] - knots[k]) * smooth)
        total, gain, waves = total + gain, gain * rough, waves * 2.1
    return [height / total for height in heights]


def column(shares: Sequence[float], width: int) -> Image.Image:
    """A mask that differs from row to row only."""
    rows = Image.new("L", (1, len(shares)))
    rows.putdata([round(255 * share) for share in shares])
    return rows.resize((width, len(shares)))


class Dither:
    """Turns surfaces of floats into bytes without steps between them."""

    def __init__(self, chance: random.Random, width: int, height: int) -> None:
        noise = white(chance, width, height).convert("F")
        self._noise = noise.point(lambda value: value * (1.6 / 255) - 0.3)

    def __call__(self, surface: Image.Image) -> Image.Image:
        noise = self._noise.crop((0, 0, *surface.size))
        summed = ImageMath.lambda_eval(lambda at: at["a"] + at["b"], a=surface, b=noise)
        luma: Image.Image = summed.convert("L")
        return luma


def shaded(
    shade: Callable[[float, float], Colour], size: tuple[int, int], box: tuple[int, int, int, int], dither: Dither
) -> Planes:
    """Planes of the part `box` of a picture of `size`, from a function of the place (x over the width, y over the
    height, both 0 to 1)."""
    left, top, right, bottom = box
    step = max(size) / _GRID
    columns = max(4, round((right - left) / step))
    rows = max(6, round((bottom - top) / step * 1.5))
    xs = [(left + (i + 0.5) * (right - left) / columns) / size[0] for i in range(columns)]
    ys = [(top + (i + 0.5) * (bottom - top) / rows) / size[1] for i in range(rows)]
    samples = [video(shade(x, y)) for y in ys for x in xs]
    whole, half = (right - left, bottom - top), ((right - left) // 2, (bottom - top) // 2)
    luma, blue, red = (_surface([sample[i] for sample in samples], columns, rows) for i in range(3))
    return (
        dither(luma.resize(whole, BICUBIC)),
        dither(blue.resize(half, BICUBIC)),
        dither(red.resize(half, BICUBIC)),
    )


def _surface(values: Sequence[float], columns: int, rows: int) -> Image.Image:
    surface = Image.new("F", (columns, rows))
    surface.putdata(values)
    return surface


def video(rgb: Colour) -> Colour:
    """Luma and chroma of BT.709 in limited range, the colours rolled off softly above white."""
    red, green, blue = (_rolled(value) for value in rgb)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748


def _rolled(value: float) -> float:
    return value if value < 0.8 else 1 - 0.2 * math.exp((0.8 - value) / 0.2)

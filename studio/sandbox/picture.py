"""The moving picture of a clip. A camera goes slowly over one of a dozen painted landscapes, which the seed chooses,
frames, grades and grains; or it moves into the picture that was given.
"""

import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Planes = tuple[Image.Image, Image.Image, Image.Image]  # luma, and the two chromas at half its size
Size = tuple[int, int]
Box = tuple[float, float, float, float]
# From the share of the clip that is over (0 to 1) to what the camera sees, in shares of the picture.
Camera = Callable[[float], Box]

PLATES = Path(__file__).parent / "plates"
# Where the light stands in each, over its width. In the order of the palettes that a waiting card shows for the seed.
LANDSCAPES = (
    ("dusk", 0.61), ("alpine-dawn", 0.29), ("desert-noon", 0.35), ("teal-night", 0.31), ("overcast-sea", 0.65),
    ("golden-sea", 0.70), ("rose-fog", 0.70), ("ember", 0.31), ("rain-valley", 0.36), ("blue-hour", 0.26),
    ("violet-moon", 0.36), ("morning-lake", 0.27),
)  # fmt: skip
BICUBIC, BILINEAR = Image.Resampling.BICUBIC, Image.Resampling.BILINEAR
ROOM = 1.14  # how much larger than the clip a picture is while the camera moves over it, so that no pixels show
PUSH = 0.10  # how much larger a given picture is at the end
GRAIN = 0.03  # of the full range
LONGEST = 64  # characters of the prompt in the slate

_LUMA, _CHROMA = 219 / 255, 224 / 255
# BT.709 in limited range, as the encoder says of its frames.
_MATRIX = (
    _LUMA * 0.2126, _LUMA * 0.7152, _LUMA * 0.0722, 16.0,
    _CHROMA * -0.1146, _CHROMA * -0.3854, _CHROMA * 0.5, 128.0,
    _CHROMA * 0.5, _CHROMA * -0.4542, _CHROMA * -0.0458, 128.0,
)  # fmt: skip


def frames(
    size: Size, count: int, seed: int, text: str = "", *, given: Image.Image | None = None, monochrome: bool = False
) -> Iterator[Planes]:
    """So many frames of a clip. `text` is written small in its corner; `given` is the picture to show, in place of a
    landscape.
    """
    camera: Camera
    chance, larger = random.Random(seed), (round(size[0] * ROOM), round(size[1] * ROOM))
    slate = _slate(size, text, seed) if text else []
    if given:
        picture, camera, grain = _whole(given, larger), _push, None
    else:
        picture, camera = landscape(larger, seed, chance, monochrome=monochrome), _pan(chance)
        grain = _grain(chance, size)
    luma, *chromas = picture.convert("RGB", _MATRIX).split()
    planes = (luma, size), *((chroma.reduce(2), (size[0] // 2, size[1] // 2)) for chroma in chromas)
    for number in range(count):
        seen = camera(number / max(1, count - 1))
        luma, blue, red = (_part(plane, seen, wanted) for plane, wanted in planes)
        frame = (ImageChops.add(luma, next(grain), 1, -128) if grain else luma), blue, red
        for mask, shade, top in slate:
            frame[0].paste(shade, (0, top), mask)
        yield frame


def landscape(size: Size, seed: int, chance: random.Random, *, monochrome: bool = False) -> Image.Image:
    """A part of the seed's landscape, graded."""
    name, light = LANDSCAPES[seed % len(LANDSCAPES)]
    with Image.open(PLATES / f"{name}.webp") as plate:
        scale = min(plate.width / size[0], plate.height / size[1]) / chance.uniform(1.0, 1.25)
        width, height = size[0] * scale, size[1] * scale
        left = min(max(0.0, plate.width * light - width * chance.uniform(0.3, 0.7)), plate.width - width)
        top = (plate.height - height) * chance.uniform(0.5, 0.8)
        part = plate.convert("RGB").resize(size, BICUBIC, (left, top, left + width, top + height), 2.0)
    if chance.random() < 0.5:
        part = ImageOps.mirror(part)
    warmth, contrast, colour = chance.uniform(-0.05, 0.05), chance.uniform(1.02, 1.16), chance.uniform(0.9, 1.15)
    gains = (1 + warmth, 1.0, 1 - warmth)
    part = part.point([round((118 + (value - 118) * contrast) * gain) for gain in gains for value in range(256)])
    return ImageEnhance.Color(part).enhance(0.12 if monochrome else colour)


def _part(plane: Image.Image, seen: Box, size: Size) -> Image.Image:
    left, top, right, bottom = seen
    box = left * plane.width, top * plane.height, right * plane.width, bottom * plane.height
    return plane.resize(size, BILINEAR, box)


def _whole(picture: Image.Image, size: Size) -> Image.Image:
    """All of the picture; what it leaves free is a dark, blurred copy of it."""
    small = ImageOps.fit(picture, (size[0] // 8, size[1] // 8), BICUBIC)
    ground = ImageEnhance.Brightness(small.filter(ImageFilter.GaussianBlur(4))).enhance(0.5).resize(size, BICUBIC)
    whole = ImageOps.contain(picture, size, BICUBIC)
    ground.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return ground


def _push(share: float) -> Box:
    inset = PUSH / (1 + PUSH) / 2 * share
    return inset, inset, 1 - inset, 1 - inset


def _pan(chance: random.Random) -> Camera:
    """From one side to the other, a little up or down, and in and out as with a breath."""
    way, climb, phase = chance.choice((-1, 1)), chance.uniform(-1, 1), chance.uniform(0, math.tau)
    closer = chance.uniform(1.12, 1.18)

    def camera(share: float) -> Box:
        wide = 1 / (closer + 0.012 * math.sin(math.tau * share + phase))
        left, top = ((1 - wide) * (0.5 + course * (share - 0.5)) for course in (way, climb))
        return left, top, left + wide, top + wide

    return camera


def _grain(chance: random.Random, size: Size) -> Iterator[Image.Image]:
    """Fine noise around 128, a little softer than a pixel. Every second frame it is another: nobody sees more."""
    width, height = size[0] + 64, size[1] + 64
    small = width * 2 // 3, height * 2 // 3
    noise = Image.frombytes("L", small, chance.randbytes(small[0] * small[1])).resize((width, height), BILINEAR)
    noise = noise.point([round(128 + (value - 127.5) * GRAIN) for value in range(256)])
    while True:
        x, y = chance.randrange(64), chance.randrange(64)
        part = noise.crop((x, y, x + size[0], y + size[1]))
        yield part
        yield part


def _slate(size: Size, text: str, seed: int) -> list[tuple[Image.Image, int, int]]:
    """The small line in a clip's lower left that says what was asked for: prompt and seed. White over
    its shadow, each as its mask, its luma and how far down it is.
    """
    letters, margin = max(11, round(min(size) * 0.021)), round(min(size) * 0.038)
    mask = Image.new("L", (size[0] - margin, letters * 2))
    font = ImageFont.load_default(size=letters)
    line = _fitted(drawable(text), f"    {seed}", font, mask.width - margin)
    ImageDraw.Draw(mask).text((margin, 0), line, fill=255, font=font)
    top = size[1] - margin - letters * 3 // 2
    shadow, white = (mask.point([value * opacity // 255 for value in range(256)]) for opacity in (90, 150))
    return [(shadow, 16, top + 2), (white, 235, top)]


def drawable(text: str) -> str:
    """The text on one line, with a dot for whatever the built-in font lacks."""
    plain = " ".join(text.split())
    return "".join(c if c.isprintable() and ord(c) < 0x250 else "·" for c in plain)


def _fitted(prompt: str, seed: str, font: "ImageFont.FreeTypeFont | ImageFont.ImageFont", width: int) -> str:
    """As much of the prompt as fits before the seed."""
    shown = cut = prompt[:LONGEST]
    while shown:
        cut = shown if shown == prompt else f"{shown.rstrip()}…"
        if font.getlength(cut + seed) <= width:
            return cut + seed
        shown = shown[:-1]
    return seed

"""What stands still in the sky."""

import random

from PIL import Image, ImageDraw, ImageFilter

from .layers import Layer, Still
from .light import Light
from .shot import Shot
from .texture import Planes, video


def sun(shot: Shot, light: Light) -> list[Layer]:
    """The disc of the sun or the moon, its edge soft as a lens leaves it."""
    radius = light.palette.disc * min(shot.height, shot.width * 0.9)
    if not radius:
        return []
    side = round(radius * 4) // 2 * 2
    mask = Image.new("L", (side * 4, side * 4))
    middle, reach = side * 2, radius * 4
    ImageDraw.Draw(mask).ellipse((middle - reach, middle - reach, middle + reach, middle + reach), fill=240)
    mask = mask.reduce(4).filter(ImageFilter.GaussianBlur(radius * 0.05 + 0.6))
    left, top = (round(place) // 2 * 2 for place in (light.x * shot.width - side / 2, light.y * shot.height - side / 2))
    return [Still(flat(light.disc(light.x, light.y), side, side), mask, left, top)]


def stars(shot: Shot, light: Light, chance: random.Random) -> list[Layer]:
    """A few faint stars, fewer towards the horizon."""
    mask = Image.new("L", (shot.width, shot.height))
    for _ in range(220):
        x, y = chance.random(), chance.random() ** 1.5 * light.horizon * 0.9
        faint = round(150 * chance.random() ** 3 * (1 - y / light.horizon)) + 12
        mask.putpixel((int(x * shot.width), int(y * shot.height)), faint)
    mask = Image.blend(mask, mask.filter(ImageFilter.GaussianBlur(0.7)).point(lambda value: value * 3), 0.6)
    return [Still(flat((0.9, 0.95, 1.0), shot.width, shot.height), mask, 0, 0)]


def flat(rgb: tuple[float, float, float], width: int, height: int) -> Planes:
    """Planes of a single colour."""
    luma, blue, red = (round(value) for value in video(rgb))
    half = (width // 2, height // 2)
    return Image.new("L", (width, height), luma), Image.new("L", half, blue), Image.new("L", half, red)

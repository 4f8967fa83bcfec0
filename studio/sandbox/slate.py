"""The small line in a video's corner that says what was asked for."""

from PIL import Image, ImageDraw, ImageFont

from .layers import Layer, Still
from .shot import Shot
from .sky import flat

_LONGEST = 64  # characters
_OPACITY, _SHADOW = 150, 90


def slate(shot: Shot) -> list[Layer]:
    """Prompt and seed, in the lower left."""
    if not shot.slate:
        return []
    size = max(11, round(min(shot.width, shot.height) * 0.021))
    font = ImageFont.load_default(size=size)
    margin = round(min(shot.width, shot.height) * 0.038)
    width, height = (shot.width - margin) // 2 * 2, size * 2
    text = _fitted(drawable(shot.slate), f"    {shot.seed}", font, width - margin)
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).text((margin, 0), text, fill=255, font=font)
    top = (shot.height - margin - height + size // 2) // 2 * 2
    return [
        Still(flat((0, 0, 0), width, height), mask.point(lambda value: value * _SHADOW // 255), 0, top + 2),
        Still(flat((1, 1, 1), width, height), mask.point(lambda value: value * _OPACITY // 255), 0, top),
    ]


def drawable(text: str) -> str:
    """The text on one line, with a dot for whatever the built-in font lacks."""
    plain = " ".join(text.split())
    return "".join(c if c.isprintable() and ord(c) < 0x250 else "·" for c in plain)


def _fitted(prompt: str, seed: str, font: "ImageFont.FreeTypeFont | ImageFont.ImageFont", width: int) -> str:
    shown = prompt[:_LONGEST]
    while shown and font.getlength(_cut(shown, prompt) + seed) > width:
        shown = shown[:-1]
    return _cut(shown, prompt) + seed


def _cut(shown: str, prompt: str) -> str:
    return shown if shown == prompt else shown.rstrip() + "…"

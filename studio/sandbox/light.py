"""How a palette falls on the picture: the colour of sky, clouds, land and water at each place.

Places are x over the width and y over the height, 0 to 1 from the upper left. All colours stay where they are on the
screen, as light does; only outlines move through them.
"""

import math
import random

from .palettes import Colour, Palette, colour, mix


class Light:
    """The light of one shot: where the sun stands, and what it does to everything."""

    def __init__(self, palette: Palette, chance: random.Random, width: int, height: int) -> None:
        self.palette = palette
        self.aspect = width / height
        self.horizon = chance.uniform(0.60, 0.68)
        side = chance.choice((-1, 1))
        self.x = 0.5 + side * chance.uniform(0.10, 0.27)
        self.y = self.horizon - palette.sun * min(1.0, 0.55 + 0.45 * self.aspect)
        self._zenith, self._middle, self._low = (colour(c) for c in (palette.zenith, palette.middle, palette.horizon))
        self._sun, self._haze, self._near = (colour(c) for c in (palette.light, palette.haze, palette.near))
        self._cloud, self._shade = colour(palette.cloud), colour(palette.shade)

    def sky(self, x: float, y: float) -> Colour:
        """Clear sky: three colours, the sun's glow, and a warm band along the horizon below it."""
        up = max(0.0, (self.horizon - y) / self.horizon)
        low = min(1.0, up / 0.42)
        tone = mix(self._low, self._middle, 1 - (1 - low) ** 1.7)
        tone = mix(tone, self._zenith, _smooth((up - 0.18) / 0.82))
        band = math.exp(-((up / 0.16) ** 2)) * math.exp(-(((x - self.x) * self.aspect / 0.8) ** 2))
        tone = mix(tone, self._sun, 0.35 * self.palette.glow * band)
        return self._lens(self._lit(tone, x, y, 1.0), x, y)

    def cloud(self, x: float, y: float) -> Colour:
        """The side of a cloud that the sun sees: brightest close to it."""
        near = math.exp(-self._distance(x, y) / 0.45)
        tone = mix(self._cloud, self._sun, 0.75 * near)
        return self._lens(self._lit(tone, x, y, 0.5), x, y)

    def shade(self, x: float, y: float) -> Colour:
        """The body of a cloud, paler towards the horizon."""
        up = max(0.0, (self.horizon - y) / self.horizon)
        tone = mix(self._low, self._shade, _smooth(0.25 + up / 0.5))
        return self._lens(self._lit(tone, x, y, 0.75), x, y)

    def land(self, x: float, y: float, depth: float, top: float, bottom: float) -> Colour:
        """A ridge at `depth` (0 far, 1 near) that stands between two heights of the picture: mist at its foot."""
        tone = mix(self._haze, self._near, depth**0.85)
        foot = _smooth((y - top) / max(0.01, bottom - top)) * (1 - 0.55 * depth)
        tone = mix(tone, mix(self._haze, self._low, 0.35), 0.75 * self.palette.mist * foot)
        return self._lens(self._lit(tone, x, y, 0.75 * (1 - depth) ** 0.8), x, y)

    def lee(self, x: float, y: float, depth: float, top: float, bottom: float) -> Colour:
        """The side of a dune away from the sun: the sky lights it, a little."""
        tone = self.land(x, y, depth, top, bottom)
        return mix(mix(tone, (0.0, 0.0, 0.0), 0.30 + 0.2 * depth), self._middle, 0.12 * (1 - depth))

    def mist(self, x: float, y: float) -> Colour:
        """Mist between ridges takes the colour of the low sky."""
        tone = mix(self._haze, self._low, 0.55)
        return self._lens(self._lit(tone, x, y, 0.7), x, y)

    def water(self, x: float, y: float) -> Colour:
        """Water mirrors the sky above it, less and less towards the feet."""
        down = max(0.0, (y - self.horizon) / (1 - self.horizon))
        mirrored = mix(self._low, self._middle, _smooth(down / 0.7))
        tone = mix(mix(mirrored, self._haze, 0.35), self._near, 0.12 + 0.72 * _smooth(down**0.8))
        path = math.exp(-(((x - self.x) * self.aspect / (0.14 + 0.35 * down)) ** 2))
        tone = mix(tone, self._sun, 0.42 * self.palette.glow * path * (1 - 0.65 * down))
        return self._lens(tone, x, y)

    def trough(self, x: float, y: float) -> Colour:
        """The dark side of waves."""
        return mix(self.water(x, y), self._near, 0.55)

    def glitter(self, x: float, y: float) -> Colour:
        """Waves that throw the sun back."""
        return mix(self._sun, (1.0, 1.0, 1.0), 0.15)

    def disc(self, x: float, y: float) -> Colour:
        """The sun or the moon itself."""
        return mix(self._sun, (1.0, 1.0, 1.0), 0.55)

    def _distance(self, x: float, y: float) -> float:
        """From the sun, in heights of the picture."""
        return math.hypot((x - self.x) * self.aspect, y - self.y) / min(1.0, 0.5 + 0.5 * self.aspect)

    def _lit(self, tone: Colour, x: float, y: float, share: float) -> Colour:
        """The glow around the sun, added as light is: a tight halo and a wide veil."""
        far = self._distance(x, y)
        glow = self.palette.glow * share * (0.62 * math.exp(-far / 0.06) + 0.42 * math.exp(-far / 0.30))
        red, green, blue = (one + (1.05 - one) * glow * light for one, light in zip(tone, self._sun, strict=True))
        return red, green, blue

    def _lens(self, tone: Colour, x: float, y: float) -> Colour:
        """Corners are a little darker."""
        fall = 1 - 0.30 * ((x - 0.5) ** 2 + (y - 0.5) ** 2) / 0.5
        return tone[0] * fall, tone[1] * fall, tone[2] * fall


def _smooth(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)

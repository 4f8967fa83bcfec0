"""The looks that a seed can draw: colours of sky, light and land, picked by hand."""

from dataclasses import dataclass

Colour = tuple[float, float, float]


def colour(code: str) -> Colour:
    """A colour of floats from 0 to 1, from `rrggbb`."""
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """From one colour (`share` 0) to the other (1)."""
    rest = 1 - share
    return one[0] * rest + other[0] * share, one[1] * rest + other[1] * share, one[2] * rest + other[2] * share


@dataclass(frozen=True)
class Palette:
    """One look.

    Colours are `rrggbb`. `sun` is the height of the sun's or the moon's centre over the horizon, in heights of the
    picture; `disc` its radius, 0 where it hides. `glow` is how far and how much its light spreads. `cover` is the share
    of the sky that clouds take, `mist` how much of it lies between the ridges. `land` names what is below the horizon.
    """

    name: str
    land: str
    zenith: str
    middle: str
    horizon: str
    light: str
    haze: str
    near: str
    cloud: str
    shade: str
    sun: float
    disc: float
    glow: float
    cover: float
    mist: float
    stars: bool = False


def _look(
    name: str, land: str, sky: str, ground: str, clouds: str, light: str, *numbers: float, **more: bool
) -> Palette:
    zenith, middle, horizon = sky.split()
    haze, near = ground.split()
    cloud, shade = clouds.split()
    sun, disc, glow, cover, mist = numbers
    return Palette(
        name, land, zenith, middle, horizon, light, haze, near, cloud, shade, sun, disc, glow, cover, mist, **more
    )


# name, land, sky from above to the horizon, ground from far to near, clouds lit and shaded, light;
# then sun, disc, glow, cover, mist
PALETTES = (
    _look(
        "dusk",
        "ridges",
        "262f4a 76677c e6a878",
        "b98c80 15141c",
        "f3c49c 5d5468",
        "ffd6a0",
        0.07,
        0.026,
        0.85,
        0.45,
        0.45,
    ),
    _look(
        "alpine dawn",
        "alps",
        "56789f a3b8c8 f2d8bf",
        "a8b6c2 17232b",
        "fbe6d2 8797aa",
        "ffe8cc",
        0.20,
        0.022,
        0.7,
        0.35,
        0.75,
    ),
    _look(
        "desert noon",
        "dunes",
        "3f72a3 86abc4 e3d6bc",
        "d8b68e 7d5230",
        "f6f1e6 a9b4bb",
        "fff3dc",
        0.34,
        0.024,
        0.55,
        0.22,
        0.25,
    ),
    _look(
        "teal night",
        "firs",
        "050f17 0b2731 2c5f66",
        "1d434b 02070a",
        "47777b 0d2a33",
        "dcefe6",
        0.30,
        0.030,
        0.42,
        0.3,
        0.6,
        stars=True,
    ),
    _look(
        "overcast sea",
        "sea",
        "66727b 939ea4 cbcfcc",
        "929ea3 26323a",
        "d5d8d4 6b767d",
        "eef0e8",
        0.16,
        0.0,
        0.5,
        0.85,
        0.4,
    ),
    _look(
        "golden sea",
        "sea",
        "3d5c7c 9a9c9c f3be7c",
        "cf9f74 1c2731",
        "fbd7a4 6d6a73",
        "ffdfa6",
        0.06,
        0.030,
        0.9,
        0.45,
        0.3,
    ),
    _look(
        "rose fog",
        "firs",
        "857b98 c4a3ab efcbb9",
        "d6b3b0 2a2430",
        "f7dccf 9b88a0",
        "ffe3cd",
        0.15,
        0.024,
        0.7,
        0.4,
        0.9,
    ),
    _look(
        "ember",
        "ridges",
        "191320 622a31 ec7440",
        "a34a3a 0a0709",
        "f28a52 3a1d2a",
        "ffc07a",
        0.045,
        0.034,
        0.9,
        0.55,
        0.3,
    ),
    _look(
        "rain valley",
        "firs",
        "76837f a3aea6 ced5c8",
        "a2b0a6 121c17",
        "d8ddd2 6f7c78",
        "eef1e2",
        0.24,
        0.0,
        0.5,
        0.8,
        0.95,
    ),
    _look(
        "blue hour",
        "lake",
        "1c3054 50709a d8bfc2",
        "7a8db0 111b30",
        "c9b4c4 44587f",
        "ffdcc8",
        0.02,
        0.0,
        0.6,
        0.35,
        0.55,
    ),
    _look(
        "violet moon",
        "ridges",
        "110f26 372c56 a96c88",
        "6a4a70 08060f",
        "b27c98 2a2145",
        "fbe9da",
        0.24,
        0.028,
        0.5,
        0.4,
        0.5,
        stars=True,
    ),
    _look(
        "morning lake",
        "lake",
        "5f8aa0 a8c0c0 f4e2bd",
        "a3b4ae 1a2a2a",
        "fff0d2 8d9fa6",
        "fff0c8",
        0.11,
        0.026,
        0.8,
        0.35,
        0.8,
    ),
)

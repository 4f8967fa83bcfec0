"""The sound of a clip: a quiet chord that the seed chooses."""

import math
import random
from array import array

RATE = 32000
_LOUDNESS = 0.032  # about −30 dB
_LOOP_SECONDS = 2
_FADE_SECONDS = 0.6
_ROOTS = (55, 61.5, 65.5, 73.5, 82.5, 98)  # whole halves of a hertz: the loop ends where it begins
_CHORDS = ((2, 3, 5), (2, 3, 4.5), (2, 4, 6), (2, 3, 4))


def chord(seed: int, seconds: float) -> list["array[float]"]:
    """Two channels, with a soft start and end."""
    chance = random.Random(seed)
    loop = _loop(chance.choice(_ROOTS), chance.choice(_CHORDS))
    length = round(seconds * RATE)
    channels = []
    for shift in (0, len(loop) * 3 // 16):
        turned = loop[shift:] + loop[:shift]
        channels.append(_faded((turned * (length // len(loop) + 1))[:length]))
    return channels


def _loop(root: float, ratios: tuple[float, ...]) -> "array[float]":
    """A loop of three notes and a fourth beside the lowest, so that it beats once."""
    low, middle, high = (math.tau * round(root * ratio * _LOOP_SECONDS) / _LOOP_SECONDS / RATE for ratio in ratios)
    beside, loud, sin = low + math.tau / _LOOP_SECONDS / RATE, _LOUDNESS * 0.8, math.sin
    return array(
        "f",
        [
            loud * (sin(low * i) + 0.8 * sin(beside * i) + 0.5 * sin(middle * i) + 0.3 * sin(high * i))
            for i in range(RATE * _LOOP_SECONDS)
        ],
    )


def _faded(sound: "array[float]") -> "array[float]":
    steps = round(_FADE_SECONDS * RATE)
    for i in range(min(steps, len(sound) // 2)):
        gain = math.sin(math.pi / 2 * i / steps) ** 2
        sound[i] *= gain
        sound[-1 - i] *= gain
    return sound

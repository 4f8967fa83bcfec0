"""Sound without samples: a soft pad for the videos, and a murmur for the sample of a voice."""

import math
import random
from array import array

RATE = 48000
_LOUDNESS = 0.032  # about −30 dB
_LOOP_SECONDS = 2
_FADE_SECONDS = 0.6
_ROOTS = (55, 61.5, 65.5, 73.5, 82.5, 98)  # whole halves of a hertz: the loop ends where it begins
_CHORDS = ((2, 3, 4, 5), (2, 3, 4, 4.5), (2, 3, 4.5, 6), (2, 2.5, 3, 4))


def pad(seed: int, seconds: float) -> list["array[float]"]:
    """Two channels of a quiet chord, with a soft start and end."""
    chance = random.Random(seed)
    loop = _chord(chance.choice(_ROOTS), chance.choice(_CHORDS))
    length = round(seconds * RATE)
    return [_faded(_cut(loop, shift, length)) for shift in (0, len(loop) * 3 // 16)]


def _chord(root: float, ratios: tuple[float, ...]) -> "array[float]":
    """Each note is a pair, half a hertz apart, that beats once in the loop."""
    notes: list[float] = []
    for ratio in ratios:
        note = round(root * ratio * _LOOP_SECONDS) / _LOOP_SECONDS
        notes += [note, note + 1 / _LOOP_SECONDS]
    steps = [(math.tau * note / RATE, 1 / (1 + place)) for place, note in enumerate(notes)]
    loud, sin = _LOUDNESS * 0.8, math.sin
    return array("f", (loud * sum(gain * sin(step * i) for step, gain in steps) for i in range(RATE * _LOOP_SECONDS)))


def _cut(loop: "array[float]", shift: int, length: int) -> "array[float]":
    turned = loop[shift:] + loop[:shift]
    return (turned * (length // len(loop) + 1))[:length]


def _faded(sound: "array[float]") -> "array[float]":
    steps = round(_FADE_SECONDS * RATE)
    for i in range(min(steps, len(sound) // 2)):
        gain = math.sin(math.pi / 2 * i / steps) ** 2
        sound[i] *= gain
        sound[-1 - i] *= gain
    return sound


def voice() -> "array[float]":
    """Eight seconds of something like speech: no words."""
    return pad(1, 8.0)[0]

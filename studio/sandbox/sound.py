"""Sound without samples: a soft pad for the videos, and a murmur for the sample of a voice."""

import math
import random
from array import array

RATE, VOICE_RATE = 32000, 16000
_LOUDNESS = 0.032  # about −30 dB
_LOOP_SECONDS = 2
_FADE_SECONDS = 0.6
_VOICE_SECONDS, _VOICE_PEAK = 8, 0.2
_FORMANTS = ((520, 90, 1.0), (1250, 120, 0.5), (2500, 180, 0.2))  # centre and width in Hz, and gain
_ROOTS = (55, 61.5, 65.5, 73.5, 82.5, 98)  # whole halves of a hertz: the loop ends where it begins
_CHORDS = ((2, 3, 5), (2, 3, 4.5), (2, 4, 6), (2, 3, 4))


def pad(seed: int, seconds: float) -> list["array[float]"]:
    """Two channels of a quiet chord, with a soft start and end."""
    chance = random.Random(seed)
    loop = _chord(chance.choice(_ROOTS), chance.choice(_CHORDS))
    length = round(seconds * RATE)
    return [_faded(_cut(loop, shift, length)) for shift in (0, len(loop) * 3 // 16)]


def _chord(root: float, ratios: tuple[float, ...]) -> "array[float]":
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
    """Eight seconds of something like speech behind a wall: breath groups of syllables, no words."""
    chance = random.Random(3)
    buzz = _glottis(chance, _syllables(chance))
    mouth = array("f", bytes(4 * len(buzz)))
    for centre, width, gain in _FORMANTS:
        _resonate(buzz, mouth, centre, width, gain)
    loudest = max(abs(value) for value in mouth)
    return array("f", (value * _VOICE_PEAK / loudest for value in mouth))


def _syllables(chance: random.Random) -> list[tuple[int, float, float]]:
    """Length in samples, loudness and pitch of each; every sixth or so is a breath."""
    said: list[tuple[int, float, float]] = []
    left = _VOICE_SECONDS * VOICE_RATE
    while left > 0:
        group = chance.randint(4, 7)
        for place in range(group):
            length = min(left, round(VOICE_RATE * chance.uniform(0.13, 0.26)))
            said.append((length, chance.uniform(0.6, 1.0), 128 - 26 * place / group + chance.uniform(-6, 10)))
            left -= length
        pause = min(left, round(VOICE_RATE * chance.uniform(0.25, 0.5)))
        said.append((pause, 0.0, 100.0))
        left -= pause
    return said


def _glottis(chance: random.Random, syllables: list[tuple[int, float, float]]) -> "array[float]":
    """A soft sawtooth with breath in it, opening and closing with each syllable."""
    buzz, phase = array("f"), 0.0
    for length, loud, pitch in syllables:
        step = pitch / VOICE_RATE
        for i in range(length):
            phase = (phase + step) % 1.0
            opening = math.sin(math.pi * i / length) ** 0.7
            buzz.append(loud * opening * (phase * (1 - phase) * 4 - 0.667 + 0.04 * chance.random()))
    return buzz


def _resonate(source: "array[float]", into: "array[float]", centre: float, width: float, gain: float) -> None:
    """Add what a resonance of the mouth makes of a source; its centre (Hz) wanders as vowels do."""
    radius = math.exp(-math.pi * width / VOICE_RATE)
    one = two = pole = 0.0
    for i, value in enumerate(source):
        if i % 320 == 0:
            wander = 1 + 0.22 * math.sin(i * math.tau * 2.1 / VOICE_RATE + centre)
            pole = 2 * radius * math.cos(math.tau * centre * wander / VOICE_RATE)
        one, two = value + pole * one - radius * radius * two, one
        into[i] += gain * one * (1 - radius)

"""What a generation costs, in credits, before it is made.

The provider publishes a range for each mode (text- and image-to-video 20–76, lipsync 32–128, control 64–256) and a few
single prices. One table, linear in steps of 5 s, meets them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .modes import SECONDS_LEAST, SECONDS_MOST, SECONDS_STEP

# (mode, resolution) -> credits at 5 s and at 20 s
_TEXT = {"480p": (20, 68), "720p": (24, 72), "1080p": (28, 76)}
TABLE: dict[str, dict[str, tuple[int, int]]] = {
    "text-to-video": _TEXT,
    "image-to-video": _TEXT,
    "lipsync": {"480p": (32, 116), "720p": (38, 122), "1080p": (44, 128)},
    "control": {"480p": (64, 232), "720p": (76, 244), "1080p": (88, 256)},
}
_STEPS = (SECONDS_MOST - SECONDS_LEAST) // SECONDS_STEP

_PUBLISHED_TEXT = {("480p", 5), ("720p", 5), ("1080p", 10), ("1080p", 20)}
PUBLISHED: dict[str, set[tuple[str, int]]] = {
    "text-to-video": _PUBLISHED_TEXT,
    "image-to-video": _PUBLISHED_TEXT,
    "lipsync": {("480p", 5), ("1080p", 20)},
    "control": {("480p", 5), ("1080p", 20)},
}

Seconds = int | float | Decimal


@dataclass(frozen=True)
class Estimate:
    """Credits for one generation, `low` to `high`, and what the figures rest on.

    `basis`: `published` (the provider shows this very price), `derived` (read off the table between published prices),
    `observed` (what the API said it took for the same thing before), or `length` (nobody knows yet how long it is).
    """

    low: int
    high: int
    basis: str

    def __str__(self) -> str:
        return f"{self.low}" if self.low == self.high else f"{self.low}–{self.high}"

    def times(self, takes: int) -> "Estimate":
        """The same estimate for several takes."""
        return Estimate(self.low * takes, self.high * takes, self.basis)


def estimate(mode: str, resolution: str, seconds: Seconds, observed: Sequence[int] = ()) -> Estimate | None:
    """What one generation costs, or None where the mode, the resolution or the length is outside the table.

    Between two steps of 5 s nobody says whether a started step counts whole: `low` is the straight line, rounded half
    up to a credit, `high` the price at the end of the step. `observed` are charges that the API reported for the same
    provider, mode, resolution and seconds: their least and most win over the table.
    """
    prices = TABLE.get(mode, {}).get(resolution)
    length = Decimal(str(seconds))
    if prices is None or not length.is_finite() or not SECONDS_LEAST <= length <= SECONDS_MOST:
        return None
    if observed:
        return Estimate(min(observed), max(observed), "observed")
    steps = (length - SECONDS_LEAST) / SECONDS_STEP
    low, high = _on_line(prices, steps), _on_line(prices, steps.to_integral_value(rounding="ROUND_CEILING"))
    published = any(resolution == name and length == at for name, at in PUBLISHED[mode])
    return Estimate(low, high, "published" if published else "derived")


def step_cost(mode: str) -> int:
    """Credits for 5 s more, the same at every resolution of a mode."""
    low, high = TABLE[mode]["720p"]
    return (high - low) // _STEPS


def resolution_cost(mode: str, lower: str, higher: str) -> int:
    """Credits between two resolutions at the same length, the same at every length of a mode."""
    return TABLE[mode][higher][0] - TABLE[mode][lower][0]


def _on_line(prices: tuple[int, int], steps: Decimal) -> int:
    first, last = prices
    exact = first + (last - first) * steps / _STEPS
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))

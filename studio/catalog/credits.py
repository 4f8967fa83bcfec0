"""What a generation costs, in credits, before it is made: a table in the catalog, linear in steps of some seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from .modes import DEFAULT_MODEL, Mode, find_mode

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


def estimate(
    type: str, resolution: str, seconds: Seconds, observed: Sequence[int] = (), *, model: str = DEFAULT_MODEL
) -> Estimate | None:
    """What one generation costs, or None where the mode, the resolution or the length is outside the table.

    Between two steps nobody says whether a started step counts whole: `low` is the straight line, rounded half up to a
    credit, `high` the price at the end of the step. `observed` are charges that the API reported for the same provider,
    model, mode, resolution and seconds: their least and most win over the table.
    """
    mode, length = find_mode(type, model), Decimal(str(seconds))
    if mode is None or resolution not in mode.prices or not length.is_finite():
        return None
    least, most, step = mode.length.least, mode.length.most, mode.length.step
    if not least <= length <= most:
        return None
    if observed:
        return Estimate(min(observed), max(observed), "observed")
    end = least + step * ((length - least) / step).to_integral_value(ROUND_CEILING)
    basis = "published" if length in mode.published.get(resolution, ()) else "derived"
    return Estimate(_price(mode, resolution, length), _price(mode, resolution, min(end, Decimal(most))), basis)


def step_cost(mode: Mode) -> int | None:
    """Credits for one step more, where it is the same at every resolution."""
    steps = Decimal(mode.length.most - mode.length.least) / mode.length.step
    costs = {(high - low) / steps for low, high in mode.prices.values()}
    return int(costs.pop()) if len(costs) == 1 else None


def resolution_cost(mode: Mode, lower: str, higher: str) -> int | None:
    """Credits between two resolutions, where it is the same at every length."""
    least, most = (high - low for low, high in zip(mode.prices[lower], mode.prices[higher], strict=True))
    return least if least == most else None


def _price(mode: Mode, resolution: str, seconds: Decimal) -> int:
    low, high = mode.prices[resolution]
    exact = low + (high - low) * (seconds - mode.length.least) / (mode.length.most - mode.length.least)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))

"""Charges that are no whole number of credits, in two whole columns: sums of them stay exact on every database, and
what knows only the whole credits goes on working.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

PARTS = 10_000  # of a credit


def in_columns(credits: Decimal | int) -> dict[str, Any]:
    """The whole credits, and what is left in ten-thousandths; None where nothing is."""
    whole, rest = divmod(int((Decimal(credits) * PARTS).to_integral_value(ROUND_HALF_UP)), PARTS)
    return {"credits": whole, "credits_rest": rest or None}


def from_columns(credits: int, rest: int | None) -> int | Decimal:
    """The amount, without needless decimals."""
    if not rest:
        return credits
    text = f"{rest:04}".rstrip("0")
    return Decimal(f"{credits}.{text}")


def rounded_up(credits: Decimal | int) -> int:
    return int(Decimal(credits).to_integral_value(ROUND_CEILING))

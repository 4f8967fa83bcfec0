"""Amounts of credits as answers write them."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

MOST = 1_000_000
STEP = Decimal("0.0001")  # the least that is told apart
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")


def amount(value: Any) -> Decimal | None:
    """An amount from a number or from digits in a string; None for what is none: true, NaN, below 0, beyond belief."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        found = Decimal(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST:
        found = Decimal(str(value))
    else:
        return None
    return found.quantize(STEP, ROUND_HALF_UP) if found <= MOST else None

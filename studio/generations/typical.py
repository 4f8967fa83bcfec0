"""How long takes like this one took: a range from the owner's own history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from statistics import quantiles
from typing import Any

from .models import Generation

LOOKED_AT = 1000  # an owner's newest takes: what is asked is bounded, however long the history
ENOUGH = 20  # the last of a kind that count
QUARTILES_FROM = 4  # fewer tell their least and most

Kind = tuple[str, str, str, Decimal]  # connection, mode, resolution, seconds


@dataclass(frozen=True)
class Typical:
    """From sending to having, in seconds: the middle half of the last `count`, or all of very few."""

    low: int
    high: int
    count: int

    def __str__(self) -> str:
        if self.high < 60:
            return f"{self.low} s" if self.low == self.high else f"{self.low}–{self.high} s"
        low, high = clock(self.low), clock(self.high)
        return f"{low} min" if low == high else f"{low}–{high} min"


def clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def kind_of(take: Generation) -> Kind:
    return take.connection_id, take.type, take.resolution, take.seconds


def typical_times(owner: Any, kinds: Iterable[Kind]) -> dict[Kind, Typical]:
    """The range of each of these kinds that the owner's newest takes know about; one query, none for no kinds."""
    wanted = set(kinds)
    if not wanted:
        return {}
    newest = Generation.objects.owned_by(owner).in_view().order_by("-id").values("pk")[:LOOKED_AT]
    done = Generation.objects.filter(pk__in=newest, status="succeeded", submitted_at__isnull=False).order_by("-id")
    columns = done.values_list("connection_id", "type", "resolution", "seconds", "submitted_at", "finished_at")
    times: dict[Kind, list[float]] = defaultdict(list)
    for connection, mode, resolution, seconds, sent, had in columns:
        kind = (str(connection), mode, resolution, seconds)
        if kind in wanted and sent and had and had >= sent and len(times[kind]) < ENOUGH:
            times[kind].append((had - sent) / timedelta(seconds=1))
    return {kind: middle_of(found) for kind, found in times.items() if found}


def middle_of(times: list[float]) -> Typical:
    if len(times) < QUARTILES_FROM:
        return Typical(round(min(times)), round(max(times)), len(times))
    low, _, high = quantiles(times, n=4, method="inclusive")
    return Typical(round(low), round(high), len(times))

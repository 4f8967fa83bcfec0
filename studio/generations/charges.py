"""What was charged, in words for a card and in sums for a day. Nothing is ever shown as more certain than it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Aggregate, Count, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from studio.gallery.counts import SLOT_SECONDS, SUMS, OwnerCounts, counts_of

from .amounts import PARTS, from_columns

if TYPE_CHECKING:
    from .models import Generation

EVERY = Q()


def money_line(take: Generation) -> str:
    """The line that every card ends in."""
    if take.is_test:
        return f"Test clip · free ({take.estimate} credits with a key)"
    if take.charged == "no":
        return _not_charged(take)
    if take.charged == "yes" and take.charge is not None:
        return f"Charged {take.charge}"
    if take.status == "unconfirmed":
        return f"No answer, may be charged: about {take.estimate}"
    if take.status == "closed":
        return f"Written off, may be charged: about {take.estimate}"
    if take.status == "failed":
        return "Failed after it was accepted: the provider does not say whether this is charged"
    if take.credits_reserved:
        return f"Reserved {take.credits_reserved}, charge not reported"
    return f"About {take.estimate}, charge not reported"


def _not_charged(take: Generation) -> str:
    if take.status != "queued":
        return "Not charged"
    if take.held == "older":
        return f"May have been charged already · {take.estimate} if it is sent now"
    return f"Not charged yet · {take.estimate} when it is sent"


@dataclass(frozen=True)
class Totals:
    """Takes and credits of one day. `low` to `high`: reported charges, and estimates where `approximate`.
    `unconfirmed` are those among them that may have been charged for nothing. Test takes count for themselves only.
    """

    takes: int = 0
    tests: int = 0
    low: int | Decimal = 0
    high: int | Decimal = 0
    approximate: bool = False
    unconfirmed: int = 0

    def __str__(self) -> str:
        return " · ".join(filter(None, (self._takes(), self._credits(), self._tests())))

    def cost(self) -> str:
        """Without how many takes there are, for where that is said already."""
        if self.takes:
            return " · ".join(filter(None, (self._credits(), self._tests())))
        return "free" if self.tests else "0 credits"

    def _takes(self) -> str:
        if not self.takes and self.tests:
            return ""
        return f"{self.takes} take" if self.takes == 1 else f"{self.takes:,} takes"

    def _credits(self) -> str:
        if not self.takes:
            return ""
        span = f"{self.high:,}" if self.low == self.high else f"{self.low:,}–{self.high:,}"
        credits = f"{'≈ ' if self.approximate else ''}{span} credit{'' if self.high == 1 else 's'}"
        return credits + (f" · {self.unconfirmed:,} of them unconfirmed" if self.unconfirmed else "")

    def _tests(self) -> str:
        if not self.tests:
            return ""
        return f"{self.tests:,} test take{'' if self.tests == 1 else 's'}, free"


def day_start(day: date, zone: tzinfo | None = None) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), zone)


def totals_by_day(owner: int, days: Collection[date]) -> tuple[dict[date, Totals], OwnerCounts]:
    """The totals of these days, each as the current time zone cuts it, and what else is known of the owner's takes; one
    query, whatever the number of takes. Canceled takes count nowhere; what was spent stays spent, in the trash too.
    """
    ordered, zone = sorted(days), timezone.get_current_timezone()
    found = counts_of(owner, [_slots(day, zone) for day in ordered])
    return {day: _totals(sums) for day, sums in zip(ordered, found.spans, strict=True)}, found


@lru_cache(maxsize=4096)
def _slots(day: date, zone: tzinfo) -> tuple[int, int]:
    first, end = (int(day_start(each, zone).timestamp()) // SLOT_SECONDS for each in (day, day + timedelta(days=1)))
    return first, end


def sums_of_takes(path: str = "", among: Q = EVERY) -> dict[str, Aggregate]:
    """What `totals_in` reads from a row: sums of any takes, by the rules that the triggers go by. `path` leads
    from the query's rows to the takes, as in `generations__`.
    """

    def when(**is_so: Any) -> Q:
        return Q(**{path + name: value for name, value in is_so.items()})

    reserved = f"{path}credits_reserved"
    here = among & ~when(status="canceled")
    counted = here & ~when(connection=settings.SANDBOX)
    spent = counted & ~when(charged="no")
    for_nothing = when(status="unconfirmed") | when(status="closed", charged="maybe")
    found = {
        "takes": Count(f"{path}pk", filter=counted),
        "tests": Count(f"{path}pk", filter=here & when(connection=settings.SANDBOX)),
        "low": Sum(Coalesce(f"{path}credits", reserved, f"{path}estimate_low"), filter=spent, default=0),
        "high": Sum(Coalesce(f"{path}credits", reserved, f"{path}estimate_high"), filter=spent, default=0),
        "rest": Sum(f"{path}credits_rest", filter=spent, default=0),
        "estimates": Count(f"{path}pk", filter=spent & when(credits=None)),
        "unconfirmed": Sum(Coalesce(reserved, f"{path}estimate_high"), filter=counted & for_nothing, default=0),
    }
    return {f"sum_{name}": aggregate for name, aggregate in found.items()}


def totals_in(row: Mapping[str, Any]) -> Totals:
    return _totals({name: int(row[f"sum_{name}"]) for name in SUMS})


def _totals(sums: Mapping[str, int]) -> Totals:
    """`rest`: what the charges have beside whole credits, which is in neither of the two ends of the range."""
    more, rest = divmod(sums["rest"], PARTS)
    low, high = (from_columns(sums[name] + more, rest) for name in ("low", "high"))
    same = {name: sums[name] for name in ("takes", "tests", "unconfirmed")}
    return Totals(low=low, high=high, approximate=bool(sums["estimates"]), **same)

"""What was charged, in words for a card and in sums for a day. Nothing is ever shown as more certain than it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.utils import timezone

if TYPE_CHECKING:
    from .generation import Generation
    from .queryset import GenerationQuerySet


def money_line(take: Generation) -> str:
    """The line that every card ends in."""
    if take.is_test:
        return f"Test clip · free ({take.estimate} credits with a key)"
    if take.charged == "no":
        return _not_charged(take)
    if take.charged == "yes" and take.credits is not None:
        return f"Charged {take.credits}"
    if take.status == "unconfirmed":
        return f"No answer, may be charged: about {take.estimate}"
    if take.status == "closed":
        return f"Written off, may be charged: about {take.estimate}"
    if take.status == "failed":
        return "Failed after it was accepted: the provider does not say whether this is charged"
    return f"About {take.estimate}, charge not reported"


def _not_charged(take: Generation) -> str:
    if take.status != "queued":
        return "Not charged"
    return f"Not charged yet · {take.estimate} when it is sent"


@dataclass(frozen=True)
class Totals:
    """Takes and credits of one day. `low` to `high`: reported charges, and estimates where `approximate`.
    `unconfirmed` are those among them that may have been charged for nothing. Test takes count for themselves only.
    """

    takes: int = 0
    tests: int = 0
    low: int = 0
    high: int = 0
    approximate: bool = False
    unconfirmed: int = 0

    def __str__(self) -> str:
        return " · ".join(filter(None, (self._takes(), self._credits(), self._tests())))

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


COUNTED = ~Q(charged="no")
MAYBE_FOR_NOTHING = Q(status="unconfirmed") | Q(status="closed", charged="maybe")


def day_start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def totals_by_day(takes: GenerationQuerySet, days: set[date]) -> dict[date, Totals]:
    """The totals of these days, each as the current time zone cuts it; one query. Canceled takes count nowhere."""
    if not days:
        return {}
    today = max(days)
    others = days - {today}
    within = _between(today, today)
    if others:
        within |= _between(min(others), max(others))
    ordered = sorted(days)
    real = ~Q(provider=settings.SANDBOX)
    spent = real & COUNTED
    rows = (
        takes.filter(within)
        .exclude(status="canceled")
        .order_by()
        .annotate(number=_number(ordered))
        .values("number")
        .annotate(
            takes=Count("pk", filter=real),
            tests=Count("pk", filter=~real),
            low=Sum(_charge("estimate_low"), filter=spent, default=0),
            high=Sum(_charge("estimate_high"), filter=spent, default=0),
            estimates=Count("pk", filter=spent & Q(credits=None)),
            unconfirmed=Sum("estimate_high", filter=real & MAYBE_FOR_NOTHING, default=0),
        )
    )
    found = {ordered[row["number"]]: _totals(row) for row in rows if row["number"] is not None}
    return {day: found.get(day, Totals()) for day in days}


def _totals(row: Mapping[str, Any]) -> Totals:
    sums = {name: row[name] for name in ("takes", "tests", "low", "high", "unconfirmed")}
    return Totals(approximate=bool(row["estimates"]), **sums)


def _charge(estimated: str) -> Case:
    return Case(When(credits__isnull=False, then=F("credits")), default=F(estimated))


def _number(days: list[date]) -> Case:
    """Which of the days a take belongs to. The database compares times; to cut every time at its day in the person's
    zone would take it ten times as long.
    """
    return Case(*(When(_between(day, day), then=Value(number)) for number, day in enumerate(days)))


def _between(first: date, last: date) -> Q:
    return Q(created_at__gte=day_start(first), created_at__lt=day_start(last + timedelta(days=1)))

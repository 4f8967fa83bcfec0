"""What several screens show: a page of the gallery, the day's totals, and the studio's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from studio.models import Generation, ProviderState, WorkerHeartbeat
from studio.models.money import Totals, totals_by_day

from .jobs import Tally, tally
from .request import Request

PAGE = 24


@dataclass(frozen=True)
class Day:
    """A heading of the gallery and the takes below it on this page. `continued`: its heading is on the page before."""

    day: date
    totals: Totals
    takes: list[Generation]
    continued: bool = False


def local_day(take: Generation) -> date:
    return timezone.localtime(take.created_at).date()


def group_by_day(owner: Any, takes: Sequence[Generation], *, shown: str = "") -> tuple[list[Day], Totals]:
    """The takes under their days, and today's totals. `shown` is the day whose heading the page has already."""
    today = timezone.localdate()
    by_day: dict[date, list[Generation]] = {}
    for take in takes:
        by_day.setdefault(local_day(take), []).append(take)
    totals = totals_by_day(Generation.objects.owned_by(owner), {*by_day, today})
    days = [Day(day, totals[day], rows, day.isoformat() == shown) for day, rows in by_day.items()]
    return days, totals[today]


def gallery_page(request: Request) -> dict[str, Any]:
    """One page of the gallery, newest first. `before` is the id that the page before ended with, `day` its last day.

    A `before` that is no id means the first page.
    """
    before, takes = request.GET.get("before", ""), Generation.objects.owned_by(request.user).in_view().order_by("-id")
    before = before if before.isdecimal() and len(before) < 19 else ""
    if before:
        takes = takes.filter(pk__lt=int(before))
    rows = list(takes[: PAGE + 1])
    days, today = group_by_day(request.user, rows[:PAGE], shown=request.GET.get("day", ""))
    more = {"before": rows[PAGE - 1].pk, "day": days[-1].day.isoformat()} if len(rows) > PAGE else None
    return {"days": days, "today": today, "more": more, "first_page": not before}


@dataclass(frozen=True)
class Notice:
    """What the page says about the studio itself. `revision` tells whether a page shows it already."""

    state: ProviderState | None
    alive: bool
    jobs: Tally

    @property
    def is_test(self) -> bool:
        return bool(settings.PROVIDER == settings.SANDBOX)

    @property
    def revision(self) -> str:
        return notice_revision(self.state.revision if self.state else 0, self.alive)


def notice_revision(state: int, alive: bool) -> str:
    return f"{state}.{int(alive)}"


def notice_for(owner: Any) -> Notice:
    state = ProviderState.objects.filter(provider=settings.PROVIDER).first()
    return Notice(state, WorkerHeartbeat.any_alive(timezone.now()), tally(owner))


def frame(request: Request) -> dict[str, Any]:
    """What every full page needs."""
    return {
        "notice": notice_for(request.user),
        "sandbox": settings.PROVIDER == settings.SANDBOX,
        "locked": bool(settings.STUDIO_PASSWORD),
        "theme": request.COOKIES.get("theme", "") if request.COOKIES.get("theme") in ("light", "dark") else "",
        "timezone_name": timezone.get_current_timezone_name(),
    }

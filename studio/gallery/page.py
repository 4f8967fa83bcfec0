"""What several screens show: a page of the gallery, the day's totals, and the studio's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from studio import clock
from studio.generations.charges import Totals, totals_by_day
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.generations.queue_status import QueueCounts, queue_status
from studio.http import Request, page_of

from .counts import OwnerCounts
from .filter_bar import bar_of
from .filters import filters_of, filters_of_page

PAGE = 24


@dataclass(frozen=True)
class Day:
    """A heading of the gallery and the takes below it on this page. `continued`: its heading is on the page before.
    Where takes come in another order than that of time, there is one, without a day.
    """

    day: date | None
    totals: Totals
    takes: list[Generation]
    continued: bool = False


def local_day(take: Generation) -> date:
    return timezone.localtime(take.created_at).date()


def days_of(
    owner: Any, takes: Sequence[Generation], *, shown: str = "", has_days: bool = True
) -> tuple[list[Day], Totals, OwnerCounts]:
    """The takes under their days, today's totals, and what is known of all takes; one query. `shown` is the day whose
    heading the page has already.
    """
    today = timezone.localdate(clock.now())
    by_day: dict[date, list[Generation]] = {}
    for take in takes if has_days else ():
        by_day.setdefault(local_day(take), []).append(take)
    totals, sums = totals_by_day(owner.pk, {*by_day, today})
    days = [Day(day, totals[day], rows, day.isoformat() == shown) for day, rows in by_day.items()]
    if takes and not has_days:
        days = [Day(None, Totals(), list(takes), continued=True)]
    return days, totals[today], sums


def group_by_day(owner: Any, takes: Sequence[Generation]) -> tuple[list[Day], Totals]:
    return days_of(owner, takes)[:2]


def sums_revision(today: Totals, counts: Mapping[str, int]) -> str:
    """Tells whether a page shows the day's sum and the tabs' counts as they are."""
    return f"{crc32(f'{today}{sorted(counts.items())}'.encode()):x}"


def gallery_page(request: Request) -> dict[str, Any]:
    """One page of the gallery: what fits the address's filters, in its order. `before` is where the page before ended,
    `day` its last day. A `before` that says nothing means the first page.
    """
    filters, before = filters_of(request), request.GET.get("before", "")
    rows = filters.page(Generation.objects.owned_by(request.user), before, PAGE + 1)
    shown, rows = request.GET.get("day", ""), rows[: PAGE + 1]
    days, today, sums = days_of(request.user, rows[:PAGE], shown=shown, has_days=filters.has_days)
    more = ""
    if len(rows) > PAGE:
        day = days[-1].day
        place = {"before": filters.cursor(rows[PAGE - 1]), **({"day": day.isoformat()} if day else {})}
        more = f"{reverse('generations')}?{urlencode({**filters.values, **place})}"
    return {
        "days": days, "today": today, "more": more, "first_page": filters.starts(before), "filters": filters,
        "counts": sums.tabs, "newest": sums.newest, "sums": sums_revision(today, sums.tabs),
    }  # fmt: skip


@dataclass(frozen=True)
class Notice:
    """What the page says about the studio itself. `revision` tells whether a page shows it already."""

    state: Connection | None
    alive: bool
    jobs: QueueCounts

    @property
    def is_test(self) -> bool:
        return Connection.configured().is_sandbox

    @property
    def revision(self) -> str:
        return notice_revision(self.state.revision if self.state else 0, self.alive)


def notice_revision(state: int, alive: bool) -> str:
    return f"{state}.{int(alive)}"


def notice_for(owner: Any) -> Notice:
    return Notice(*queue_status(owner.pk, Connection.configured()))


def frame(request: Request) -> dict[str, Any]:
    """What every full page needs."""
    return {
        "notice": notice_for(request.user),
        "sandbox": Connection.configured().is_sandbox,
        "locked": bool(settings.STUDIO_PASSWORD),
        "theme": request.COOKIES.get("theme", "") if request.COOKIES.get("theme") in ("light", "dark") else "",
        "timezone_name": timezone.get_current_timezone_name(),
    }


def shows_gallery(request: Request) -> bool:
    """Whether the page that asks has a gallery, where new cards can be put, or counted where they may not fit."""
    return page_of(request) in ("", reverse("studio"), reverse("generations"))


def page_update(request: Request, fresh: list[Generation], changed: Sequence[Generation] = ()) -> dict[str, Any]:
    """New cards under their days' headings, changed cards, and what the page says around them."""
    days, today, sums = days_of(request.user, fresh)
    has_tabs = shows_gallery(request)
    bar = bar_of(request, sums.tabs, filters=filters_of_page(request)[0]) if has_tabs else None
    around = {"today": today, "notice": notice_for(request.user), "bar": bar}
    around["sums"] = sums_revision(today, sums.tabs)
    return {"days": days, "changed": changed, **around, "oob": True}

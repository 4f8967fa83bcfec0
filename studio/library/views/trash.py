"""Delete and restore takes, and the page of the trash."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from studio import clock
from studio.gallery.answers import answer, mine
from studio.gallery.page import PAGE, frame, group_by_day, page_update
from studio.gallery.selection import moment_in
from studio.generations.models import Generation
from studio.generations.queryset import GenerationQuerySet
from studio.http import Request, page_of, see_other, way_back
from studio.ids import parse_id
from studio.library.review_panel import one

from ..trash import KEPT_BACK, purge, throw_away
from ..trash import restore as have_back


@require_POST
def delete(request: Request, pk: int) -> HttpResponseBase:
    """Into the trash: out of the gallery at once, with a way to undo it."""
    take = mine(request, pk)
    throw_away(one(take))
    take.refresh_from_db()
    assert take.deleted_at is not None
    own_page = take.get_absolute_url()
    if not request.htmx:
        return see_other(way_back(request, own_page))
    here = page_of(request) == own_page
    context = page_update(request, [], [take] if here else [])
    return thrown(request, 1, take.deleted_at, {**context, "gone": [] if here else [take.pk], "taken": take})


def thrown(request: Request, count: int, moment: datetime, context: dict[str, Any]) -> HttpResponse:
    """What vanishes from the page, and the way to undo it: all that went at that moment come back together."""
    more = {"count": count, "moment": moment.isoformat(), "trash_days": settings.STUDIO_TRASH_DAYS}
    response = render(request, "library/_deleted.html", {**context, **more})
    response["HX-Trigger"] = "generations-changed"
    return response


@require_POST
def restore(request: Request, pk: int) -> HttpResponseBase:
    take = mine(request, pk)
    have_back(one(take))
    if not request.htmx:
        return see_other(way_back(request, take.get_absolute_url()))
    if page_of(request) == take.get_absolute_url():
        return answer(request, take)
    return back(request, [pk])


def back(request: Request, ids: list[int]) -> HttpResponse:
    """Takes that are back go from the trash's page; a gallery is drawn anew, for each has its place there."""
    if page_of(request) != reverse("trash"):
        return HttpResponseClientRefresh()
    return render(request, "gallery/_changes.html", {**page_update(request, []), "gone": ids})


@require_safe
def trash(request: Request) -> HttpResponse:
    """What was deleted, newest first; `before=<moment>_<id>` goes on where a page ended."""
    takes = Generation.objects.owned_by(request.user).trashed()
    rows = list(_after(takes, request.GET.get("before", ""))[: PAGE + 1])
    for take in rows:
        take.days_left = days_left(take)  # type: ignore[attr-defined]  # for the template
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    context = {
        "takes": rows[:PAGE],
        "more": f"{last.deleted_at.isoformat()}_{last.pk}" if last and last.deleted_at else "",
        "trash_days": settings.STUDIO_TRASH_DAYS,
    }
    if request.htmx:
        return render(request, "library/_trash_page.html", context)
    context |= {"emptied": request.GET.get("emptied") == "1", "held_back": takes.filter(KEPT_BACK).count()}
    whole = takes.order_by().aggregate(takes=Count("pk"), bytes=Sum("kept__bytes", default=0))
    today = group_by_day(request.user, [])[1]
    return render(request, "library/trash.html", {**frame(request), **context, "whole": whole, "today": today})


def _after(takes: GenerationQuerySet, cursor: str) -> GenerationQuerySet:
    text, _, number = cursor.partition("_")
    moment, pk = moment_in(text.replace(" ", "+")), parse_id(number)
    if moment is None or pk is None:
        return takes
    return takes.filter(deleted_at__lte=moment).exclude(deleted_at=moment, pk__gte=pk)


def days_left(take: Generation) -> int:
    """Whole days, begun ones counted, until it is gone for good."""
    assert take.deleted_at is not None
    left = take.deleted_at + timedelta(days=settings.STUDIO_TRASH_DAYS) - clock.now()
    return max(0, -(-left // timedelta(days=1)))


@require_POST
def empty(request: Request) -> HttpResponseBase:
    """Everything in the trash goes for good now, but for what is not settled yet: the page says so."""
    purge(Generation.objects.owned_by(request.user))
    emptied = f"{reverse('trash')}?emptied=1"
    return HttpResponseClientRedirect(emptied) if request.htmx else see_other(emptied)

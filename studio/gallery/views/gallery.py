"""The gallery: asking for takes, looking at them, and hearing what became of them."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.http import Request, page_of
from studio.ids import parse_id

from ..changes import revisions
from ..filter_bar import bar_of
from ..filters import filters_of_page
from ..page import PAGE, days_of, frame, gallery_page, notice_revision, page_update, sums_revision


@require_GET
def gallery(request: Request) -> HttpResponse:
    """A page of the gallery: a fragment to htmx, a whole page to everybody else."""
    page = gallery_page(request)
    if request.htmx and request.GET.get("before"):
        return render(request, "gallery/_page.html", page)
    page["bar"] = bar_of(request, page["counts"], filters=page["filters"])
    if request.htmx:
        return render(request, "gallery/_results.html", page)
    return render(request, "gallery/gallery.html", {**frame(request), **page})


@require_GET
def changes(request: Request) -> HttpResponse:
    """What is not yet on the page: `seen=<id>:<revision>` for each card that may still change, `newest=<id>`, and
    `notice=<revision>`; without `newest` no new ones. 204 when there is nothing. With `sums=<revision>` the day's sum
    and the tabs' counts are looked at as well.

    Under filters, or in another order than the newest first, new takes that fit are not sent but only counted, in the
    event `takes-new`: of those after `known=<id>`, and only if it is another number than `told=<number>`.
    """
    seen = dict(pair for pair in map(_pair, request.GET.getlist("seen")) if pair[0])
    filters, on_top = filters_of_page(request)
    name = "known" if filters.values else "newest"
    newest = _pair(request.GET[name])[0] if name in request.GET and on_top else None
    fitting = (
        filters.apply(Generation.objects.owned_by(request.user)) if filters.values and newest is not None else None
    )
    own = parse_id(page_of(request).rpartition("/generations/")[2].removesuffix("/"))
    own_page = own in seen  # a take's, which shows it in the trash, too
    now = revisions(request.user.pk, Connection.configured(), seen, newest, 4 * PAGE, trashed=own_page, fitting=fitting)
    changed = [pk for pk, revision in now.takes.items() if pk in seen and revision != seen[pk]]
    fresh = sorted((pk for pk in now.takes if pk not in seen), reverse=True)
    told = str(len(fresh)) == request.GET.get("told", "0") if filters.values else not fresh
    gone = [pk for pk in seen if pk not in now.takes]
    shown = request.GET.get("notice")
    differs = changed or not told or gone or (shown and shown != notice_revision(now.state, now.alive))
    if not differs and not has_other_sums(request):
        return HttpResponse(status=204)
    return tell(request, changed, fresh, gone, only_count=bool(filters.values))


def has_other_sums(request: Request) -> bool:
    shown = request.GET.get("sums")
    if not shown:
        return False
    _, today, sums = days_of(request.user, [])
    return shown != sums_revision(today, sums.tabs)


def tell(request: Request, changed: list[int], fresh: list[int], gone: list[int], *, only_count: bool) -> HttpResponse:
    wanted = changed if only_count else [*changed, *fresh]
    rows = Generation.objects.owned_by(request.user).for_cards().in_bulk(wanted)
    context = page_update(
        request, *([rows[pk] for pk in ids if pk in rows] for ids in ([] if only_count else fresh, changed))
    )
    response = render(request, "gallery/_changes.html", {**context, "gone": gone})
    response["HX-Trigger"] = "generations-changed"
    if only_count:
        response["HX-Trigger"] = json.dumps({"generations-changed": None, "takes-new": len(fresh)})
    return response


def _pair(text: str) -> tuple[int, int]:
    """`12:3` as numbers; (0, 0) for anything else."""
    first, _, second = text.partition(":")
    one, other = parse_id(first), parse_id(second or "0")
    return (0, 0) if one is None or other is None else (one, other)

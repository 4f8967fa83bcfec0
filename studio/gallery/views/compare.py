"""Two to four takes side by side."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from studio.generations.lineage import differences
from studio.generations.models import Generation
from studio.http import Request, see_other, way_back
from studio.ids import parse_id
from studio.library.review import RATING_MOST, favor, rate

from ..page import frame, group_by_day

LEAST, MOST = 2, 4


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: Request) -> HttpResponseBase:
    """`ids=1,2,3,4`, in the order in which they stand. A POST with `keep=<id>` rates that one and goes back."""
    takes = compared(request, request.GET.get("ids", "") or request.POST.get("ids", ""))
    if request.method == "POST":
        return keep(request, takes)
    context = {
        "takes": takes,
        "ids": ",".join(str(take.pk) for take in takes),
        "differences": differences(takes),
        "today": group_by_day(request.user, [])[1],
        "problem": "" if LEAST <= len(takes) <= MOST else f"Choose {LEAST} to {MOST} takes to compare.",
    }
    return render(request, "gallery/compare.html", {**frame(request), **context})


def compared(request: Request, text: str) -> list[Generation]:
    """Raises Http404 where one of them is not there, or somebody else's."""
    wanted = list(dict.fromkeys(parse_id(part.strip()) for part in text.split(",") if part.strip()))[: MOST + 1]
    if None in wanted:
        raise Http404
    found = Generation.objects.owned_by(request.user).existing().select_related("kept").in_bulk(wanted)
    if len(found) < len(wanted):
        raise Http404
    return [found[pk] for pk in wanted]


def keep(request: Request, takes: list[Generation]) -> HttpResponseBase:
    """The chosen one gets the best rating and becomes a favourite; the others stay as they are."""
    chosen = next((take for take in takes if str(take.pk) == request.POST.get("keep")), None)
    if chosen is None:
        raise Http404
    this = Generation.objects.filter(pk=chosen.pk)
    rate(this, RATING_MOST)
    favor(this, True)
    address = way_back(request, f"{reverse('studio')}#generation-{chosen.pk}")
    return HttpResponseClientRedirect(address) if request.htmx else see_other(address)

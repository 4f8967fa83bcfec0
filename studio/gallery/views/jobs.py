"""The job panel: what waits, what runs and for how long, and what needs a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.generations.typical import Typical, kind_of, typical_times
from studio.http import Request

LISTED = 50  # of each kind, in the panel
LATE = Q(status="running") & (Q(late_since__isnull=False) | Q(lost_since__isnull=False))
HELD = Q(status="queued") & ~Q(held="")
RUNS = Q(status__in=("submitting", "running"), late_since=None, lost_since=None)
WAITS = Q(status="queued", held="")


@dataclass(frozen=True)
class Job:
    take: Generation
    typical: Typical | None = None

    @property
    def why(self) -> str:
        """What a person is asked for."""
        if self.take.status == "unconfirmed":
            return "No answer came: say what became of it"
        if self.take.status == "queued":
            older = self.take.held == "older"
            return "Held: it may have been sent already" if older else "Held: send or cancel it"
        if self.take.keeping == "failed":
            return self.take.keep_why or "Its video is not kept: only the provider’s link is left"
        return "The provider does not know it any more" if self.take.lost_since else "Much later than usual"


def needing(owner: Any) -> list[Generation]:
    """The first that need a person. There may be many thousands of each kind: of each only the first are looked at."""
    mine = Generation.objects.owned_by(owner).in_view()
    live = mine.of(Connection.configured())
    kinds = (mine.filter(status="unconfirmed"), mine.filter(keeping="failed"), live.filter(HELD), live.filter(LATE))
    found = {take.pk: take for kind in kinds for take in kind.order_by("id")[:LISTED]}
    return [found[pk] for pk in sorted(found)[:LISTED]]


def with_typical(owner: Any, takes: Iterable[Generation]) -> list[Job]:
    rows = list(takes)
    usual = typical_times(owner, map(kind_of, rows))
    return [Job(take, usual.get(kind_of(take))) for take in rows]


@require_GET
def jobs(request: Request) -> HttpResponse:
    """The panel's lists. The page asks for them while the panel is open and something has changed."""
    live = Generation.objects.owned_by(request.user).in_view().of(Connection.configured())
    context = {
        "needing": [Job(take) for take in needing(request.user)],
        "running": with_typical(request.user, live.filter(RUNS).order_by("submitted_at", "id")[:LISTED]),
        "waiting": [Job(take) for take in live.filter(WAITS).order_by("id")[:LISTED]],
    }
    return render(request, "gallery/_job_list.html", context)

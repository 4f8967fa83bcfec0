"""The job panel: what waits, what runs and for how long, and what needs a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studio.models import Generation
from studio.models.queryset import GenerationQuerySet
from studio.models.typical import Typical, kind_of, typical_times

from .request import Request

LISTED = 50  # of each kind, in the panel
LATE = Q(status="running") & (Q(late_since__isnull=False) | Q(lost_since__isnull=False))
HELD = Q(status="queued") & ~Q(held="")
NEEDS = Q(status="unconfirmed") | HELD | LATE | Q(keeping="failed")
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
            return "Held: send or cancel it"
        if self.take.keeping == "failed":
            return self.take.keep_why or "Its video is not kept: only the provider’s link is left"
        return "The provider does not know it any more" if self.take.lost_since else "Much later than usual"


def open_jobs(owner: Any) -> GenerationQuerySet:
    """Everything that is not settled. The few rows are found by an index, however long the history."""
    live = Q(provider=settings.PROVIDER, status__in=("queued", "submitting", "running"))
    return Generation.objects.owned_by(owner).filter(
        live | Q(status="unconfirmed") | Q(keeping="failed"), deleted_at=None
    )


def with_typical(owner: Any, takes: Iterable[Generation]) -> list[Job]:
    rows = list(takes)
    usual = typical_times(owner, map(kind_of, rows))
    return [Job(take, usual.get(kind_of(take))) for take in rows]


@require_GET
def jobs(request: Request) -> HttpResponse:
    """The panel's lists. The page asks for them while the panel is open and something has changed."""
    takes = open_jobs(request.user)
    context = {
        "needing": [Job(take) for take in takes.filter(NEEDS).order_by("id")[:LISTED]],
        "running": with_typical(request.user, takes.filter(RUNS).order_by("submitted_at", "id")[:LISTED]),
        "waiting": [Job(take) for take in takes.filter(WAITS).order_by("id")[:LISTED]],
    }
    return render(request, "gallery/_job_list.html", context)

"""Keep a video now, by hand."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from studio.http import Request

from .generation import answer, mine


@require_POST
def keep(request: Request, pk: int) -> HttpResponse:
    """A worker fetches it at once. What is kept, or just being kept, stays as it is."""
    take = mine(request, pk)
    done = take.keep_now()
    take.refresh_from_db()  # a second click finds it under way
    fine = done or take.keeping in (take.State.PENDING, take.State.KEPT)
    return answer(request, take, problem="" if fine else "There is no video to keep.")

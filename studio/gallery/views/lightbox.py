"""What the lightbox says of a take beside its picture."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.gallery.answers import mine
from studio.generations.kept_video import KeptVideo
from studio.http import Request
from studio.library.review_panel import review


@require_safe
def panel(request: Request, pk: int) -> HttpResponse:
    """Prompt, settings, money and order of a take: a fragment."""
    take = mine(request, pk)
    asked = [(name, value) for name, value in take.request.items() if name not in ("prompt", "model", "type")]
    kept = KeptVideo.objects.filter(generation=take).first()
    return render(request, "gallery/_panel.html", {"take": take, "asked": asked, "kept": kept, **review(request, take)})

"""What a click is answered with: the cards that are new or have changed, and what the page says around them."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from studio.generations.models import Generation
from studio.generations.submission import new_key
from studio.http import Request, page_of

from .detail import show
from .page import page_update, shows_gallery


def mine(request: Request, pk: int) -> Generation:
    return get_object_or_404(Generation.objects.owned_by(request.user).existing(), pk=pk)


def answer(request: Request, take: Generation, new: Generation | None = None, problem: str = "") -> HttpResponse:
    """The card as it is now, and the new one if there is one; away from the gallery, the page of the take."""
    take.refresh_from_db()
    if not request.htmx and problem:
        return show(request, take, problem)
    if not request.htmx:
        return HttpResponseRedirect((new or take).get_absolute_url(), status=303)
    if new and not shows_gallery(request):
        return HttpResponseClientRedirect(new.get_absolute_url())
    take.problem = problem
    response = render(request, "gallery/_changes.html", page_update(request, [new] if new else [], [take]))
    response["HX-Trigger"] = "generations-changed"
    return response


def show_new(request: Request, takes: list[Generation]) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect(takes[0].get_absolute_url(), status=303)
    if not shows_gallery(request):
        return HttpResponseClientRedirect(reverse("studio"))
    key = new_key() if page_of(request) != reverse("generations") else ""  # there, no composer is on the page
    response = render(request, "gallery/_changes.html", {**page_update(request, list(reversed(takes))), "new_key": key})
    response["HX-Reswap"] = "none"
    return response

"""The same take again: with new seeds, or larger. Always a new take at its full price."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from studio.forms import new_key
from studio.models import Generation, KeyReused, Submission
from studio.models import reuse as ways
from studio.models.reuse import CannotReuse

from .gallery import show_new
from .generation import answer, mine
from .request import Request

KEY_LENGTH = Submission._meta.get_field("key").max_length or 0
SENT_ALREADY = "This was asked for already. Press again to ask once more."


@require_POST
def reseed(request: Request, pk: int) -> HttpResponse:
    """`takes=1|4|8` new takes with the same settings, each with its own new seed."""
    take, count = mine(request, pk), request.POST.get("takes", "")
    number = int(count) if count.isdecimal() and len(count) < 4 else 0
    return again(request, take, lambda key: ways.reseed(take, number, key=key))


@require_POST
def upscale(request: Request, pk: int) -> HttpResponse:
    """The same seed at a higher `resolution`; `repeat=on` where there is such a take already."""
    take, wanted, repeat = mine(request, pk), request.POST.get("resolution", ""), "repeat" in request.POST
    return again(request, take, lambda key: ways.upscale(take, wanted, key=key, repeat=repeat))


def again(request: Request, take: Generation, ask: Callable[[str], list[Generation]]) -> HttpResponse:
    """The new cards, and a fresh key for the form, so that the next press is another one."""
    key = request.POST.get("submission_key", "")
    try:
        takes = ask(key if 0 < len(key) <= KEY_LENGTH and key.isprintable() else new_key())
    except (CannotReuse, KeyReused) as error:
        problem = str(error) if isinstance(error, CannotReuse) else SENT_ALREADY
        return with_fresh_key(request, take, answer(request, take, problem=problem))
    return with_fresh_key(request, take, show_new(request, takes))


def with_fresh_key(request: Request, take: Generation, response: HttpResponse) -> HttpResponse:
    if request.htmx and response.content:
        response.write(render(request, "again/_key.html", {"take": take, "again_key": new_key(), "oob": True}).content)
    return response

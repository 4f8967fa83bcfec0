"""The same take again: with new seeds, or larger. Always a new take at its full price."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from studio.gallery.answers import answer, mine, show_new
from studio.generations import rerun as ways
from studio.generations.models import Generation
from studio.generations.rerun import CannotReuse
from studio.generations.submission import KeyReused, Submission, new_key
from studio.http import Request

KEY_LENGTH = Submission._meta.get_field("key").max_length or 0
SENT_ALREADY = "This was asked for already. Press again to ask once more."


@require_POST
def reseed(request: Request, pk: int) -> HttpResponse:
    """`takes=1|4|8` new takes with the same settings, each with its own new seed."""
    take, count = mine(request, pk), request.POST.get("takes", "")
    number = int(count) if count.isdecimal() and len(count) < 4 else 0
    return again(request, take, count, lambda key: ways.reseed(take, number, key=key))


@require_POST
def upscale(request: Request, pk: int) -> HttpResponse:
    """The same seed at a higher `resolution`; `repeat=on` where there is such a take already."""
    take, wanted, repeat = mine(request, pk), request.POST.get("resolution", ""), "repeat" in request.POST
    return again(request, take, wanted, lambda key: ways.upscale(take, wanted, key=key, repeat=repeat))


def again(request: Request, take: Generation, way: str, ask: Callable[[str], list[Generation]]) -> HttpResponse:
    """The new cards, and a fresh key for the form, so that the next press is another one. What the button said is what
    is asked for: at another price by now nothing is, and the buttons say the new one.
    """
    key = request.POST.get("submission_key", "")
    key = key if 0 < len(key) <= KEY_LENGTH and key.isprintable() else new_key()
    if dearer := other_price(request, take, way, key):
        return with_fresh_prices(request, take, answer(request, take, problem=dearer))
    try:
        takes = ask(key)
    except (CannotReuse, KeyReused) as error:
        problem = str(error) if isinstance(error, CannotReuse) else SENT_ALREADY
        return with_fresh_key(request, take, answer(request, take, problem=problem))
    return with_fresh_key(request, take, show_new(request, takes))


def other_price(request: Request, take: Generation, value: str, key: str) -> str:
    """What to say where the button (`said-<value>`) did not say what it would cost now."""
    said, prices = request.POST.get(f"said-{value}", ""), ways.reuse_prices(take)
    if not said or not prices or Submission.objects.filter(owner=request.user, key=key).exists():
        return ""
    now = next((way.words for way in [*prices.reseed, *prices.upscale] if way.value == value), said)
    return "" if said == now else f"The price has changed: {now}. Nothing was asked for. Press again to ask for it."


def with_fresh_prices(request: Request, take: Generation, response: HttpResponse) -> HttpResponse:
    if request.htmx and response.content:
        more = {"take": take, "prices": ways.reuse_prices(take), "again_key": new_key()}
        html = render(request, "composer/_rerun.html", {**more, "section_oob": True}).content
        response.write(html)
    return response


def with_fresh_key(request: Request, take: Generation, response: HttpResponse) -> HttpResponse:
    if request.htmx and response.content:
        context = {"take": take, "again_key": new_key(), "oob": True}
        response.write(render(request, "composer/_rerun_key.html", context).content)
    return response

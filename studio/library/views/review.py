"""Favourite, rating, tags, note and collections of one take. Each request sets a value; nothing is toggled."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from studio.api_key import keyless
from studio.catalog.text import without_controls
from studio.gallery.answers import answer, mine
from studio.gallery.detail import show
from studio.generations.models import Generation
from studio.http import Request, see_other, way_back
from studio.ids import parse_id
from studio.library.review_panel import one

from ..models import BadName, names_in
from ..review import NAMES_MOST, NOTE_LENGTH, RATING_MOST, favor, rate, set_collections, set_tags, write_note


@require_POST
def favorite(request: Request, pk: int) -> HttpResponseBase:
    take, value = mine(request, pk), request.POST.get("value", "")
    if value not in ("0", "1"):
        return reviewed(request, take, "Say whether it is a favourite: 1 or 0.")
    favor(one(take), value == "1")
    return reviewed(request, take)


@require_POST
def rating(request: Request, pk: int) -> HttpResponseBase:
    take, value = mine(request, pk), request.POST.get("value", "")
    if value not in map(str, range(RATING_MOST + 1)):
        return reviewed(request, take, f"A rating is 0 to {RATING_MOST}.")
    rate(one(take), int(value))
    return reviewed(request, take)


@require_POST
def tags(request: Request, pk: int) -> HttpResponseBase:
    take, (typed, leak) = mine(request, pk), keyless(request.POST, "tags")
    if leak:
        return reviewed(request, take, leak, tags=typed)
    try:
        names = tag_names(typed)
    except BadName as error:
        return reviewed(request, take, str(error), tags=typed)
    set_tags(take, names)
    return reviewed(request, take)


def tag_names(text: str) -> list[str]:
    """Raises BadName, with words."""
    names = names_in(text)
    if len(names) > NAMES_MOST:
        raise BadName(f"A take has {NAMES_MOST} tags at most; these are {len(names)}.")
    return names


@require_POST
def note(request: Request, pk: int) -> HttpResponseBase:
    take, (typed, leak) = mine(request, pk), keyless(request.POST, "note")
    text = typed.replace("\r\n", "\n").strip()
    if leak:
        return reviewed(request, take, leak, note=text)
    if len(text) > NOTE_LENGTH:
        over = f"A note has at most {NOTE_LENGTH:,} characters; this is {len(text) - NOTE_LENGTH:,} too long."
        return reviewed(request, take, over, note=text)
    if (plain := without_controls(text)) != text:
        return reviewed(request, take, "The note holds a character that cannot be stored.", note=plain)
    write_note(one(take), text)
    return reviewed(request, take)


@require_POST
def collections(request: Request, pk: int) -> HttpResponseBase:
    """`collections=<id>` for each that it shall be in, and `new=<name>` for one to be made."""
    take, (new, leak) = mine(request, pk), keyless(request.POST, "new")
    if leak:
        return reviewed(request, take, leak, new_collection=new)
    ids = [pk for pk in map(parse_id, request.POST.getlist("collections")) if pk is not None]
    try:
        set_collections(take, ids, new)
    except BadName as error:
        return reviewed(request, take, str(error), new_collection=new)
    return reviewed(request, take)


def reviewed(request: Request, take: Generation, problem: str = "", **typed: str) -> HttpResponseBase:
    """The card as it is now; or why nothing was changed, with what was typed still in its field."""
    if problem and not request.htmx:
        return show(request, take, problem, typed=typed)
    if not request.htmx:
        return see_other(way_back(request, take.get_absolute_url()))
    response = answer(request, take, problem=problem)
    if problem:  # nothing has changed, and a page that is drawn anew would lose what was typed
        del response["HX-Trigger"]
    return response

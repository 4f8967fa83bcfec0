"""Many takes at once: those that are picked, or all that match a filter."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Sum
from django.http import Http404, HttpResponseBase, HttpResponseForbidden
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from studio.api_key import keyless
from studio.gallery.page import page_update
from studio.gallery.selection import Selection, asked_for, ids_in, more_than_told, selection_of, takes_words
from studio.generations.models import Generation
from studio.generations.queryset import GenerationQuerySet
from studio.http import Request, see_other, way_back
from studio.ids import parse_id

from ..archives import MOST_TAKES, Archive, TooMany
from ..models import BadName, Collection, clean_name, named
from ..review import RATING_MOST, collect, favor, rate, tag, uncollect, untag
from ..trash import restore, throw_away
from .archives import show_archive
from .review import tag_names
from .trash import back, thrown

CARDS_MOST = 100  # that are drawn anew in place; for more the page is loaded again
GONE_MOST = 1_000


@require_POST
def selection(request: Request) -> HttpResponseBase:
    """One thing done to all of them: `action`, and where it needs one a `value`."""
    action = request.POST.get("action", "")
    chosen = selection_of(request, request.POST, trashed=action == "restore")
    if problem := chosen.problem or more_than_told(chosen, request.POST.get("count")):
        return said(request, problem)
    if action == "delete":
        return delete(request, chosen)
    if action == "restore":
        return restored(request, chosen)
    if action == "archive":
        return pack(request, chosen, Archive.Kind.ZIP)
    if action not in ACTIONS:
        return said(request, "Choose what to do with them.")
    try:
        words = ACTIONS[action](request, chosen.takes)
    except BadName as error:
        return said(request, str(error))
    return said(request, words, changed_on_page(request, chosen), everything=True)


def _favorite(request: Request, takes: GenerationQuerySet) -> str:
    return f"{takes_words(favor(takes, True))} marked as favourite."


def _unfavorite(request: Request, takes: GenerationQuerySet) -> str:
    return f"{takes_words(favor(takes, False))} no longer marked as favourite."


def _rate(request: Request, takes: GenerationQuerySet) -> str:
    value = request.POST.get("value", "")
    if value not in map(str, range(RATING_MOST + 1)):
        raise BadName(f"A rating is 0 to {RATING_MOST}.")
    return f"{takes_words(rate(takes, int(value)))} rated {value}."


def _tag(request: Request, takes: GenerationQuerySet) -> str:
    names = some_tags(request)
    return f"{takes_words(tag(takes, request.user.pk, names))} tagged {', '.join(names)}."


def _untag(request: Request, takes: GenerationQuerySet) -> str:
    names = some_tags(request)
    return f"{takes_words(untag(takes, request.user.pk, names))} no longer tagged {', '.join(names)}."


def some_tags(request: Request) -> list[str]:
    names = tag_names(_typed(request, "value"))
    if not names:
        raise BadName("Write a tag, or several with commas.")
    return names


def _typed(request: Request, name: str) -> str:
    """Raises BadName where the API key stood there."""
    text, leak = keyless(request.POST, name)
    if leak:
        raise BadName(leak)
    return text


def _collect(request: Request, takes: GenerationQuerySet) -> str:
    collection = collection_of(request)
    return f"{takes_words(collect(takes, collection))} put into “{collection}”."


def _uncollect(request: Request, takes: GenerationQuerySet) -> str:
    collection = collection_of(request)
    return f"{takes_words(uncollect(takes, collection))} taken out of “{collection}”."


def collection_of(request: Request) -> Collection:
    """The owner's collection that `value` names by its id, or a new one by the name in `new`. Raises BadName."""
    new, value = _typed(request, "new"), request.POST.get("value", "")
    if new.strip():
        return named(Collection, request.user.pk, [clean_name(new)])[0]
    mine = Collection.objects.filter(owner=request.user)
    collection = mine.filter(pk=parse_id(value) or 0).first()
    if collection is None:
        raise BadName("Choose a collection, or give a new one a name.")
    return collection


ACTIONS: dict[str, Callable[[Request, GenerationQuerySet], str]] = {
    "favorite": _favorite,
    "unfavorite": _unfavorite,
    "rate": _rate,
    "tag": _tag,
    "untag": _untag,
    "collect": _collect,
    "uncollect": _uncollect,
}


def on_page(request: Request, ids: list[int] | None) -> list[int] | None:
    """Those of them that the page shows, where it says which it does (`shown`); None where nobody knows."""
    if "shown" not in request.POST:
        return ids
    shown = ids_in([request.POST["shown"]])
    return sorted(shown if ids is None else shown.intersection(ids))


def changed_on_page(request: Request, chosen: Selection) -> list[Generation] | None:
    """The cards to draw anew; None where the page has to be loaded again."""
    ids = on_page(request, chosen.ids)
    if ids is None or len(ids) > CARDS_MOST:
        return None
    return list(Generation.objects.owned_by(request.user).filter(pk__in=ids, deleted_at=None))


def said(
    request: Request, words: str, changed: list[Generation] | None = None, *, everything: bool = False
) -> HttpResponseBase:
    """What was done, or why not; and the cards that it changed."""
    if not request.htmx:
        return see_other(way_back(request))
    if everything and changed is None:
        return HttpResponseClientRefresh()
    context = page_update(request, [], changed) if changed else {}
    response = render(request, "library/_refused.html", {**context, "words": words, "cards": bool(changed)})
    if everything:
        response["HX-Trigger"] = "generations-changed"
    return response


def delete(request: Request, chosen: Selection) -> HttpResponseBase:
    size = chosen.takes.order_by().aggregate(bytes=Sum("kept__bytes", default=0))["bytes"]
    count, moment = throw_away(chosen.takes)
    if not request.htmx:
        return see_other(way_back(request))
    ids = on_page(request, chosen.ids)
    if ids is None or len(ids) > GONE_MOST:
        return HttpResponseClientRefresh()
    gone = Generation.objects.owned_by(request.user).filter(pk__in=ids, deleted_at__isnull=False)
    context = {**page_update(request, []), "gone": list(gone.values_list("pk", flat=True)), "bytes": size}
    return thrown(request, count, moment, context)


def restored(request: Request, chosen: Selection) -> HttpResponseBase:
    restore(chosen.takes)
    return back(request, chosen.ids or []) if request.htmx and chosen.ids else undone(request)


def undone(request: Request) -> HttpResponseBase:
    return HttpResponseClientRefresh() if request.htmx else see_other(way_back(request))


@require_http_methods(["GET", "POST"])
def export(request: Request, format: str) -> HttpResponseBase:
    """A list of takes as CSV or JSON. A GET is for scripts: it starts work, so no other site may lead here."""
    if format not in (Archive.Kind.CSV, Archive.Kind.JSON):
        raise Http404
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return HttpResponseForbidden()
    return pack(request, asked_for(request), format)


def pack(request: Request, chosen: Selection, kind: str) -> HttpResponseBase:
    """A worker builds the file; here it only joins the queue."""
    ids = list(chosen.takes.order_by("-pk").values_list("pk", flat=True)[: MOST_TAKES[kind] + 1])
    if not ids:
        return said(request, "Pick some takes first.")
    try:
        return show_archive(request, Archive.ask(request.user, ids, kind))
    except TooMany as error:
        return said(request, str(error))

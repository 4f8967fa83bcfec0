"""Collections: what is in each, and making, renaming and deleting them. Takes stay, whatever becomes of these."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from studio.api_key import keyless
from studio.gallery.page import frame, group_by_day
from studio.generations.charges import sums_of_takes, totals_in
from studio.generations.models import Generation
from studio.http import Request, see_other, way_back
from studio.ids import parse_id

from ..models import BadName, Collection, Membership, clean_name
from ..review import uncollect

POSTERS = 3  # of each collection, in the list


def with_sums(owner: Any) -> QuerySet[Collection]:
    """With how many takes are in each and what they cost; one query. What was deleted is out."""
    there = Q(generations__deleted_at=None)
    return Collection.objects.filter(owner=owner).annotate(
        takes=Count("generations", filter=there), **sums_of_takes("generations__", there)
    )


def with_posters(owner: Any) -> list[Collection]:
    """The collections, each with its newest kept takes as `posters`; two queries."""
    there = {"collection__owner": owner, "generation__keeping": "kept", "generation__deleted_at": None}
    number = Window(RowNumber(), partition_by="collection_id", order_by="-generation_id")
    newest = Membership.objects.filter(**there).annotate(number=number)
    newest = newest.filter(number__lte=POSTERS)
    posters: dict[int, list[int]] = defaultdict(list)
    for collection, take in newest.order_by("-generation_id").values_list("collection_id", "generation_id"):
        posters[collection].append(take)
    rows = list(with_sums(owner))
    for row in rows:
        row.posters = posters[row.pk]  # type: ignore[attr-defined]  # for the template
        row.cost = totals_in(vars(row)).cost()  # type: ignore[attr-defined]  # for the template
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
def collections(request: Request) -> HttpResponseBase:
    """The list; a POST says `action=make|rename|delete`, with `id` and `name` as it needs them."""
    if request.method != "POST":
        return show(request)
    name, leak = keyless(request.POST, "name")
    if leak:
        return show(request, leak)
    try:
        change(request, request.POST.get("action", ""), name)
    except BadName as error:
        return show(request, str(error))
    return show(request) if request.htmx else see_other(way_back(request, reverse("collections")))


def show(request: Request, problem: str = "") -> HttpResponse:
    typed = keyless(request.POST, "name")[0] if problem else ""
    context = {"collections": with_posters(request.user), "problem": problem, "typed": typed}
    if request.htmx:
        return render(request, "library/_collections.html", context)
    today = group_by_day(request.user, [])[1]
    return render(request, "library/collections.html", {**frame(request), **context, "today": today})


def change(request: Request, action: str, name: str) -> None:
    """Raises BadName with words, and Http404 where there is no such collection of the owner."""
    if action == "make":
        _store(Collection(owner=request.user, name=clean_name(name)))
        return
    pk = parse_id(request.POST.get("id", ""))
    if action not in ("rename", "delete") or pk is None:
        raise Http404
    if action == "delete":
        delete(request.user, pk)
        return
    collection = get_object_or_404(Collection, owner=request.user, pk=pk)
    collection.name = clean_name(name)
    _store(collection)


def delete(owner: Any, pk: int) -> None:
    """Its takes stay. They leave it first, as they always do: takes locked before what they are in. Then it is locked:
    a take that is just being put into it must not stand in the way.
    """
    collection = get_object_or_404(Collection, owner=owner, pk=pk)
    uncollect(Generation.objects.filter(collections=collection), collection)
    with transaction.atomic():
        Collection.objects.select_for_update().filter(pk=pk).delete()


def _store(collection: Collection) -> None:
    try:
        with transaction.atomic():
            collection.save()
    except IntegrityError:
        raise BadName(f"There is a collection “{collection.name}” already.") from None

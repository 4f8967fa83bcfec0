"""What the detail page and the lightbox show for reviewing a take, and for asking for it again."""

from __future__ import annotations

from typing import Any

from studio.generations.lineage import came_from, children_of
from studio.generations.models import Generation
from studio.generations.rerun import reuse_prices
from studio.generations.submission import new_key
from studio.http import Request

from .models import Collection


def review(request: Request, take: Generation) -> dict[str, Any]:
    """Tags, collections, where the take came from, and what it costs to ask for it again."""
    return {
        "tags_text": ", ".join(each.name for each in take.tags.all()),
        "collections": collections_of(request, take),
        "came_from": came_from(take),
        "children": children_of(take),
        "prices": reuse_prices(take),
        "again_key": new_key(),
    }


def collections_of(request: Request, take: Generation) -> list[tuple[Collection, bool]]:
    """Every collection of the owner, and whether this take is in it."""
    chosen = set(take.collections.values_list("pk", flat=True))
    return [(each, each.pk in chosen) for each in Collection.objects.filter(owner=request.user)]


def one(take: Generation) -> Any:
    return Generation.objects.filter(pk=take.pk)

"""What a person thinks of takes: favourite, rating, note, tags, collections; of one take or of ten thousand.

Setters are idempotent: each is given a value and toggles nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from studio.generations.batches import in_batches, update
from studio.generations.models import Generation
from studio.generations.queryset import GenerationQuerySet

from .models import BadName, Collection, Tag, clean_name, key_of, lock_owner, named, sweep_tags

NOTE_LENGTH = 5_000
RATING_MOST = 5
NAMES_MOST = 50  # tags, or collections, of one take


def favor(takes: GenerationQuerySet, favorite: bool) -> int:
    return in_batches(takes, partial(update, only=~Q(favorite=favorite), favorite=favorite))


def rate(takes: GenerationQuerySet, rating: int) -> int:
    return in_batches(takes, partial(update, only=~Q(rating=rating), rating=rating))


def write_note(takes: GenerationQuerySet, note: str) -> int:
    return in_batches(takes, partial(update, only=~Q(note=note), note=note))


def tag(takes: GenerationQuerySet, owner: int, names: list[str]) -> int:
    """Put these tags on takes beside those that they bear. Raises BadName where that would be too many."""
    _need_room("tags", takes, len(names), tag__key__in=[key_of(name) for name in names])

    def change(ids: list[int]) -> None:
        lock_owner(owner)
        _put("tags", ids, [each.pk for each in named(Tag, owner, names)])

    return in_batches(takes, change)


def untag(takes: GenerationQuerySet, owner: int, names: list[str]) -> int:
    keys = [key_of(name) for name in names]

    def change(ids: list[int]) -> None:
        lock_owner(owner)
        _take_off("tags", ids, Tag.objects.filter(owner=owner, key__in=keys).values_list("pk", flat=True))
        sweep_tags(owner)

    return in_batches(takes, change)


def set_tags(take: Generation, names: list[str]) -> None:
    """These tags and no others."""
    with transaction.atomic():
        _lock(take)
        lock_owner(take.owner_id)
        _set("tags", take, [each.pk for each in named(Tag, take.owner_id, names)])
        sweep_tags(take.owner_id)


def collect(takes: GenerationQuerySet, collection: Collection) -> int:
    """Raises BadName where a take would be in too many."""
    _need_room("collections", takes, 1, collection=collection)

    def change(ids: list[int]) -> None:
        _put("collections", ids, _locked_ids(Collection.objects.filter(pk=collection.pk)))

    return in_batches(takes, change)


def uncollect(takes: GenerationQuerySet, collection: Collection) -> int:
    return in_batches(takes, lambda ids: _take_off("collections", ids, [collection.pk]))


def set_collections(take: Generation, ids: Iterable[int], new: str = "") -> None:
    """These collections of the owner and no others, and a new one beside them where it has a name. Raises BadName."""
    with transaction.atomic():
        _lock(take)
        mine = _locked_ids(Collection.objects.filter(owner=take.owner_id, pk__in=ids))
        made = [each.pk for each in named(Collection, take.owner_id, [clean_name(new)])] if new.strip() else []
        if len({*mine, *made}) > NAMES_MOST:
            raise BadName(f"A take can be in {NAMES_MOST} collections at most.")
        _set("collections", take, [*mine, *made])


def _lock(take: Generation) -> None:
    """Takes are locked before anything else, here as in `in_batches`, so that no two changes wait for each other."""
    Generation.objects.select_for_update(no_key=True).values_list("pk").get(pk=take.pk)


def _locked_ids(collections: QuerySet[Collection]) -> list[int]:
    """The ids, locked until the end of the transaction so that nobody deletes one meanwhile."""
    return list(collections.order_by("pk").select_for_update().values_list("pk", flat=True))


def _links(field: str) -> tuple[Any, str]:
    """The manager of the many-to-many table, and its column beside `generation_id`."""
    relation: Any = Generation._meta.get_field(field)
    return through_of(field)._default_manager, f"{relation.m2m_reverse_field_name()}_id"


def through_of(field: str) -> Any:
    """The model of a many-to-many table of generations."""
    relation: Any = Generation._meta.get_field(field)
    return relation.remote_field.through


def _need_room(field: str, takes: GenerationQuerySet, new: int, **same: Any) -> None:
    """Raises BadName, before anything is changed, where one of the takes would get more than NAMES_MOST."""
    others = _links(field)[0].filter(generation_id__in=takes.order_by().values("pk")).exclude(**same)
    borne = others.order_by().values("generation_id").annotate(borne=Count("pk"))
    if new > NAMES_MOST or borne.filter(borne__gt=NAMES_MOST - new).exists():
        words = f"A take has {NAMES_MOST} tags" if field == "tags" else f"A take can be in {NAMES_MOST} collections"
        raise BadName(f"{words} at most; some of these would have more. No take was changed.")


def _put(field: str, ids: Iterable[int], others: list[int]) -> None:
    links, column = _links(field)
    pairs = {f"{column}__in": others, "generation_id__in": list(ids)}
    had = set(links.filter(**pairs).values_list("generation_id", column))
    new = [(pk, other) for pk in pairs["generation_id__in"] for other in others if (pk, other) not in had]
    links.bulk_create((links.model(generation_id=pk, **{column: other}) for pk, other in new), ignore_conflicts=True)
    _raise_revisions({pk for pk, _ in new})


def _take_off(field: str, ids: Iterable[int], others: Iterable[int]) -> None:
    links, column = _links(field)
    borne = links.filter(**{f"{column}__in": list(others), "generation_id__in": list(ids)})
    changed = set(borne.values_list("generation_id", flat=True))
    borne.delete()
    _raise_revisions(changed)


def _set(field: str, take: Generation, others: list[int]) -> None:
    links, column = _links(field)
    had = set(links.filter(generation_id=take.pk).values_list(column, flat=True))
    _put(field, [take.pk], others)
    _take_off(field, [take.pk], had - set(others))


def _raise_revisions(ids: set[int]) -> None:
    if ids:
        Generation.objects.filter(pk__in=ids).update(revision=F("revision") + 1)

"""Bulk changes in small transactions, so that neither the worker nor another request waits for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from .models import Generation
from .queryset import GenerationQuerySet

BATCH = 500
READ_AT_ONCE = 10_000  # ids


def ids_in_batches(takes: GenerationQuerySet) -> Iterator[list[int]]:
    """Their ids, from the oldest. By the id, not by position: a change may take a row out of what was asked for."""
    last = 0
    while True:
        ids = list(takes.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:READ_AT_ONCE])
        yield from (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
        if len(ids) < READ_AT_ONCE:
            return
        last = ids[-1]


def in_batches(takes: GenerationQuerySet, change: Callable[[list[int]], Any]) -> int:
    """Change takes 500 at a time, each time in a transaction. All who do so lock rows in the order of their ids, so
    that no two can wait for each other. How many takes there were.
    """
    count = 0
    for ids in ids_in_batches(takes):
        with transaction.atomic():
            locked = Generation.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
            change(list(locked.values_list("pk", flat=True)))
        count += len(ids)
    return count


def update(ids: list[int], only: Q, **columns: Any) -> int:
    """Set columns where that alters something (`only`), and raise the cards' revisions. No other column is touched:
    what the worker writes meanwhile stays.
    """
    return Generation.objects.filter(only, pk__in=ids).update(revision=F("revision") + 1, **columns)

"""The takes that a person has picked, or all that match a filter, and their sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from studio.generations.charges import sums_of_takes, totals_in
from studio.generations.models import Generation
from studio.generations.queryset import GenerationQuerySet
from studio.http import Request
from studio.ids import parse_id

from .filters import FIRST_YEAR, LAST_YEAR, filters_in

IDS_MOST = 10_000


@dataclass(frozen=True)
class Selection:
    """`takes` are the owner's alone: ids of others are passed over in silence. `ids` is None for all that match."""

    takes: GenerationQuerySet
    ids: list[int] | None = None
    problem: str = ""


def selection_of(request: Request, data: QueryDict, *, trashed: bool = False) -> Selection:
    """`ids=1,2,3` (or several `ids`); or `all=1` with the gallery's query string in `filter`."""
    mine = Generation.objects.owned_by(request.user).existing()
    mine = mine.filter(deleted_at__isnull=not trashed)
    if trashed and data.get("deleted"):
        return Selection(mine.filter(deleted_at(str(data["deleted"]))))
    if data.get("all") == "1":
        return Selection(mine if trashed else filters_in(request, str(data.get("filter", ""))).apply(mine))
    ids = sorted(ids_in(data.getlist("ids")))
    if len(ids) > IDS_MOST:
        return Selection(mine.none(), [], f"At most {IDS_MOST:,} takes can be picked; choose all that match instead.")
    return Selection(mine.filter(pk__in=ids), ids, "" if ids else "Pick some takes first.")


def more_than_told(chosen: Selection, told: str | None) -> str:
    """Why nothing is done to all that match: more do by now than the page told of, where it says how many it did."""
    if told is None or chosen.ids is not None:
        return ""
    now = chosen.takes.order_by().count()
    count = parse_id(told)
    if count is not None and now <= count:
        return ""
    return f"{takes_words(now)} match by now, so nothing was done. Have a look, then do it again."


def ids_in(texts: Iterable[str]) -> set[int]:
    """`1,2,3`; what is no id is passed over."""
    found = {parse_id(text.strip()) for text in ",".join(texts).split(",")}
    return {pk for pk in found if pk is not None}


def deleted_at(text: str) -> Q:
    """The takes that went at one moment, as the way to undo it names it."""
    moment = moment_in(text)
    return Q(deleted_at=moment) if moment else Q(pk__in=[])


def moment_in(text: str) -> datetime | None:
    """A moment as an address names it; None for what is none, or so far away that not every zone has it."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is None or timezone.is_naive(moment) or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment


def takes_words(count: int) -> str:
    return f"{count:,} take{'' if count == 1 else 's'}"


def asked_for(request: Request) -> Selection:
    return selection_of(request, request.POST if request.method == "POST" else request.GET)


def summed(takes: GenerationQuerySet) -> dict[str, Any]:
    sums = takes.order_by().aggregate(takes=Count("pk"), bytes=Sum("kept__bytes", default=0), **sums_of_takes())
    size = filesizeformat(sums["bytes"]).replace("\xa0", " ")
    return {**sums, "words": " · ".join([takes_words(sums["takes"]), totals_in(sums).cost(), size])}

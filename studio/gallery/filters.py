"""What an address of the gallery asks for. Whatever is wrong in it is as if it were not there: an address may be old,
typed by hand, or cut off by somebody's mail, and is never answered with an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from studio.catalog.modes import MODES, RESOLUTIONS
from studio.catalog.text import without_traps
from studio.generations.charges import day_start
from studio.generations.models import Generation
from studio.generations.queryset import GenerationQuerySet
from studio.http import Request
from studio.library.models import NAME_LENGTH, Collection, Tag, key_of
from studio.origins import asking_page, split

from .finding import ORDERS, Criteria, Cursor
from .search import LONGEST, terms

RUNNING = ("queued", "submitting", "running")
STATES: dict[str, tuple[str, ...]] = {status: (status,) for status in Generation.Status.values}
STATES |= {"running": RUNNING, "done": ("succeeded",)}
KEPT = {"kept": "kept", "link": "off", "pending": "pending", "failed": "failed"}
FIRST_YEAR, LAST_YEAR = 1971, 9998  # whose days have a beginning and an end in every zone


def _one_of(choices: Any) -> Callable[[str], str]:
    return lambda text: text if text in choices else ""


def _like(pattern: str) -> Callable[[str], str]:
    return lambda text: text if re.fullmatch(pattern, text, re.ASCII) else ""


def _words(text: str) -> str:
    text = text.replace("\0", " ").lstrip()[:LONGEST]
    return text if terms(text) else ""


def _tag(text: str) -> str:
    name = " ".join(text.split())
    return name if len(name) <= NAME_LENGTH and without_traps(name) == name else ""


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        day = None
    return text if day and FIRST_YEAR <= day.year <= LAST_YEAR else ""


def _seconds(text: str) -> str:
    seconds = _like(r"\d{1,2}(\.\d0*)?")(text)
    return f"{Decimal(seconds).normalize():f}" if seconds else ""


# By the name in the address: the value as it is written there, or nothing where it is wrong or says nothing.
READERS: dict[str, Callable[[str], str]] = {
    "q": _words,
    "type": _one_of(MODES),
    "status": _one_of(STATES),
    "resolution": _one_of(RESOLUTIONS),
    "aspect_ratio": _like(r"[1-9]\d{0,3}:[1-9]\d{0,3}"),  # a kept video may have any
    "seconds": _seconds,
    "favorite": lambda text: "1" if text in ("1", "on", "true", "yes") else "",
    "rating": _one_of(("1", "2", "3", "4", "5")),
    "tag": _tag,
    "collection": _like(r"\d{1,18}"),
    "kept": _one_of(KEPT),
    "since": _day,
    "until": _day,
    "sort": _one_of(set(ORDERS) - {"newest"}),
}


@dataclass(frozen=True)
class Filters:
    """`values` are the filters in use by their names in the address, in a fixed order, each as it is written there."""

    owner: int
    values: Mapping[str, str]

    @classmethod
    def read(cls, owner: int, query: Mapping[str, str], **renamed: str) -> Filters:
        """`renamed`: filters that have another name in this address."""
        found = {name: reader(query.get(renamed.get(name, name), "")) for name, reader in READERS.items()}
        return cls(owner, {name: value for name, value in found.items() if value})

    @property
    def query(self) -> str:
        """The same as a query string: equal for equal filters."""
        return urlencode(self.values)

    @property
    def is_filtered(self) -> bool:
        return any(name != "sort" for name in self.values)

    @property
    def has_days(self) -> bool:
        """Whether takes come in the order of time, and so under their days."""
        return self.criteria.sort in ("newest", "oldest")

    def apply(self, takes: GenerationQuerySet) -> GenerationQuerySet:
        """All takes that fit, in no order."""
        return self.criteria.apply(takes)

    def page(self, takes: GenerationQuerySet, before: str, count: int) -> list[Generation]:
        """The first few that fit, or those after the page that ended with `before`, for their cards."""
        return self.criteria.page(takes, Cursor.parse(before, self.criteria.order), count)

    def starts(self, before: str) -> bool:
        """Whether that is the first page."""
        return Cursor.parse(before, self.criteria.order) is None

    def cursor(self, take: Generation) -> str:
        """What the page after the one that ends with this take is asked for with."""
        order = self.criteria.order
        return Cursor.at(take, order).text(order)

    @cached_property
    def criteria(self) -> Criteria:
        get = self.values.get
        since, until = get("since"), get("until")
        return Criteria(
            self._exact(),
            least_rating=int(get("rating", 0)),
            text=get("q", ""),
            tag=self._tag() if "tag" in self.values else None,
            collection=int(get("collection", "")) if "collection" in self.values else None,
            since=day_start(date.fromisoformat(since)) if since else None,
            until=day_start(date.fromisoformat(until) + timedelta(days=1)) if until else None,
            sort=get("sort", "newest"),
        )

    def _tag(self) -> Any:
        """The id of the tag of that name, found within the statement that it is for."""
        return Tag.objects.filter(owner=self.owner, key=key_of(self.values["tag"])).values("pk")[:1]

    @cached_property
    def shelf(self) -> dict[str, str]:
        """The name of the collection that is asked for, by its id as the address has it, if there is one."""
        if "collection" not in self.values:
            return {}
        mine = Collection.objects.filter(owner=self.owner, pk=int(self.values["collection"]))
        return {str(pk): name for pk, name in mine.values_list("pk", "name")}

    def _exact(self) -> dict[str, tuple[Any, ...]]:
        get = self.values.get
        found: dict[str, tuple[Any, ...]] = {
            name: (self.values[name],) for name in ("type", "resolution", "aspect_ratio") if name in self.values
        }
        if "seconds" in self.values:
            found["seconds"] = (Decimal(self.values["seconds"]),)
        if "favorite" in self.values:
            found["favorite"] = (True,)
        if "kept" in self.values:
            found["keeping"] = (KEPT[self.values["kept"]],)
        states = STATES.get(get("status", ""))
        if get("kept") == "link":  # of finished takes: others have no video at all
            states = tuple(state for state in states or ("succeeded",) if state == "succeeded")
        return found if states is None else {**found, "status": states}


def filters_of(request: Request) -> Filters:
    """Of the address that is asked for."""
    return _read(request, request.path, request.GET)


def filters_of_page(request: Request) -> tuple[Filters, bool]:
    """Of the page that asks, which htmx names, unless the request has some itself; and whether it begins with the
    newest or the first of its takes.
    """
    if any(name in request.GET for name in READERS):
        return filters_of(request), "before" not in request.GET
    address = asking_page(request)
    if not address.query:  # most polls
        return Filters(request.user.pk, {}), True
    query = QueryDict(address.query)
    return _read(request, address.path, query), "before" not in query


def filters_in(request: Request, query: str) -> Filters:
    """Of the query string that the asking page says it has."""
    page = asking_page(request).path or split(request.headers.get("Referer", "")).path
    return _read(request, page, QueryDict(query.lstrip("?")))


def _read(request: Request, path: str, query: Mapping[str, str]) -> Filters:
    """On the studio's page `type` picks the composer's mode, and `kind` the gallery's."""
    renamed = {"type": "kind"} if path == reverse("studio") else {}
    return Filters.read(request.user.pk, query, **renamed)

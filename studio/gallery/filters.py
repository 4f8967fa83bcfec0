"""What an address of the gallery asks for: the filters and the order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.urls import reverse

from studio.catalog.modes import MODELS, choices_of, every_mode
from studio.catalog.text import without_traps
from studio.generations.charges import day_start
from studio.generations.models import Generation
from studio.generations.queryset import GenerationQuerySet
from studio.http import Request
from studio.library.models import NAME_LENGTH, Collection, Tag, key_of
from studio.origins import asking_page, split

from .finding import Criteria, Cursor
from .search import LONGEST, terms

RUNNING = ("queued", "submitting", "running")
STATES: dict[str, tuple[str, ...]] = {status: (status,) for status in Generation.Status.values}
STATES |= {"running": RUNNING, "done": ("succeeded",)}
KEPT = {"kept": "kept", "link": "off", "pending": "pending", "failed": "failed"}
FIRST_YEAR, LAST_YEAR = 1971, 9998  # whose days have a beginning and an end in every zone

KEPT_WORDS = {"kept": "Saved", "link": "Link only", "pending": "Saving", "failed": "Not saved"}
RATING_WORDS = {"5": "★★★★★", "4": "★★★★ and up", "3": "★★★ and up", "2": "★★ and up", "1": "Any stars"}
SORTS = {"oldest": "Oldest", "credits": "Most credits", "rating": "Best rated"}  # beside the newest first
YES = ("1", "on", "true", "yes")


class ChoiceField(forms.ChoiceField):
    """One of some choices, which may be read anew each time: the catalog is data."""

    def __init__(self, choices: Any, label: str = "") -> None:
        super().__init__(required=False, choices=choices, label=label)


class SearchField(forms.CharField):
    def to_python(self, value: Any) -> str:
        text = str(value or "").replace("\0", " ").lstrip()[:LONGEST]
        return text if terms(text) else ""


class TagField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return " ".join(str(value or "").split())

    def validate(self, value: str) -> None:
        if without_traps(value) != value:
            raise ValidationError("no name of a tag")


class SecondsField(forms.DecimalField):
    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and (not 0 < value < 100 or value != round(value, 1)):
            raise ValidationError("no length of a video")


class DayField(forms.DateField):
    def __init__(self, label: str) -> None:
        first, last = MinValueValidator(date(FIRST_YEAR, 1, 1)), MaxValueValidator(date(LAST_YEAR, 12, 31))
        super().__init__(required=False, label=label, input_formats=["%Y-%m-%d"], validators=[first, last])


class GalleryFilterForm(forms.Form):
    """The filters by their names in the address. A field that is not valid is as if it were not there: an address may
    be old, typed by hand or cut off by somebody's mail, and is never answered with an error.
    """

    q = SearchField(required=False)
    model = ChoiceField(lambda: {model.name: model.title for model in MODELS.values()}.items(), "Model")
    type = ChoiceField(lambda: {mode.name: mode.title for mode in every_mode()}.items(), "Mode")
    status = ChoiceField([(name, name) for name in STATES])
    resolution = ChoiceField(lambda: choices_of("resolution").items(), "Resolution")
    aspect_ratio = forms.RegexField(
        re.compile(r"\A[1-9]\d{0,3}:[1-9]\d{0,3}\Z", re.ASCII), required=False, label="Shape"
    )  # a kept video may have any
    seconds = SecondsField(required=False)
    favorite = ChoiceField([(word, word) for word in YES])
    rating = ChoiceField(RATING_WORDS.items(), "Rating")
    tag = TagField(required=False, max_length=NAME_LENGTH)
    collection = forms.RegexField(re.compile(r"\A\d{1,18}\Z", re.ASCII), required=False)
    kept = ChoiceField(KEPT_WORDS.items(), "Video")
    since = DayField("From")
    until = DayField("Until")
    sort = ChoiceField(SORTS.items())

    @property
    def used(self) -> dict[str, Any]:
        """The valid fields that say something."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


@dataclass(frozen=True)
class Filters:
    """`used` are the filters in use by their names in the address, in a fixed order."""

    owner: int
    used: Mapping[str, Any]

    @classmethod
    def read(cls, owner: int, query: Mapping[str, str]) -> Filters:
        known = {name: query[name] for name in GalleryFilterForm.base_fields if query.get(name)}
        used = GalleryFilterForm(known).used if known else {}
        return cls(owner, used | {"favorite": "1"} if "favorite" in used else used)

    @cached_property
    def values(self) -> dict[str, str]:
        """The filters in use as an address has them, each in one way of writing it."""
        return {name: _written(value) for name, value in self.used.items()}

    @property
    def query(self) -> str:
        """The same as a query string: equal for equal filters."""
        return urlencode(self.values)

    @property
    def is_filtered(self) -> bool:
        return any(name != "sort" for name in self.used)

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
        get = self.used.get
        since, until = get("since"), get("until")
        return Criteria(
            self._exact(),
            least_rating=int(get("rating", 0)),
            text=get("q", ""),
            tag=self._tag() if "tag" in self.used else None,
            collection=int(get("collection", "")) if "collection" in self.used else None,
            since=day_start(since) if since else None,
            until=day_start(until + timedelta(days=1)) if until else None,
            sort=get("sort", "newest"),
        )

    def _tag(self) -> Any:
        """The id of the tag of that name, found within the statement that it is for."""
        return Tag.objects.filter(owner=self.owner, key=key_of(self.used["tag"])).values("pk")[:1]

    @cached_property
    def chosen_collection(self) -> dict[str, str]:
        """The name of the collection that is asked for, by its id as the address has it, if there is one."""
        if "collection" not in self.used:
            return {}
        mine = Collection.objects.filter(owner=self.owner, pk=int(self.used["collection"]))
        return {str(pk): name for pk, name in mine.values_list("pk", "name")}

    def _exact(self) -> dict[str, tuple[Any, ...]]:
        get = self.used.get
        plain = ("model", "type", "resolution", "aspect_ratio", "seconds")
        found: dict[str, tuple[Any, ...]] = {name: (self.used[name],) for name in plain if name in self.used}
        if "favorite" in self.used:
            found["favorite"] = (True,)
        if "kept" in self.used:
            found["keeping"] = (KEPT[self.used["kept"]],)
        states = STATES.get(get("status", ""))
        if get("kept") == "link":  # of finished takes: others have no video at all
            states = tuple(state for state in states or ("succeeded",) if state == "succeeded")
        return found if states is None else {**found, "status": states}


def _written(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def filters_of(request: Request) -> Filters:
    """Of the address that is asked for."""
    return _read(request, request.path, request.GET)


def filters_of_page(request: Request) -> tuple[Filters, bool]:
    """Of the page that asks, which htmx names, unless the request has some itself; and whether it begins with the
    newest or the first of its takes.
    """
    if any(name in request.GET for name in GalleryFilterForm.base_fields):
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


def _read(request: Request, path: str, query: QueryDict) -> Filters:
    """An older address of the studio has no `mode`: there `type` was the composer's, and the gallery's was `kind`."""
    is_old = path == reverse("studio") and "mode" not in query
    if is_old:
        query = query.copy()
        query["type"] = query.get("kind", "")
    return Filters.read(request.user.pk, query)

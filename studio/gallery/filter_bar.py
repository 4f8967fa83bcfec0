"""What stands above the grid: tabs with counts, the filters, and a chip for each one that is in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Value
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_GET

from studio.catalog.modes import MODELS, choices_of
from studio.generations.models import Generation
from studio.http import Request
from studio.library.models import Collection, Tag

from .filters import SORTS, Filters, GalleryFilterForm, filters_of

TABS = {"": "All", "running": "Running", "done": "Done", "failed": "Failed", "unconfirmed": "Unconfirmed"}
LISTS = ("model", "type", "resolution", "aspect_ratio", "rating", "kept")  # the filters with a list to choose from
MOST_NAMES = 500  # tags and collections in the panel's lists


@dataclass(frozen=True)
class Bar:
    """`values` are the filters in use, by their names in the address."""

    values: Mapping[str, str]
    counts: Mapping[str, int] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    collections: dict[str, str] = field(default_factory=dict)
    sorts = {"": "Newest", **SORTS}

    @property
    def choices(self) -> dict[str, tuple[str, dict[str, str]]]:
        """The lists to choose from: their labels, and their values with their words."""
        fields: dict[str, Any] = GalleryFilterForm.base_fields
        values = {name: choices_of(name) if name == "aspect_ratio" else dict(fields[name].choices) for name in LISTS}
        return {name: (fields[name].label, each) for name, each in values.items() if name != "model" or len(MODELS) > 1}

    @property
    def tabs(self) -> list[tuple[str, str, str, int | None, bool]]:
        """Name, words, address, count, and whether it is the one that is open."""
        now = self.values.get("status", "")
        return [
            (name or "all", words, self.address(status=name), self.counts.get(name or "all"), name == now)
            for name, words in TABS.items()
        ]

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Name, words and the address without it, for each filter that no tab and no menu shows."""
        hidden = {"sort", "status"} if self.values.get("status", "") in TABS else {"sort"}
        return [
            (name, self.words(name, value), self.address(**{name: ""}))
            for name, value in self.values.items()
            if name not in hidden
        ]

    @property
    def used(self) -> int:
        """How many filters of the panel are in use."""
        return sum(name not in ("q", "status", "sort") for name in self.values)

    @property
    def is_plain(self) -> bool:
        """Newest first with nothing left out: where new takes come in by themselves."""
        return not self.values

    @property
    def clear(self) -> str:
        """The address with nothing left out; the order stays."""
        sort = self.values.get("sort", "")
        return reverse("generations") + (f"?sort={sort}" if sort else "")

    def address(self, **changes: str) -> str:
        merged = {name: value for name, value in {**self.values, **changes}.items() if value}
        return reverse("generations") + (f"?{urlencode(merged)}" if merged else "")

    def words(self, name: str, value: str) -> str:
        if name in self.choices:
            return self.choices[name][1].get(value, value)
        match name:
            case "q":
                return f"“{value}”"
            case "status":
                return str(dict(Generation.Status.choices).get(value, value))
            case "seconds":
                return f"{value} s"
            case "favorite":
                return "Favourites"
            case "tag":
                return f"#{value}"
            case "collection":
                return self.collections.get(value, f"Collection {value}")
            case _:
                return f"{'From' if name == 'since' else 'Until'} {day_words(value)}"


def day_words(text: str) -> str:
    try:
        return date_format(date.fromisoformat(text), "j M Y")
    except ValueError:
        return text


def bar_of(
    request: Request,
    counts: Mapping[str, int] | None = None,
    *,
    filters: Filters | None = None,
    with_names: bool = False,
) -> Bar:
    """The bar for an address. The owner's tags and collections are asked for only where their names are shown."""
    filters = filters or filters_of(request)
    tags, collections = names_of(request.user) if with_names else ([], filters.chosen_collection)
    return Bar(filters.values, counts or {}, tags, collections)


def names_of(owner: Any) -> tuple[list[str], dict[str, str]]:
    """The owner's tags, and the collections by their ids as an address has them; one query."""
    tags = Tag.objects.filter(owner=owner).order_by().values_list(Value(0), "name")
    names = list(tags.union(Collection.objects.filter(owner=owner).order_by().values_list("pk", "name")))
    names.sort(key=lambda pair: pair[1].casefold())
    return [name for pk, name in names if not pk][:MOST_NAMES], {str(pk): name for pk, name in names if pk}


@require_GET
def names(request: Request) -> HttpResponse:
    """The fields for tags and collections, when the panel is opened."""
    return render(request, "gallery/_tag_filters.html", {"bar": bar_of(request, with_names=True)})

"""All that a take can be filtered by, in one number. It stands at the end of each index for finding, so that what does
not fit is passed by within the index: to look at each row itself takes SQLite twenty times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import add
from typing import Any

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.lookups import In

# What has a number of its own; everything else is 0, and told by its column. Another list here is another column there:
# it needs a migration that makes the column anew.
NUMBERED: dict[str, tuple[Any, ...]] = {
    "type": ("text-to-video", "image-to-video", "lipsync", "control"),
    "status": ("queued", "submitting", "running", "succeeded", "failed", "unconfirmed", "closed", "canceled"),
    "keeping": ("off", "pending", "kept", "failed"),
    "resolution": ("480p", "720p", "1080p"),
    "aspect_ratio": ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9"),
    "seconds": tuple(range(5, 21)),
    "rating": (1, 2, 3, 4, 5),
    "favorite": (True,),
    "deleted_at__isnull": (False,),  # has to be the last one
}


@dataclass(frozen=True)
class Facet:
    """The bits of one column."""

    lookup: str
    values: tuple[Any, ...]
    shift: int

    @property
    def mask(self) -> int:
        return ((1 << len(self.values).bit_length()) - 1) << self.shift

    def of(self, value: Any) -> int:
        return (self.values.index(value) + 1) << self.shift

    @property
    def expression(self) -> Case:
        whens = (When(Q((self.lookup, value)), then=Value(self.of(value))) for value in self.values)
        return Case(*whens, default=Value(0), output_field=IntegerField())


def _facets() -> dict[str, Facet]:
    found, shift = {}, 0
    for lookup, values in NUMBERED.items():
        found[lookup] = Facet(lookup, values, shift)
        shift += len(values).bit_length()
    return found


FACETS = _facets()
EXPRESSION: Any = reduce(add, (facet.expression for facet in FACETS.values()))
COLUMNS = tuple(lookup.partition("__")[0] for lookup in FACETS)
IN_TRASH = 1 << FACETS["deleted_at__isnull"].shift  # the highest bit: what is less is in view


def knows(column: str, values: tuple[Any, ...]) -> bool:
    return column in FACETS and all(value in FACETS[column].values for value in values)


def among(at: str, exact: Mapping[str, tuple[Any, ...]]) -> Q:
    """What has one of the values in each of these columns, all of which it `knows`; `at`: where the facets are. One
    comparison: PostgreSQL takes each for a rare one, and several for what nearly nothing passes.
    """
    facets = [FACETS[column] for column in exact]
    mask = sum(facet.mask for facet in facets)
    choices = product(*(map(facet.of, exact[facet.lookup]) for facet in facets))
    return Q(In(F(at).bitand(mask), [sum(choice) for choice in choices]))

"""Finding takes among a million: every filter under every order is a walk along one index, from where the page before
ended, and ends when the page is full. Nothing is sorted on the way; what does not fit is passed by within the index
(`facets`), and only a few rows are ever counted, to see which of several filters is the rarest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any, cast

from django.db import connection
from django.db.models import F, Q, QuerySet

from studio import clock

from .facets import IN_TRASH, among, knows
from .order import ORDERS, Cursor, Order
from .walk import Lead, Slot, index_of, leads, shortest, union

if TYPE_CHECKING:
    from studio.generations.queryset import GenerationQuerySet

GATHERED = timedelta(days=62)  # takes of so short a time are sorted, of a longer one picked from all
SHELVES = {"tag": "taggings", "collection": "memberships"}  # where a take's own tags and collections are


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. `exact`: columns, and the values of which they may have any."""

    exact: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    text: str = ""
    tag: int | None = None
    collection: int | None = None
    since: datetime | None = None
    until: datetime | None = None  # the first moment that is too late
    sort: str = "newest"
    lead: Lead = ()  # what to walk along, once that has been found out (`_settled`)

    @property
    def order(self) -> Order:
        """Takes of some days are in the order of time, which is that of the ids, but for clocks that were put back."""
        order = ORDERS[self.sort]
        dated = self.since is not None or self.until is not None
        return Order("created_at", order.descending) if dated and order.column == "id" else order

    def apply(self, takes: GenerationQuerySet) -> GenerationQuerySet:
        """All of them, in no order."""
        found = takes.in_view().search(self.text).filter(*(_any(*each) for each in self.exact.items()), self._bounds)
        for name in SHELVES:
            pk = getattr(self, name)
            found = found if pk is None else found.filter(Q((f"{name}s", pk)))
        return found

    def page(self, takes: GenerationQuerySet, cursor: Cursor | None, count: int) -> GenerationQuerySet:
        """The first few under the order, after where a page ended. Their ids are found first, from the indexes alone;
        then nothing that is joined to the rows can tempt a database to begin with that.
        """
        order, wanted = self.order, self._settled(takes)
        by = [wanted._sorted_by(column) for column in order.columns]
        walks = [walk.along(wanted._hint).in_order(order, by) for walk in wanted._walks(takes, cursor)]
        return (
            takes.filter(pk__in=union(walks, count, wanted._choices(takes)))
            .along("NOT INDEXED")
            .in_order(order)[:count]
        )

    def _settled(self, takes: GenerationQuerySet) -> Wanted:
        """With what to walk along: the shortest of several, or the likely shortest where none is short."""
        found = self._leads
        least = shortest({lead: self._all_along(takes, lead) for lead in found}) if len(found) > 1 else ()
        return replace(self, lead=least or next(iter(found), ()))

    def _all_along(self, takes: GenerationQuerySet, lead: Lead) -> QuerySet[Any]:
        if lead and lead[0] in SHELVES:
            shelf: Any = takes.model._meta.get_field(SHELVES[lead[0]]).related_model
            return cast("QuerySet[Any]", shelf.objects.filter(**{lead[0]: getattr(self, lead[0])}))
        found = takes.in_view().filter(*(_any(name, self.exact[name]) for name in lead))
        return found.along(f'INDEXED BY "{index_of(lead, self.order)}"')

    def _walks(self, takes: GenerationQuerySet, cursor: Cursor | None) -> list[GenerationQuerySet]:
        """One, or those two after a cursor (`_after`), for each of the `_choices`."""
        parts = self._after(cursor) if cursor and self._holds(cursor) else [(self, Q(), None)]
        led = Q(*((name, values[0] if len(values) == 1 else Slot(name)) for name, values in self._led.items()))
        return [wanted._fitting(takes, where & led, beyond) for wanted, where, beyond in parts]

    def _choices(self, takes: GenerationQuerySet) -> list[dict[str, Any]]:
        """The values of what is walked along, as the database takes them."""
        fields: list[Any] = [takes.model._meta.get_field(name) for name in self._led]
        rows = product(*self._led.values())
        return [
            {f.name: f.get_db_prep_value(value, connection) for f, value in zip(fields, row, strict=True)}
            for row in rows
        ]

    @property
    def _led(self) -> dict[str, tuple[Any, ...]]:
        return {name: self.exact[name] for name in self.lead if name in self.exact}

    def _after(self, cursor: Cursor) -> list[tuple[Wanted, Q, tuple[str, int] | None]]:
        """What is equal in the order's column and after the cursor by the id; and what is after it by the column.
        Databases would walk through all that is equal if they were asked for the pair, and from the filter's bounds of
        that column if those were named as well.
        """
        order, column = self.order, self.order.column
        beyond, value = "lt" if order.descending else "gt", cursor.value(order)
        by_id = Q((f"{self._at('id')}__{beyond}", cursor.pk))
        if self._shelf and connection.vendor == "postgresql":  # which merges two walks, and has to begin both there
            by_id &= Q((f"pk__{beyond}", cursor.pk))
        if column == "id":
            return [(self, by_id, ("<" if order.descending else ">", cursor.pk))]  # in the search's own words as well
        by_id, by_column = by_id & Q((self._at(column), value)), Q((f"{self._at(column)}__{beyond}", value))
        if self._gathered:
            return [(self, by_id | by_column, None)]
        unbound, rest = self, self
        if column == "created_at":
            unbound = replace(self, since=None, until=None)
            rest = replace(self, until=None) if order.descending else replace(self, since=None)
        elif column == "rating":
            unbound = replace(self, exact={name: values for name, values in self.exact.items() if name != "rating"})
        return [(unbound, by_id, None), (rest, by_column, None)]

    def _holds(self, cursor: Cursor) -> bool:
        """Whether a row that fits can have been there: an address may be made up."""
        order = self.order
        value = cursor.value(order)
        if order.column == "created_at":
            return (not self.since or value >= self.since) and (not self.until or value < self.until)
        return order.column != "rating" or value in self.exact.get("rating", (value,))

    def _fitting(self, takes: GenerationQuerySet, where: Q, beyond: tuple[str, int] | None) -> GenerationQuerySet:
        """Those of one walk. `where`: what is asked of that one alone; `beyond`: of the ids (`search`)."""
        found = takes.in_view().search(self.text, beyond)
        for name in SHELVES:
            pk = getattr(self, name)
            found = found if pk is None or name in self.lead else found.filter(Q((f"{name}s", pk)))
        others = {column: values for column, values in self.exact.items() if column not in self.lead}
        coded = {column: values for column, values in others.items() if not self.text and knows(column, values)}
        by_column = [_any(column, values) for column, values in others.items() if column not in coded]
        if coded:
            where &= among(self._at("facets"), coded)
        if self._shelf:
            where &= Q((self._shelf, getattr(self, self.lead[0])), (f"{self._at('facets')}__lt", IN_TRASH))
        # At once: what is asked of one row of another table is asked in one word.
        return found.filter(*by_column, self._bounds & where)

    @property
    def _bounds(self) -> Q:
        """Where the walk begins and ends."""
        found = Q()
        if self.order.column == "rating" and "rating" in self.exact and not self._gathered:
            found &= Q((f"{self._at('rating')}__gte", min(self.exact["rating"], default=0)))
        if self.since:
            found &= Q((f"{self._at('created_at')}__gte", self.since))
        return found & Q((f"{self._at('created_at')}__lt", self.until)) if self.until else found

    def _sorted_by(self, column: str) -> Any:
        """What was gathered is put in order as a sum: else PostgreSQL walks along an index, past all the rest."""
        there = F(self._at(column))
        return there + 0 if self._dated and column in ("cost", "rating") else there

    @property
    def _shelf(self) -> str:
        """The tag or the collection whose takes are to be walked along."""
        name = self.lead[0] if self.lead else ""
        return f"{SHELVES[name]}__{name}" if name in SHELVES else ""

    def _at(self, column: str) -> str:
        """Where a walk finds a column: on a shelf there are copies of those that it can be ordered by."""
        table = self._shelf.partition("__")[0]
        walked = ("id", "facets", self.order.column, "created_at" if self._dated else "")
        if not (table and column and column in walked):
            return column
        return f"{table}__{'generation_id' if column == 'id' else column}"

    @property
    def _dated(self) -> bool:
        """Whether the time is what to walk along."""
        short = self.since and (self.until or clock.now()) - self.since <= GATHERED
        return bool(short) or self.order.column == "created_at"

    @property
    def _gathered(self) -> bool:
        """Whether there is no index for the filter under this order: what fits is found, then put in order."""
        return bool(self.text) or (self._dated and self.order.column != "created_at")

    @property
    def _leads(self) -> list[Lead]:
        """What can be walked along, the likely shortest walk first; none where something else leaves fewer takes."""
        if self.text:
            return []
        shelf = [(name,) for name in SHELVES if getattr(self, name) is not None][:1]
        return [*shelf, *([] if self._dated else leads(self.exact, self.order))]

    @property
    def _hint(self) -> str:
        if self.text or self._shelf:
            return "NOT INDEXED"  # by the ids that are found elsewhere
        return f'INDEXED BY "{"find_created_at" if self._dated else index_of(self.lead, self.order)}"'


def _any(column: str, values: tuple[Any, ...]) -> Q:
    if not column:
        return Q()
    return Q((column, values[0])) if len(values) == 1 else Q((f"{column}__in", values))

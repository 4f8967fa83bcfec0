"""Finding takes among a million: every filter under every order is a walk along one index, from where the page before
ended, and ends when the page is full. Nothing is sorted or skipped on the way, and only a few rows are ever counted, to
see which of several filters is the rarest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import F, Q

from . import clock
from .order import ORDERS, Cursor, Order
from .walk import COMMON, LEADS, index_of, shortest, union

if TYPE_CHECKING:
    from .queryset import GenerationQuerySet

GATHERED = timedelta(days=62)  # takes of so short a time are sorted, of a longer one picked from all
EVERYTHING = Q()


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
    lead: str = ""  # the filter to walk along, where that has been found out

    @property
    def order(self) -> Order:
        """Takes of some days are in the order of time, which is that of the ids, but for clocks that were put back."""
        order = ORDERS[self.sort]
        dated = self.since is not None or self.until is not None
        return Order("created_at", order.descending) if dated and order.column == "id" else order

    def apply(self, takes: GenerationQuerySet) -> GenerationQuerySet:
        """All of them, in no order."""
        return self._fitting(takes)

    def page(self, takes: GenerationQuerySet, cursor: Cursor | None, count: int) -> GenerationQuerySet:
        """The first few under the order, after where a page ended. Their ids are found first, from the indexes alone;
        then nothing that is joined to the rows can tempt a database to begin with that.
        """
        order, wanted = self.order, self._settled(takes)
        by = [wanted._sorted_by(column) for column in order.columns]
        walks = [walk.along(wanted._hint).in_order(order, by) for walk in wanted._walks(takes, cursor)]
        return takes.filter(pk__in=union(walks, count)).along("NOT INDEXED").in_order(order)[:count]

    def _settled(self, takes: GenerationQuerySet) -> Wanted:
        """With the shortest walk of several. PostgreSQL finds it by itself: it knows how many there are of each."""
        if connection.vendor != "sqlite" or len(self._leads) < 2:
            return self
        walks = {lead: takes.in_view().filter(_any(lead, self.exact[lead])) for lead in self._leads}
        hinted = {lead: walk.along(f'INDEXED BY "{index_of(lead, ORDERS["newest"])}"') for lead, walk in walks.items()}
        return replace(self, lead=shortest(hinted))

    def _walks(self, takes: GenerationQuerySet, cursor: Cursor | None) -> list[GenerationQuerySet]:
        """One for each value of the filter to walk along, and of those two after a cursor (`_after`)."""
        lead = self._lead
        return [
            wanted._fitting(takes, where & _any(self._at(lead), (value,)), beyond, lead)
            for wanted, where, beyond in (
                self._after(cursor) if cursor and self._holds(cursor) else [(self, Q(), None)]
            )
            for value in self.exact.get(lead, ()) or (None,)
        ]

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

    def _fitting(
        self,
        takes: GenerationQuerySet,
        where: Q = EVERYTHING,
        beyond: tuple[str, int] | None = None,
        lead: str = "",
    ) -> GenerationQuerySet:
        """`where`: what else is asked, of the value of the `lead` too; `beyond`: of the ids (`search`)."""
        found, shelf = takes.in_view().search(self.text, beyond), self._shelf
        for column, values in self.exact.items():
            found = found if column in (lead, "favorite", "rating") else found.filter(_any(column, values))
        for name, pk in (("tag", self.tag), ("collection", self.collection)):
            found = found if pk is None or shelf.endswith(name) else found.filter(Q((f"{name}s", pk)))
        # At once: what is asked of one row of another table is asked in one word.
        return found.filter(self._bounds(lead) & where)

    def _bounds(self, lead: str) -> Q:
        found = Q((self._shelf, self.tag if self.tag is not None else self.collection)) if self._shelf else Q()
        if "favorite" in self.exact and lead != "favorite":
            found &= Q((self._at("favorite"), True))
        if "rating" in self.exact and lead != "rating":
            found &= Q((f"{self._at('rating')}__gte", min(self.exact["rating"])))  # "three stars and up"
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
        if self.text or (self.tag, self.collection) == (None, None):
            return ""
        return "taggings__tag" if self.tag is not None else "memberships__collection"

    def _at(self, column: str) -> str:
        """Where a walk finds a column: on a shelf there are copies of those that it can be ordered by."""
        table = self._shelf.partition("__")[0]
        walked = ("id", "favorite", self.order.column, self._lead, "created_at" if self._dated else "")
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
    def _leads(self) -> list[str]:
        """The filters that can be walked along, those that leave least first; none where something else leaves fewer
        takes.
        """
        if self._gathered or self._dated:
            return []
        if self._shelf:
            return ["rating"] if "rating" in self.exact and self.order.column == "id" else []
        asked = [lead for lead in LEADS if lead in self.exact and lead != self.order.column]
        by_cost = self.order.column == "cost"  # then the others say more: the price is made of them
        return sorted(asked, key=lambda lead: (self.exact[lead] == (COMMON.get(lead),), by_cost and lead == "rating"))

    @property
    def _lead(self) -> str:
        return self.lead or next(iter(self._leads), "")

    @property
    def _hint(self) -> str:
        if self.text or self._shelf:
            return "NOT INDEXED"  # by the ids that are found elsewhere
        return f'INDEXED BY "{"find_created_at" if self._dated else index_of(self._lead, self.order)}"'


def _any(column: str, values: tuple[Any, ...]) -> Q:
    if not column:
        return Q()
    return Q((column, values[0])) if len(values) == 1 else Q((f"{column}__in", values))

"""Finding takes among a million: every filter under every order is a walk along one index, from where the page before
ended, and ends when the page is full. Nothing is counted, sorted or skipped on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, cast

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.sql.datastructures import BaseTable

from . import clock, search
from .keeping import KeepingQuerySet
from .order import ORDERS, Cursor, Order

if TYPE_CHECKING:
    from .queryset import GenerationQuerySet

GATHERED = timedelta(days=62)  # takes of so short a time are sorted, of a longer one picked from all


# What takes are told apart by, those that leave least first: the first that is asked for is the one to walk along.
LEADS = ("favorite", "keeping", "status", "rating", "type", "seconds", "resolution", "aspect_ratio")
IN_VIEW = Q(deleted_at=None)


def indexes() -> list[models.Index]:
    """For each filter and order the index to walk along. What is in the trash is in none of them."""
    found = {"": models.Index(fields=("owner", "created_at", "id"), condition=IN_VIEW, name="find_created_at")}
    for lead in ("", *LEADS):
        for order in (Order("id"), Order("cost"), Order("rating")):
            condition = IN_VIEW & Q(favorite=True) if lead == "favorite" else IN_VIEW
            by = [lead] if lead and lead != "favorite" else []
            name = index_of(lead, order)
            found.setdefault(name, models.Index(fields=("owner", *by, *order.columns), condition=condition, name=name))
    return list(found.values())


def index_of(lead: str, order: Order) -> str:
    if lead == "rating" and order.column in ("id", "rating"):
        return "find_rating"
    return f"find{lead and '_' + lead}{order.index}" if lead or order.index else "find_id"


class Hinted(BaseTable):
    """A table and the index to use. SQLite knows only averages of what is in an index, and would take another."""

    hint = ""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        sql, params = super().as_sql(compiler, connection)
        return (f"{sql} {self.hint}" if connection.vendor == "sqlite" else sql), params


class Finding(KeepingQuerySet):
    """The words of finding, for the queryset."""

    def in_view(self) -> Self:
        """What is not in the trash."""
        return self.filter(IN_VIEW)

    def search(self, text: str, beyond: tuple[str, int] | None = None) -> Self:
        """The takes whose prompt, note and task ids have these words, "phrases", and not these -words."""
        found: Self = search.search(self, text, beyond)
        return found

    def in_order(self, order: Order) -> Self:
        sign = "-" if order.descending else ""
        return self.order_by(*(f"{sign}{column}" for column in order.columns))

    def along(self, hint: str) -> Self:
        """Walk along this index; PostgreSQL finds it by itself."""
        found: Any = self._chain()  # type: ignore[attr-defined]
        alias = found.query.get_initial_alias()
        table = Hinted(found.model._meta.db_table, alias)
        table.hint = hint
        found.query.alias_map[alias] = table
        return cast(Self, found)


def union(walks: list[GenerationQuerySet], count: int) -> RawSQL:
    """The ids of the first few of each of these walks."""
    statements = [found for walk in walks if (found := statement(walk.values("pk")[:count]))]
    sql = " UNION ALL ".join(f"SELECT pk FROM ({sql}) AS walk{number}" for number, (sql, _) in enumerate(statements))
    return RawSQL(sql or "SELECT 0 WHERE 1 = 0", [value for _, params in statements for value in params])


def statement(takes: Any) -> tuple[str, tuple[Any, ...]] | None:
    """None where nothing can fit, such as a number that no column holds: Django writes no statement for that."""
    try:
        return cast("tuple[str, tuple[Any, ...]]", takes.query.sql_with_params())
    except EmptyResultSet:
        return None


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

    @property
    def order(self) -> Order:
        """Takes of some days are in the order of time, which is that of the ids, but for clocks that were put back."""
        order = ORDERS[self.sort]
        dated = self.since is not None or self.until is not None
        return Order("created_at", order.descending) if dated and order.column == "id" else order

    def apply(self, takes: GenerationQuerySet) -> GenerationQuerySet:
        """All of them, in no order."""
        return self._but_for("", takes)

    def page(self, takes: GenerationQuerySet, cursor: Cursor | None, count: int) -> GenerationQuerySet:
        """The first few under the order, after where a page ended. Their ids are found first, from the indexes alone;
        then nothing that is joined to the rows can tempt a database to begin with that.
        """
        order = self.order
        walks = [walk.along(self._hint).in_order(order) for walk in self._walks(takes.select_related(None), cursor)]
        return takes.filter(pk__in=union(walks, count)).along("NOT INDEXED").in_order(order)[:count]

    def _walks(self, takes: GenerationQuerySet, cursor: Cursor | None) -> list[GenerationQuerySet]:
        """One for each value of the filter to walk along, and of those two after a cursor (`_after`)."""
        lead = self._lead
        found = self._after(takes, cursor) if cursor and self._holds(cursor) else [self._but_for(lead, takes)]
        if self._gathered and len(found) > 1:
            found = [found[0] | found[1]]
        return [part.filter(*_any(lead, (value,))) for part in found for value in self.exact.get(lead, ()) or (None,)]

    def _after(self, takes: GenerationQuerySet, cursor: Cursor) -> list[GenerationQuerySet]:
        """What is equal in the order's column and after the cursor by the id; and what is after it by the column.
        Databases would walk through all that is equal if they were asked for the pair, and from the filter's bounds of
        that column if those were named as well.
        """
        lead, order = self._lead, self.order
        beyond, column, value = "lt" if order.descending else "gt", order.column, cursor.value(order)
        by_id, by_column = Q((f"pk__{beyond}", cursor.pk)), Q((f"{column}__{beyond}", value))
        if column == "id":
            bound = ("<" if order.descending else ">", cursor.pk)  # in the search's own words as well
            return [self._but_for(lead, takes, bound).filter(by_id)]
        unbound, rest = self, self
        if column == "created_at":
            unbound = replace(self, since=None, until=None)
            rest = replace(self, until=None) if order.descending else replace(self, since=None)
        elif column == "rating":
            unbound = replace(self, exact={name: values for name, values in self.exact.items() if name != "rating"})
        return [
            unbound._but_for(lead, takes).filter(by_id, (column, value)),
            rest._but_for(lead, takes).filter(by_column),
        ]

    def _holds(self, cursor: Cursor) -> bool:
        """Whether a row that fits can have been there: an address may be made up."""
        order = self.order
        value = cursor.value(order)
        if order.column == "created_at":
            return (not self.since or value >= self.since) and (not self.until or value < self.until)
        return order.column != "rating" or value in self.exact.get("rating", (value,))

    def _but_for(
        self, lead: str, takes: GenerationQuerySet, beyond: tuple[str, int] | None = None
    ) -> GenerationQuerySet:
        found = takes.in_view().search(self.text, beyond)
        for column, values in self.exact.items():
            if column == "rating" != lead:
                found = found.filter(rating__gte=min(values))  # "three stars and up"
            elif column != lead:
                found = found.filter(*_any(column, values))
        if self.since:
            found = found.filter(created_at__gte=self.since)
        if self.until:
            found = found.filter(created_at__lt=self.until)
        if self.tag is not None:
            found = found.filter(tags=self.tag)
        return found if self.collection is None else found.filter(collections=self.collection)

    @property
    def _dated(self) -> bool:
        """Whether the time is what to walk along."""
        short = self.since and (self.until or clock.now()) - self.since <= GATHERED
        return bool(short) or self.order.column == "created_at"

    @property
    def _gathered(self) -> bool:
        """Whether there is no index for the filter under this order: what fits is found, then put in order."""
        if self.text or (self.tag, self.collection) != (None, None):
            return True
        return self._dated and self.order.column != "created_at"

    @property
    def _lead(self) -> str:
        """The filter to walk along; none where something else leaves fewer takes, or the order does it already."""
        if self._gathered or self._dated:
            return ""
        return next((lead for lead in LEADS if lead in self.exact and lead != self.order.column), "")

    @property
    def _hint(self) -> str:
        if self.text:
            return "NOT INDEXED"  # by the ids that the search finds
        if (self.tag, self.collection) != (None, None):
            return "" if self.order.column == "id" else "NOT INDEXED"
        return f'INDEXED BY "{"find_created_at" if self._dated else index_of(self._lead, self.order)}"'


def _any(column: str, values: tuple[Any, ...]) -> list[Q]:
    if not column:
        return []
    if len(values) == 1:
        return [Q((column, values[0]))]
    return [Q((f"{column}__in", values))]

"""Finding takes: filters, orders, and pages that begin where the page before ended.

Each order has one index, which ends in all the columns that takes are filtered by (`FILTERED` in
`generations/models.py`). A database walks along it until the page is full, and passes by what does not fit without a
look at the rows: a hundred thousand takes in some milliseconds, where nothing fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q

from studio.generations.models import UNFINISHED, Generation
from studio.generations.queryset import GenerationQuerySet
from studio.ids import parse_id
from studio.library.models import Membership, Tagging

from .search import search

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Order:
    """By a column, and where that is equal by the id."""

    column: str
    descending: bool = True

    @property
    def columns(self) -> list[str]:
        """As `order_by` takes them."""
        columns = ["id"] if self.column == "id" else [self.column, "id"]
        return [f"-{column}" if self.descending else column for column in columns]


ORDERS = {"newest": Order("id"), "oldest": Order("id", False), "credits": Order("cost"), "rating": Order("rating")}


@dataclass(frozen=True)
class Cursor:
    """Where a page ended: what its last row is sorted by, and its id. `24.1234`, or `1234` where that is the id."""

    pk: int
    number: int = 0

    @classmethod
    def parse(cls, text: str, order: Order) -> Cursor | None:
        """None for anything else."""
        number, dot, pk = text.rpartition(".")
        last, value = parse_id(pk), parse_id(number if dot else "0")
        if bool(dot) == (order.column == "id") or last is None or value is None:
            return None
        return cls(last, value)

    @classmethod
    def at(cls, take: Generation, order: Order) -> Cursor:
        if order.column == "created_at":
            return cls(take.pk, (take.created_at - EPOCH) // MICROSECOND)
        return cls(take.pk, 0 if order.column == "id" else getattr(take, order.column))

    def value(self, order: Order) -> Any:
        return EPOCH + min(self.number, 10**17) * MICROSECOND if order.column == "created_at" else self.number

    def text(self, order: Order) -> str:
        return str(self.pk) if order.column == "id" else f"{self.number}.{self.pk}"


class IsUnfinished(Func):
    """Has one of these statuses, written out in the statement: SQLite uses an index over a part of the rows only where
    it sees there that nothing else is asked for.
    """

    template = "%(expressions)s IN ({})".format(", ".join(f"'{status.value}'" for status in UNFINISHED))
    output_field = BooleanField()


@dataclass(frozen=True)
class Criteria:
    """What somebody looks for. `exact`: columns, and the values of which they may have any."""

    exact: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    least_rating: int = 0
    text: str = ""
    tag: Any = None  # an id, or a query for one
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
        """All takes that fit, in no order."""
        found = search(takes.in_view(), self.text).filter(*(_any_of(*each) for each in self.exact.items()))
        if self.least_rating:
            # A range only where ratings are the order: SQLite would gather and sort all that are in it.
            by_range = self.order.column == "rating"
            ratings = Q(rating__gte=self.least_rating) if by_range else Q(rating__in=range(self.least_rating, 6))
            found = found.filter(ratings)
        if self.since:
            found = found.filter(created_at__gte=self.since)
        if self.until:
            found = found.filter(created_at__lt=self.until)
        if self.tag is not None:
            found = found.filter(Exists(Tagging.objects.filter(tag=self.tag, generation=OuterRef("pk"))))
        if self.collection is not None:
            members = Membership.objects.filter(collection=self.collection, generation=OuterRef("pk"))
            found = found.filter(Exists(members))
        return found

    def page(self, takes: GenerationQuerySet, cursor: Cursor | None, count: int) -> list[Generation]:
        """The first few under the order, after where a page ended, for their cards. The ids are found within an index;
        only then are their rows read.
        """
        found: list[Generation] = []
        for criteria, beyond in self._parts_after(cursor):
            missing = count - len(found)
            if missing > 0:
                ids = criteria.apply(takes).filter(beyond).order_by(*self.order.columns).values("pk")[:missing]
                found += Generation.objects.filter(pk__in=ids).for_cards().order_by(*self.order.columns)
        return found

    def _parts_after(self, cursor: Cursor | None) -> list[tuple[Criteria, Q]]:
        """What is equal to the cursor in the order's column and beyond it by the id; then what is beyond it by the
        column. Asked for both at once, databases begin with all that is equal, which may be most takes.
        """
        if cursor is None:
            return [(self, Q())]
        order, column = self.order, self.order.column
        beyond, value = "lt" if order.descending else "gt", cursor.value(order)
        by_id = Q((f"id__{beyond}", cursor.pk))
        if column == "id":
            return [(self, by_id)]
        if column != "created_at":
            return [(self, Q((column, value)) & by_id), (self, Q((f"{column}__{beyond}", value)))]
        if order.descending:
            rest = replace(self, until=min(value, self.until or value))
        else:
            rest = replace(self, since=max(value + MICROSECOND, self.since or value))
        return [(self, Q(created_at=value) & by_id), (rest, Q())]


def _any_of(column: str, values: tuple[Any, ...]) -> Q:
    if column == "status" and set(values) == set(UNFINISHED):
        return Q(IsUnfinished(F("status")))
    return Q((column, values[0])) if len(values) == 1 else Q((f"{column}__in", values))

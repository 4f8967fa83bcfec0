"""Walking along one index: which there are, the words for it, and which is the shortest walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, starmap
from typing import TYPE_CHECKING, Any, Self, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.sql.datastructures import BaseTable

from . import search
from .order import Order

if TYPE_CHECKING:
    from studio.generations.models import Generation  # noqa: F401
    from studio.generations.queryset import GenerationQuerySet

COUNTED = 1_000  # rows: a database walks past so many in a fraction of the time of a page
# What takes are told apart by, those that leave least first, but for the values that many takes have.
FILTERS = ("favorite", "keeping", "status", "type", "seconds", "resolution", "rating", "aspect_ratio")
COMMON: dict[str, set[Any]] = {
    "type": {"text-to-video"}, "keeping": {"off", "kept"}, "aspect_ratio": {"16:9"}, "status": {"succeeded"},
}  # fmt: skip
# A price is made of these: under it, takes that differ in them lie far apart, and what fits none of them farthest.
PRICED = ("type", "resolution", "seconds")
Lead = tuple[str, ...]  # the columns to walk along the values of
IN_VIEW = Q(deleted_at=None)
NOTHING: tuple[str, tuple[Any, ...]] = ("SELECT 0 WHERE 1 = 0", ())


def indexes() -> list[models.Index]:
    """For each filter and order the index to walk along. What is in the trash is in none of them."""
    orders, several = [Order("id"), Order("cost"), Order("rating")], [2, 3]
    walks = [(lead, order) for lead in ((), *((name,) for name in FILTERS)) for order in orders]
    walks += [(lead, Order("cost")) for length in several for lead in combinations(PRICED, length)]
    found = [_index((), Order("created_at")), *starmap(_index, walks)]
    return list({index.name: index for index in found}.values())


def _index(lead: Lead, order: Order) -> models.Index:
    condition = IN_VIEW & Q(favorite=True) if lead == ("favorite",) else IN_VIEW
    by = [column for column in lead if column not in ("favorite", order.column)]
    fields = ("owner", *by, *order.columns, "facets")
    return models.Index(fields=fields, condition=condition, name=index_of(lead, order))


def index_of(lead: Lead, order: Order) -> str:
    if lead == ("rating",) and order.column in ("id", "rating"):
        return "find_rating"
    by = "price" if lead == PRICED else "_".join(lead)
    return f"find{by and '_' + by}{order.index}" if by or order.index else "find_id"


def leads(exact: Mapping[str, tuple[Any, ...]], order: Order) -> list[Lead]:
    """What can be walked along where these values are asked for, the likely shortest walk first."""
    asked = [name for name in FILTERS if name in exact and name != order.column]
    common = [name for name in COMMON if name in asked and COMMON[name].issuperset(exact[name])]
    priced = tuple(name for name in PRICED if name in asked and order.column == "cost")
    likely = [name for name in asked if name not in common] + common
    return list(dict.fromkeys(priced if name in priced else (name,) for name in likely))


class Hinted(BaseTable):
    """A table and the index to use. SQLite knows only averages of what is in an index, and would take another."""

    hint = ""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        sql, params = super().as_sql(compiler, connection)
        return (f"{sql} {self.hint}" if connection.vendor == "sqlite" else sql), params


class Finding(models.QuerySet["Generation"]):
    """The words of finding, for the queryset."""

    def in_view(self) -> Self:
        """What is not in the trash."""
        return self.filter(IN_VIEW)

    def search(self, text: str, beyond: tuple[str, int] | None = None) -> Self:
        """The takes whose prompt, note and task ids have these words, "phrases", and not these -words."""
        found: Self = search.search(self, text, beyond)
        return found

    def in_order(self, order: Order, by: Sequence[Any] = ()) -> Self:
        """`by`: what stands for the order's columns."""
        columns = by or [F(column) for column in order.columns]
        return self.order_by(*(column.desc() if order.descending else column.asc() for column in columns))

    def along(self, hint: str) -> Self:
        """Walk along this index; PostgreSQL finds it by itself."""
        found: Any = self._chain()  # type: ignore[attr-defined]
        alias = found.query.get_initial_alias()
        table = Hinted(found.model._meta.db_table, alias)
        table.hint = hint
        found.query.alias_map[alias] = table
        return cast(Self, found)


class Slot(Value):
    """Stands for a value until the words are put together, which takes longer than to put in each of several values."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


def union(walks: list[GenerationQuerySet], count: int, choices: Sequence[Mapping[str, Any]] = ({},)) -> RawSQL:
    """The ids of the first few of each of these walks, and of each with each of these values in its slots."""
    words = [each for walk in walks if (each := statement(walk.values("pk")[:count]))]
    found = [(sql, params, one) for sql, params in words for one in choices]
    parts = [f"SELECT pk FROM ({sql}) AS walk{number}" for number, (sql, _, _) in enumerate(found)]
    values = [one[value.value] if isinstance(value, Slot) else value for _, params, one in found for value in params]
    return RawSQL(" UNION ALL ".join(parts) or NOTHING[0], values)


def statement(takes: Any) -> tuple[str, tuple[Any, ...]] | None:
    """None where nothing can fit, such as a number that no column holds: Django writes no statement for that."""
    try:
        return cast("tuple[str, tuple[Any, ...]]", takes.query.sql_with_params())
    except EmptyResultSet:
        return None


def shortest(walks: Mapping[Lead, Any]) -> Lead:
    """The one with the fewest rows; one statement. () where each has more than are worth counting."""
    counts: list[str] = []
    values: list[Any] = []
    for walk in walks.values():
        sql, params = statement(walk.order_by().values("pk")[:COUNTED]) or NOTHING
        counts.append(f"(SELECT COUNT(*) FROM ({sql}) AS few)")
        values += params
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", values)
        found = dict(zip(walks, cursor.fetchone(), strict=True))
    least = min(found, key=found.__getitem__)
    return least if found[least] < COUNTED else ()

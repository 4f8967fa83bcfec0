"""The orders in which takes are shown, and the place in an order where a page ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.generations.models import Generation

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Order:
    """By a column, and where that is equal by the id."""

    column: str
    descending: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        return ("id",) if self.column == "id" else (self.column, "id")

    @property
    def index(self) -> str:
        return "" if self.column == "id" else f"_{self.column}"


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
        if bool(dot) == (order.column == "id") or not _are_ids(pk, number if dot else "0"):
            return None
        return cls(int(pk), int(number or 0))

    @classmethod
    def at(cls, take: Generation, order: Order) -> Cursor:
        if order.column == "created_at":
            return cls(take.pk, (take.created_at - EPOCH) // MICROSECOND)
        return cls(take.pk, 0 if order.column == "id" else getattr(take, order.column))

    def value(self, order: Order) -> Any:
        return EPOCH + min(self.number, 10**17) * MICROSECOND if order.column == "created_at" else self.number

    def text(self, order: Order) -> str:
        return str(self.pk) if order.column == "id" else f"{self.number}.{self.pk}"


def _are_ids(*texts: str) -> bool:
    return all(text.isascii() and text.isdecimal() and len(text) < 19 for text in texts)

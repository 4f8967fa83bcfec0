"""Running sums, so that what a page says about a million takes costs no more than about one.

Triggers of the database keep them (`triggers`), in the transaction of the change: whoever writes a take, by whatever
way, cannot forget them. A key may have several rows, whose sum is meant. On PostgreSQL each change adds a row and locks
none: two transactions that change takes of one owner never wait for each other here, so they cannot block each other;
now and then a trigger folds the rows of a key into one. SQLite has one writer at a time, and one row for each key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models

SLOT_SECONDS = 900  # every zone's days begin at a quarter of an hour, so a day anywhere is made of whole slots


class TakeCount(models.Model):
    """How many takes an owner has in a state; those in the trash, and what has left it, are counted apart."""

    owner_id = models.BigIntegerField()  # no foreign key: it may have to be written when its owner has just gone
    bucket = models.CharField(max_length=12)  # a status, "trash" or "purged"
    takes = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=("owner_id", "bucket"), name="take_count")]

    def __str__(self) -> str:
        return f"{self.bucket}: {self.takes}"


class SlotSum(models.Model):
    """What `money.Totals` are made of, by quarter of an hour (UTC) in which the takes were asked for."""

    owner_id = models.BigIntegerField()
    slot = models.BigIntegerField()  # of the time in which the first one began at 0 seconds of the Unix epoch
    takes = models.BigIntegerField()
    tests = models.BigIntegerField()
    low = models.BigIntegerField()
    high = models.BigIntegerField()
    rest = models.BigIntegerField(default=0)  # ten-thousandths of a credit that belong to both
    estimates = models.BigIntegerField()
    unconfirmed = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=("owner_id", "slot"), name="slot_sum")]

    def __str__(self) -> str:
        return f"slot {self.slot}: {self.takes} takes"


SUMS = ("takes", "tests", "low", "high", "rest", "estimates", "unconfirmed")
Sums = dict[str, int]


@dataclass
class OwnerCounts:
    """Of one owner: the sums of each span that was asked for, how many takes are in each state, and the newest's id."""

    spans: list[Sums] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    newest: int = 0

    @property
    def tabs(self) -> dict[str, int]:
        """By the names of the gallery's tabs; what is in the trash is in none."""
        here = {state: count for state, count in self.states.items() if state not in ("trash", "purged")}
        running = sum(here.get(state, 0) for state in ("queued", "submitting", "running"))
        return {
            "all": sum(here.values()), "running": running, "done": here.get("succeeded", 0),
            "failed": here.get("failed", 0), "unconfirmed": here.get("unconfirmed", 0),
        }  # fmt: skip


_NOTHING = ", 0" * (len(SUMS) - 1)
_WHOLE = ", ".join(f"CAST(COALESCE(SUM({name}), 0) AS BIGINT)" for name in SUMS)
_SLOTS = f"{SlotSum._meta.db_table} WHERE owner_id = %s AND slot >= first_slot AND slot < end_slot"
# Each way makes sure that it is the spans one after another, and along the index of the slots.
_SPANS = {
    "sqlite": f"SELECT CAST(number AS TEXT), {_WHOLE} FROM spans CROSS JOIN {_SLOTS} GROUP BY number",
    "postgresql": f"SELECT CAST(number AS TEXT), sums.* FROM spans, LATERAL (SELECT {_WHOLE} FROM {_SLOTS}) AS sums",
}
_STATES = (
    f"SELECT bucket, CAST(SUM(takes) AS BIGINT){_NOTHING} FROM {TakeCount._meta.db_table}"
    " WHERE owner_id = %s GROUP BY bucket"
)
_NEWEST = (
    f"SELECT 'newest', COALESCE((SELECT id FROM studio_generation WHERE owner_id = %s AND deleted_at IS NULL"
    f" ORDER BY id DESC LIMIT 1), 0){_NOTHING}"
)


def counts_of(owner: int, spans: Sequence[tuple[int, int]] = ()) -> OwnerCounts:
    """One statement, by hand, whatever the number of takes. A span is its first slot and the one after its last."""
    rows = ", ".join("(%s, %s, %s)" for _ in spans)
    values: list[Any] = [value for number, (first, end) in enumerate(spans) for value in (number, first, end)]
    head, parts = (
        f"WITH spans (number, first_slot, end_slot) AS (VALUES {rows}) ",
        [_SPANS[connection.vendor], _STATES, _NEWEST],
    )
    if not spans:
        head, parts = "", parts[1:]
    with connection.cursor() as cursor:
        cursor.execute(head + " UNION ALL ".join(parts), [*values, *[owner] * len(parts)])
        rows_found = cursor.fetchall()
    counts = OwnerCounts([dict.fromkeys(SUMS, 0) for _ in spans])
    for name, *numbers in rows_found:
        if name == "newest":
            counts.newest = numbers[0]
        elif name.isdecimal():
            counts.spans[int(name)] = dict(zip(SUMS, numbers, strict=True))
        else:
            counts.states[name] = numbers[0]
    return counts

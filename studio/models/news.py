"""What every open page asks once a second: is there anything new?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone

from .generation import Generation
from .queryset import GenerationQuerySet
from .walk import statement
from .worker import ALIVE, ProviderState, WorkerHeartbeat

TAKES, STATES, WORKERS = (model._meta.db_table for model in (Generation, ProviderState, WorkerHeartbeat))
# Written so that none of the indexes for finding fits: PostgreSQL takes longer to think about each than to answer.
OWNED, GONE = "owner_id + 0 = %s", "COALESCE(deleted_at, purged_at)"


@dataclass
class Revisions:
    """Of takes by their ids, and of the provider's state (0: it has none yet); whether a worker is alive."""

    takes: dict[int, int] = field(default_factory=dict)
    state: int = 0
    alive: bool = False


def revisions(
    owner: int,
    provider: str,
    seen: Collection[int],
    newest: int | None,
    most: int,
    *,
    trashed: bool = False,
    fitting: GenerationQuerySet | None = None,
) -> Revisions:
    """The takes in `seen` that are this owner's, and those newer than `newest`, `most` of them at most (none where it
    is None). What is in the trash is among those in `seen` only where it is `trashed` that shall be shown. `fitting`:
    what the new ones have to be among.

    One statement, by hand: to put it together costs the ORM ten times what it costs the database to answer.
    """
    sql = [f"SELECT 'state', id, revision FROM {STATES} WHERE provider = %s"]
    sql += [f"SELECT 'alive', 0, 1 WHERE EXISTS (SELECT 1 FROM {WORKERS} WHERE seen_at >= %s)"]
    values: list[Any] = [provider, connection.ops.adapt_datetimefield_value(timezone.now() - ALIVE)]
    if seen:
        sql += [_of_ids(len(seen), "purged_at" if trashed else GONE)]
        values += [owner, *([list(seen)] if connection.vendor == "postgresql" else seen)]
    if newest is not None and fitting is not None:
        fresh = fitting.filter(pk__gt=newest).order_by("-pk").values_list("pk", "revision")[:most]
        if newer := statement(fresh):
            sql += [f"SELECT 'take', newer.* FROM ({newer[0]}) AS newer"]
            values += newer[1]
    elif newest is not None:
        latest = f"SELECT 'take', id, revision FROM {TAKES} WHERE {OWNED} AND {GONE} IS NULL AND id > %s"
        sql += [f"SELECT * FROM ({latest} ORDER BY id DESC LIMIT %s) AS newer"]
        values += [owner, newest, most]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(sql), values)
        rows = cursor.fetchall()
    found = Revisions()
    for kind, pk, revision in rows:
        if kind == "take":
            found.takes[pk] = revision
        elif kind == "state":
            found.state = revision
        else:
            found.alive = True
    return found


def _of_ids(count: int, gone: str) -> str:
    """The takes of so many ids; for PostgreSQL the ids are one value."""
    ids = "= ANY(%s)" if connection.vendor == "postgresql" else f"IN ({', '.join(['%s'] * count)})"
    return f"SELECT 'take', id, revision FROM {TAKES} WHERE {OWNED} AND {gone} IS NULL AND id {ids}"

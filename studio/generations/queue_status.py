"""How the studio stands, as pages say: the provider's state, whether a worker is alive, and what is to be done."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from django.db import connection

from studio import clock
from studio.gallery.counts import TakeCount

from .connections import ALIVE, Connection, WorkerHeartbeat
from .models import Generation

TAKES, COUNTS, STATES, WORKERS = (
    model._meta.db_table for model in (Generation, TakeCount, Connection, WorkerHeartbeat)
)
_LATE = "late_since IS NOT NULL OR lost_since IS NOT NULL"
_HELD = "status = 'queued' AND held <> ''"
_LIVE = f"""
    SELECT COUNT(*) FILTER (WHERE status <> 'queued' AND NOT (status = 'running' AND ({_LATE}))) AS running,
        COUNT(*) FILTER (WHERE status = 'queued' AND held = '') AS waiting,
        COUNT(*) FILTER (WHERE status = 'running' AND ({_LATE})) AS late,
        COUNT(*) FILTER (WHERE {_HELD}) AS held_takes,
        COUNT(*) FILTER (WHERE status = 'queued' AND held = 'link') AS held_links,
        COUNT(*) FILTER (WHERE status = 'queued' AND held = 'older') AS held_older,
        CAST(COALESCE(SUM(estimate_high) FILTER (WHERE {_HELD}), 0) AS BIGINT) AS held_credits
    FROM {TAKES} WHERE owner_id = %s AND provider = %s AND status IN ('queued', 'submitting', 'running')
        AND deleted_at IS NULL"""
# Of what needs a person there may be many thousands: the former is a running sum, the latter is counted in part.
NOT_KEPT_MOST = 1_000
_UNCONFIRMED = f"SELECT COALESCE(SUM(takes), 0) FROM {COUNTS} WHERE owner_id = %s AND bucket = 'unconfirmed'"
_NOT_KEPT = f"""
    SELECT COUNT(*) FROM
        (SELECT 1 FROM {TAKES} WHERE owner_id = %s AND keeping = 'failed' AND deleted_at IS NULL LIMIT %s) AS failed"""
_ALL = f"""
    SELECT state.*, live.*, EXISTS (SELECT 1 FROM {WORKERS} WHERE seen_at >= %s) AS alive,
        CAST(({_UNCONFIRMED}) AS BIGINT) AS unconfirmed, ({_NOT_KEPT}) AS not_kept
    FROM ({_LIVE}) AS live LEFT JOIN {STATES} state ON state.provider = %s"""


@dataclass(frozen=True)
class QueueCounts:
    """How many takes of one owner wait, run and need a person."""

    running: int
    waiting: int
    needing: int
    held_takes: int = 0
    held_credits: int = 0
    held_links: int = 0  # of the held ones: those whose file the provider could not fetch
    held_older: int = 0  # of the held ones: those that may have been sent before the database went back in time
    and_more: bool = False  # need a person: those whose videos are not kept were not all counted

    def __str__(self) -> str:
        parts = ((self.running, " running"), (self.waiting, " waiting"), (self.needing, self._needs))
        return " · ".join(f"{count:,}{words}" for count, words in parts if count) or "Nothing to wait for"

    @property
    def _needs(self) -> str:
        return " needs you" if self.needing == 1 else "+ need you" if self.and_more else " need you"


def queue_status(owner: int, account: Connection) -> tuple[Connection | None, bool, QueueCounts]:
    """One statement, by hand. The state is None where the connection is not stored yet."""
    now = connection.ops.adapt_datetimefield_value(clock.now() - ALIVE)
    values = [now, owner, owner, NOT_KEPT_MOST, owner, account.name, account.name]
    row: Any = Connection.objects.raw(_ALL, values)[0]
    row.needing = row.unconfirmed + row.not_kept + row.late + row.held_takes
    row.and_more = row.not_kept == NOT_KEPT_MOST
    jobs = QueueCounts(**{field.name: getattr(row, field.name) for field in fields(QueueCounts)})
    return row if row.pk else None, bool(row.alive), jobs

"""One worker has a row for a while: the one mechanism by which takes, downloads and archives are handed out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from studio import clock

CANDIDATES = 8  # that are tried, as other workers may be faster


@dataclass(frozen=True)
class Lease:
    """The names of two columns. `due_at` is when there is something to do for a row, or when the lease on it ends: one
    that its worker never gave back falls due by itself. `token` names the lease, and begins with the worker's number.
    """

    due_at: str = "due_at"
    token: str = "claim_token"  # noqa: S105  # the name of a column, not a secret

    def due(self, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
        return rows.filter(**{f"{self.due_at}__lte": now})

    def take(self, rows: QuerySet[Any], worker: int, until: datetime, **changes: Any) -> str:
        """All these rows, with one statement and one token; "" where another worker was faster."""
        token = f"{worker}:{secrets.token_hex(8)}"
        return token if rows.update(**{self.due_at: until, self.token: token}, **changes) else ""

    def take_first(self, rows: QuerySet[Any], worker: int, length: timedelta, **changes: Any) -> tuple[Any, str] | None:
        """The first due row, and its token. A plain read finds it: mostly nothing is due."""
        now = clock.now()
        due = self.due(rows, now)
        for pk in due.values_list("pk", flat=True)[:CANDIDATES]:
            if token := self.take(due.filter(pk=pk).order_by(), worker, now + length, **changes):
                return due.model._default_manager.get(pk=pk), token
        return None

    def release(self, rows: QuerySet[Any], worker: int, **changes: Any) -> int:
        """What this worker had taken of these rows falls due now instead of when its lease ends."""
        taken = rows.filter(**{f"{self.due_at}__isnull": False, f"{self.token}__startswith": f"{worker}:"})
        return taken.update(**{self.due_at: clock.now()}, **changes)

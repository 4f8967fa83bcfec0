"""What a backup has as not sent yet may have been sent since, and paid for: a person decides. It is held where it is
loaded, so that a restore which is interrupted after that leaves nothing behind that a worker would send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from studio import clock

WAITS = "FROM studio_generation WHERE status = 'queued' AND held <> 'older'"
TELL = (
    "INSERT INTO studio_generationevent (generation_id, at, from_status, to_status, why)"
    f" SELECT id, {{0}}, 'queued', 'queued', {{0}} {WAITS}"
)
HOLD = (
    "UPDATE studio_generation SET held = 'older', due_at = NULL, claim_token = '', message = {0},"
    " revision = revision + 1 WHERE status = 'queued' AND held <> 'older'"
)


@dataclass
class Unsent:
    why: str
    count: int = 0

    @classmethod
    def of(cls, about: dict[str, Any]) -> Unsent:
        made = parse_datetime(about["made_at"])
        when = f" of {timezone.localtime(made):%Y-%m-%d %H:%M}" if made else ""
        return cls(f"Held: it comes from a backup{when} and may have been sent since then.")

    def hold(self, cursor: Any, mark: str) -> None:
        """By hand: the tables may be an older version's. `mark`: how this cursor's statements name a value."""
        cursor.execute(f"SELECT COUNT(*) {WAITS}")
        self.count = cursor.fetchone()[0]
        now = connection.ops.adapt_datetimefield_value(clock.now())
        cursor.execute(TELL.format(mark), [now, self.why])
        cursor.execute(HOLD.format(mark), [self.why])

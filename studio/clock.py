"""The one clock that all processes share: the database's."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

ASK_AGAIN_SECONDS = 10.0
_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # counts while the machine sleeps too
_known: tuple[float, datetime] | None = None  # when the server was asked, and its time then


def now() -> datetime:
    """The database server's time; on SQLite every process is on this machine and shares its clock. A server is asked
    every ten seconds, and what has passed since is counted here: each poll would otherwise ask it twice.
    """
    global _known
    if connection.vendor != "postgresql":
        return timezone.now()
    ticks = time.clock_gettime(_SINCE_BOOT)
    if _known is None or ticks - _known[0] > ASK_AGAIN_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
        asked = ticks
        ticks = time.clock_gettime(_SINCE_BOOT)
        _known = ((asked + ticks) / 2, moment)
    known_at, moment = _known
    return moment + timedelta(seconds=ticks - known_at)

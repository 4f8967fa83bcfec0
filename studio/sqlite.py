"""A SQLite database whose file is taken away under a running studio, as when somebody puts that of yesterday back."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper


def connected(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """A new connection of Django's: which file it has open."""
    if connection.vendor == "sqlite":
        connection.opened_file = _file_of(connection)  # type: ignore[attr-defined]


def reopen_if_replaced(**_: Any) -> None:
    """Whoever has the old file open would go on in it, alone, until the process ends."""
    if connection.vendor != "sqlite" or connection.connection is None or connection.in_atomic_block:
        return
    now = _file_of(connection)
    if now and now != getattr(connection, "opened_file", now):
        with suppress(DatabaseError):
            connection.close()


def _file_of(connection: BaseDatabaseWrapper) -> tuple[int, int] | None:
    with suppress(OSError):
        found = os.stat(connection.settings_dict["NAME"])
        return found.st_dev, found.st_ino
    return None

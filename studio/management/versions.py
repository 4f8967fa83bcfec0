"""Whether a database is one that this version understands."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

APP = "studio"


def unknown(applied: Iterable[tuple[str, str]]) -> list[str]:
    """The migrations of the studio that were made by a newer version than this."""
    known = MigrationLoader(None).disk_migrations
    names = {name for app, name in known if app == APP}
    names |= {name for migration in known.values() for app, name in migration.replaces if app == APP}
    return sorted(name for app, name in applied if app == APP and name not in names)


def refuse_newer(applied: Iterable[tuple[str, str]], what: str = "The database (DATABASE_URL)") -> None:
    """Raises CommandError in one line, before anything is touched."""
    if ahead := unknown(applied):
        raise CommandError(
            f"{what} is newer than this version of the studio (it has {ahead[-1]}): update with `git pull`, or go back "
            "to a backup that this version made."
        )


def refuse_newer_database() -> None:
    """Raises CommandError; also where the database does not answer."""
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError as error:
        raise CommandError(f"The database (DATABASE_URL) cannot be used: {' '.join(str(error).split())}") from None
    refuse_newer(applied)

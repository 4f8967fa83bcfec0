"""`manage.py upgrade`: bring the database to what this version needs, with a copy of it put aside first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from studio.management.versions import refuse_newer
from studio.models import triggers
from studio.postgresql import patiently

COPIES_KEPT = 5
# PostgreSQL answers from an index alone only where it knows that all of a page is there for everybody to see. It
# forgets that when a table is changed, and by itself looks again only after many writes.
VACUUM = "VACUUM (ANALYZE) studio_generation, studio_tagging, studio_membership"


def upgrade() -> Path | None:
    """Migrate if there is something to migrate. Returns the copy that was made of a SQLite database before.

    Raises CommandError, in one line, where the database cannot be reached or copied.
    """
    try:
        with patiently():
            copy = _migrate()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=WAL")  # once, before threads start; it stays with the file
        return copy
    except (DatabaseError, sqlite3.Error, OSError) as error:
        raise CommandError(f"The database (DATABASE_URL) cannot be used: {in_one_line(error)}") from None
    finally:
        connection.close()


def in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _migrate() -> Path | None:
    executor = MigrationExecutor(connection)
    refuse_newer(executor.loader.applied_migrations)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        triggers.install()  # an upgrade may have been cut off before
        return None
    has_data = bool(executor.loader.applied_migrations)
    copy = copy_database() if has_data and connection.vendor == "sqlite" else None
    call_command("migrate", interactive=False, verbosity=0)
    if has_data and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(VACUUM)
    return copy


def copy_database() -> Path:
    """A whole copy of the SQLite database in the data folder's `backups`, of which the last five are kept."""
    folder = settings.STUDIO_DATA_DIR / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    copy: Path = folder / f"dailies-{datetime.now():%Y-%m-%d-%H%M%S-%f}.sqlite3"
    database = settings.DATABASES["default"]["NAME"]
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    for old in sorted(folder.glob("dailies-*.sqlite3"))[:-COPIES_KEPT]:
        old.unlink()
    return copy


class Command(BaseCommand):
    help = "Copy the database, then bring it to what this version needs."
    requires_system_checks: list[Any] = []

    def handle(self, **options: Any) -> None:
        copy = upgrade()
        if copy:
            self.stdout.write(f"Copied the database to {copy} before the upgrade.")
        self.stdout.write("The database is up to date.")

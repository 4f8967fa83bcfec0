"""`manage.py upgrade`: bring the database to what this version needs, with a copy of it put aside first."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from studio.gallery import triggers
from studio.management.backups.sqlite import copy_to
from studio.media.room import NoRoom
from studio.media.scratch import scratch_folder
from studio.media.storage import sync_folder
from studio.postgresql import patiently

from ..leftovers import clear_leftovers
from ..versions import refuse_newer

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
    except NoRoom as error:
        raise CommandError(
            f"The database has to be copied before the upgrade, and the disk is full: {error.strerror}. Make room in "
            f"{settings.STUDIO_DATA_DIR}, and start again."
        ) from None
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
    before = executor.loader.applied_migrations.keys()
    has_data = bool(before)
    copy = copy_database() if has_data and connection.vendor == "sqlite" else None
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Exception:
        if copy and MigrationExecutor(connection).loader.applied_migrations.keys() == before:
            copy.unlink()  # nothing has changed, and another try would make another one
        raise
    if has_data and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(VACUUM)
    return copy


def copy_database() -> Path:
    """A whole copy of the SQLite database in the data folder's `backups`, of which the last five are kept."""
    folder = settings.STUDIO_DATA_DIR / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    copy: Path = folder / f"dailies-{datetime.now():%Y-%m-%d-%H%M%S-%f}.sqlite3"
    clear_leftovers(settings.STUDIO_DATA_DIR)
    clear_half_copies(folder)
    with scratch_folder(folder, ".copy-") as scratch:
        draft = scratch / copy.name
        copy_to(draft)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(copy)
        sync_folder(folder)
    for old in sorted(folder.glob("dailies-*.sqlite3"))[:-COPIES_KEPT]:
        old.unlink()
    return copy


def clear_half_copies(folder: Path) -> None:
    """Earlier versions wrote under the final name; where one was killed at that, half a copy stands among the whole
    ones: an empty file, one that SQLite has left its journal beside, or one that is shorter than it says.
    """
    for path in folder.glob("dailies-*.sqlite3"):
        journal = path.with_name(f"{path.name}-journal")
        with path.open("rb") as file:
            head = file.read(100)
        claims = int.from_bytes(head[28:32]) * (int.from_bytes(head[16:18]) or 1)  # pages, and bytes of each
        short = head.startswith(b"SQLite format 3\0") and path.stat().st_size < claims
        if not head or short or journal.exists():
            path.unlink()
            journal.unlink(missing_ok=True)


class Command(BaseCommand):
    help = "Copy the database, then bring it to what this version needs."
    requires_system_checks: list[Any] = []

    def handle(self, **options: Any) -> None:
        copy = upgrade()
        if copy:
            self.stdout.write(f"Copied the database to {copy} before the upgrade.")
        self.stdout.write("The database is up to date.")

"""`manage.py restore FILE`: bring back what `manage.py backup` wrote."""

from __future__ import annotations

import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from studio.management.backups.archive import BrokenBackup, reading
from studio.management.backups.restore import Restored, restore
from studio.media.storage import in_words, store_errors
from studio.postgresql import patiently


class Command(BaseCommand):
    help = "Bring a backup back. The studio must not run; nothing is sent by itself afterwards."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="put the takes that are here aside")

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        try:
            with reading(file) as reader, patiently():
                done = restore(reader, force=force)
        except BrokenBackup as error:
            raise CommandError(f"{file} cannot be restored: {error}.") from None
        except (DatabaseError, sqlite3.Error) as error:
            raise CommandError(f"The database (DATABASE_URL) cannot be used: {' '.join(str(error).split())}") from None
        except store_errors() as error:
            raise CommandError(f"{file} cannot be restored: {in_words(error)}.") from None
        self.tell(file, done)

    def tell(self, file: Path, done: Restored) -> None:
        self.stdout.write(f"Restored {done.takes} takes and {done.files} media files from {file}.")
        if done.aside:
            self.stdout.write(f"What was here before is in {done.aside}.")
        if done.held:
            self.stdout.write(f"{done.held} takes were not sent yet when it was made: they are held until you click.")

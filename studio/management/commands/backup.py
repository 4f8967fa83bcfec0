"""`manage.py backup FILE`: everything that cannot be had again, while the studio runs."""

from __future__ import annotations

import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.template.defaultfilters import filesizeformat

from studio.management.backups.backup import write
from studio.media.storage import in_words, store_errors
from studio.postgresql import patiently

from ..versions import refuse_newer_database


class Command(BaseCommand):
    help = "Write the database, and if asked all videos and files, into one file; the studio may run meanwhile."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where to; an older one there goes when this one is whole")
        parser.add_argument("--media", action="store_true", help="the videos and files, too")

    def handle(self, *, file: Path, media: bool, **options: Any) -> None:
        if file.is_dir() or not file.parent.is_dir():
            raise CommandError(f"{file} cannot be written: name a file in a folder that is there.")
        refuse_newer_database()
        try:
            with patiently():
                files = write(file, media=media)
        except (DatabaseError, sqlite3.Error) as error:
            raise CommandError(f"The database (DATABASE_URL) cannot be used: {' '.join(str(error).split())}") from None
        except store_errors() as error:
            raise CommandError(f"No backup was made: {in_words(error)}.") from None
        size = filesizeformat(file.stat().st_size).replace("\xa0", " ")
        what = f"the database and {files} media files" if media else "the database; --media adds videos and files"
        self.stdout.write(f"{file}: {size}, {what}. It holds the secret key: keep it where nobody else reads it.")

"""A SQLite database as one file, copied while others write."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from studio.media.placing import sync_folder
from studio.media.scratch import draft_beside, scratch_folder

from .archive import Broken, Reader, Writer
from .unsent import Unsent

MEMBER = "database/dailies.sqlite3"
Applied = list[tuple[str, str]]


def path() -> Path:
    return Path(settings.DATABASES["default"]["NAME"])


def dump(writer: Writer, folder: Path) -> Applied:
    """The database as it was at one moment."""
    require_room(folder, times=2)  # here, and in the backup itself
    with scratch_folder(folder, ".backup-") as scratch:
        copy = scratch / "copy.sqlite3"
        with closing(sqlite3.connect(path(), timeout=60)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without a second one beside it
            applied = target.execute("SELECT app, name FROM django_migrations").fetchall()
        writer.add_path(MEMBER, copy)
    return applied


def require_room(folder: Path, times: int = 1) -> None:
    """Raises NoRoom where there is none for so many copies of the database."""
    size = sum(Path(f"{path()}{end}").stat().st_size for end in ("", "-wal") if Path(f"{path()}{end}").exists())
    settings.STUDIO_DISK_RESERVE.require(folder, size * times)


def holds_takes() -> bool:
    """Whether there is a database that somebody may miss; one that cannot be read is."""
    if not path().exists() or not path().stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(f"file:{path()}?mode=ro", uri=True)) as database:
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'studio_generation'").fetchone() is None:
                return False
            return database.execute("SELECT 1 FROM studio_generation LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return True


def load(reader: Reader, applied: Applied, unsent: Unsent) -> Path | None:
    """In place of the database that is there, which is put aside: where. Nothing changes until the new one is whole."""
    path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.STUDIO_DISK_RESERVE.require(path().parent, reader.contents[MEMBER][0] if MEMBER in reader.contents else 0)
    with draft_beside(path()) as draft:
        reader.copy(MEMBER, draft)
        check(draft, unsent)
        aside = put_aside()
        os.replace(draft, path())
        sync_folder(path().parent)
    return aside


def check(draft: Path, unsent: Unsent) -> None:
    try:
        with closing(sqlite3.connect(draft)) as database:
            if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise Broken("the database in it is damaged")
            with database:
                unsent.hold(database.cursor(), "?")
            database.execute("PRAGMA journal_mode=WAL")  # as `manage.py upgrade` leaves it
    except sqlite3.Error as error:
        raise Broken(f"the database in it cannot be read ({error})") from None


def put_aside() -> Path | None:
    """What was there, with the files that belong to it, under another name in `backups`."""
    connection.close()
    if not path().exists():
        return None
    folder: Path = settings.STUDIO_DATA_DIR / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    aside = folder / f"before-restore-{datetime.now():%Y-%m-%d-%H%M%S}.sqlite3"
    try:
        for end in ("-wal", "-shm", ""):
            part = Path(f"{path()}{end}")
            if part.exists():
                part.rename(f"{aside}{end}")
    except OSError as error:
        raise CommandError(f"The old database cannot be put aside: {error}") from None
    return aside

"""A SQLite database as one file, copied by SQLite's backup API while others write."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from studio.media.scratch import draft_beside, scratch_folder
from studio.media.storage import sync_folder

from .archive import BrokenBackup, Reader, Writer

MEMBER = "database/dailies.sqlite3"


def database() -> Path:
    return Path(settings.DATABASES["default"]["NAME"])


def copy_to(target: Path, copies: int = 1) -> None:
    """The database as it was at one moment. Raises NoRoom where the disk has none for so many copies."""
    parts = [Path(f"{database()}{end}") for end in ("", "-wal")]
    size = sum(part.stat().st_size for part in parts if part.exists())
    settings.STUDIO_DISK_RESERVE.require(target.parent, size * copies)
    with closing(sqlite3.connect(database(), timeout=60)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a second one beside it


def dump(writer: Writer, folder: Path) -> None:
    with scratch_folder(folder, ".backup-") as scratch:
        copy_to(scratch / "copy.sqlite3", copies=2)  # here, and in the backup itself
        writer.add_path(MEMBER, scratch / "copy.sqlite3")


def holds_takes() -> bool:
    """Whether there is a database that somebody may miss; one that cannot be read is."""
    if not database().exists() or not database().stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(f"file:{database()}?mode=ro", uri=True)) as there:
            if there.execute("SELECT 1 FROM sqlite_master WHERE name = 'studio_generation'").fetchone() is None:
                return False
            return there.execute("SELECT 1 FROM studio_generation LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return True


@contextmanager
def unpacked(reader: Reader) -> Iterator[Path]:
    """The database that is in a backup, whole, beside the one in use. Raises BrokenBackup."""
    database().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.STUDIO_DISK_RESERVE.require(database().parent, reader.contents.get(MEMBER, (0, ""))[0])
    with draft_beside(database()) as draft:
        reader.copy(MEMBER, draft)
        try:
            with closing(sqlite3.connect(draft)) as copy:
                if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
                    raise BrokenBackup("the database in it is damaged")
        except sqlite3.Error as error:
            raise BrokenBackup(f"the database in it cannot be read ({error})") from None
        yield draft


def put_in_place(draft: Path, hold: list[str], why: str) -> None:
    """The draft in place of the database that is there, and the statements `hold` after it: all of it or nothing."""
    with closing(sqlite3.connect(draft)) as copy:
        with copy:
            for sql in hold:
                copy.execute(sql.format("?"), [why])
        copy.execute("PRAGMA journal_mode=WAL")  # as `manage.py upgrade` leaves it
    os.replace(draft, database())
    sync_folder(database().parent)


def put_aside(aside: Path) -> None:
    """What was there under another name, with the files that belong to it."""
    connection.close()
    try:
        for end in ("-wal", "-shm", ""):
            part = Path(f"{database()}{end}")
            if part.exists():
                part.rename(f"{aside}{end}")
    except OSError as error:
        raise CommandError(f"The old database cannot be put aside: {error}") from None

"""Bringing a backup back, into a data folder that nobody works with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from studio.generations.connections import Connection, WorkerHeartbeat
from studio.generations.models import Generation
from studio.media.scratch import scratch_folder
from studio.media.storage import place_file

from ..in_use import take_over
from ..leftovers import clear_leftovers
from ..media_check import checksum
from ..versions import refuse_newer
from . import postgresql, sqlite
from .archive import BrokenBackup, Reader
from .backup import ABOUT, FORMAT, database, write

KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
MEDIA = ("videos", "posters", "uploads")
# What a backup has as not sent yet may have been sent since, and paid for: a person decides. In SQL, as the tables may
# be an older version's, and as no worker may ever see them otherwise.
HOLD = [
    "INSERT INTO studio_generationevent (generation_id, at, from_status, to_status, why)"
    " SELECT id, CURRENT_TIMESTAMP, 'queued', 'queued', {0} FROM studio_generation"
    " WHERE status = 'queued' AND held <> 'older'",
    "UPDATE studio_generation SET held = 'older', due_at = NULL, claim_token = '', message = {0},"
    " revision = revision + 1 WHERE status = 'queued' AND held <> 'older'",
]


@dataclass(frozen=True)
class Restored:
    takes: int
    files: int
    held: int
    aside: Path | None


def restore(reader: Reader, *, force: bool) -> Restored:
    """Raises CommandError before anything is changed, BrokenBackup where the file turns out to be damaged. The database
    comes last: until then the old one is in its place.
    """
    about = reader.json(ABOUT)
    refuse(about)
    refuse_in_use()
    clear_leftovers(settings.STUDIO_DATA_DIR)
    if not force and database().holds_takes():
        raise CommandError(
            "There are takes here already. With --force they are put aside first, into `backups` in the data folder."
        )
    small = check_small(reader)
    files = [restore_file(reader, name) for name in reader.names("media")]
    made = timezone.localtime(datetime.fromisoformat(about["made_at"]))
    why = f"Held: it comes from a backup of {made:%Y-%m-%d %H:%M} and may have been sent since then."
    with database().unpacked(reader) as unpacked:
        aside = put_aside()
        database().put_in_place(unpacked, HOLD, why)
    restore_small(reader, small)
    call_command("migrate", interactive=False, verbosity=0)
    Connection.configured().begin_era()
    held = Generation.objects.filter(status=Generation.Status.QUEUED, message=why).count()
    return Restored(Generation.objects.count(), len(files), held, aside)


def refuse(about: dict[str, Any]) -> None:
    if about["format"] > FORMAT:
        raise CommandError("The backup is newer than this version of the studio: update with `git pull`.")
    refuse_newer([(app, name) for app, name in about["migrations"]], "The backup")
    if about["database"] != connection.vendor:
        raise CommandError(
            f"This backup is of {KINDS[about['database']]}, and DATABASE_URL names {KINDS[connection.vendor]}: a "
            "backup goes back into the kind of database that it was made of."
        )


def refuse_in_use() -> None:
    if not take_over(settings.STUDIO_DATA_DIR):
        raise CommandError(f"{settings.STUDIO_DATA_DIR} is in use: stop the studio and its workers first.")
    table = WorkerHeartbeat._meta.db_table
    if connection.vendor != "postgresql" or table not in connection.introspection.table_names():
        return
    if WorkerHeartbeat.any_alive():
        raise CommandError("A worker works with this database, or did until some seconds ago: stop it first.")


def put_aside() -> Path | None:
    """The database that is here goes into `backups`: where, if there is one."""
    folder: Path = settings.STUDIO_DATA_DIR / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    aside = folder / f"before-restore-{datetime.now():%Y-%m-%d-%H%M%S}"
    if connection.vendor == "sqlite":
        aside = aside.with_suffix(".sqlite3")
        sqlite.put_aside(aside)
        return aside if aside.exists() else None
    if not postgresql.holds_takes():
        return None
    write(aside.with_suffix(".tar"), media=False)
    return aside.with_suffix(".tar")


def restore_file(reader: Reader, name: str) -> str:
    """Into the media store, unless the very same file is there."""
    if name.partition("/")[0] not in MEDIA:
        raise BrokenBackup(f"{name} in it is no name of a media file")
    size, digest = reader.contents[f"media/{name}"]
    if default_storage.exists(name) and default_storage.size(name) == size and checksum(name) == digest:
        return name
    settings.STUDIO_DISK_RESERVE.require(settings.STUDIO_DATA_DIR, size)
    with scratch_folder(settings.STUDIO_DATA_DIR, ".restore-") as scratch:
        draft = scratch / "file"
        reader.copy(f"media/{name}", draft)
        place_file(default_storage, name, draft)
    return name


def check_small(reader: Reader) -> list[str]:
    """The secret key, answers that are still to be written down, and the sandbox's tasks: all of them are whole."""
    names = ["secret_key", *(f"{folder}/{name}" for folder in ("answers", "sandbox") for name in reader.names(folder))]
    for name in names:
        for _ in reader.blocks(name):
            pass
    return names


def restore_small(reader: Reader, names: list[str]) -> None:
    for name in names:
        path: Path = settings.STUDIO_DATA_DIR / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.part")
        reader.copy(name, draft)
        draft.replace(path)

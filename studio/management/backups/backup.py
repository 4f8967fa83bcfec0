"""Making a backup, while the studio runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from studio.generations.kept_video import KeptVideo
from studio.media.names import sidecar
from studio.uploads.models import Upload

from . import postgresql, sqlite
from .archive import Writer, writing

FORMAT = 2  # 1: PostgreSQL's tables as `COPY` writes them
ABOUT = "backup.json"


def database() -> ModuleType:
    """How the database that is in use is copied, and put back."""
    return postgresql if connection.vendor == "postgresql" else sqlite


def write(path: Path, *, media: bool) -> int:
    """Everything that cannot be had again, in one file; how many media files are in it.

    Answers of the provider are taken before the database and after it: one that is in neither yet is of a take that the
    database has as being sent, and so never forgotten.
    """
    with writing(path, settings.STUDIO_DISK_RESERVE) as writer:
        answers = contents_of("answers")
        database().dump(writer, path.parent)
        for name, content in (answers | contents_of("answers")).items():
            writer.add_bytes(name, content)
        writer.add_path("secret_key", settings.STUDIO_DATA_DIR / "secret_key")
        add_sandbox(writer)
        count = add_media(writer) if media else 0
        about = {
            "format": FORMAT,
            "made_at": timezone.now().isoformat(timespec="seconds"),
            "database": connection.vendor,
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
            "media": media,
        }
        writer.add_bytes(ABOUT, json.dumps(about).encode())
    return count


def contents_of(folder: str) -> dict[str, bytes]:
    """The small files in a folder of the data folder; they come and go."""
    found = {}
    for path in sorted((settings.STUDIO_DATA_DIR / folder).glob("*.json")):
        try:
            found[f"{folder}/{path.name}"] = path.read_bytes()
        except FileNotFoundError:
            continue
    return found


def add_sandbox(writer: Writer) -> None:
    """What the sandbox was asked for; it makes its clips anew from that."""
    for name, content in contents_of("sandbox/tasks").items():
        writer.add_bytes(name, content)


def add_media(writer: Writer) -> int:
    """Every file that the database knows of; those that are deleted meanwhile are no part of it."""
    count = 0
    for name in media_names():
        try:
            with default_storage.open(name) as file:
                writer.add(f"media/{name}", file, file.size)
        except FileNotFoundError:
            continue
        count += 1
    return count


def media_names() -> Iterator[str]:
    """The files that the rows name, each once, and what lies beside a video."""
    if not {KeptVideo._meta.db_table, Upload._meta.db_table} <= set(connection.introspection.table_names()):
        return
    seen: set[str] = set()
    for rows in (KeptVideo.objects, Upload.objects):
        for name, poster in rows.order_by("pk").values_list("name", "poster").iterator():
            beside = sidecar(name) if rows is KeptVideo.objects else ""
            for each in filter(None, (name, beside, poster)):
                if each not in seen:
                    seen.add(each)
                    yield each

"""A PostgreSQL database table by table, as `COPY` writes and reads them: exact, and never all in memory."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from studio.media.scratch import scratch_folder

from .archive import Broken, Reader, Writer
from .unsent import Unsent

OURS = ("auth_", "django_", "studio_")
TABLES = "database/tables.json"
Applied = list[tuple[str, str]]
COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position"
)


def tables() -> dict[str, list[str]]:
    """Our tables and their columns, but for those that the database computes."""
    ours: dict[str, list[str]] = {
        name: [] for name in sorted(connection.introspection.table_names()) if name.startswith(OURS)
    }
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column in cursor.fetchall():
            if table in ours:
                ours[table].append(column)
    return ours


def rows_of_ours() -> dict[str, list[str]]:
    """Without what the database makes of them by itself, as it will again."""
    named = {*connection.introspection.django_table_names(only_existing=True), "django_migrations"}
    return {table: columns for table, columns in tables().items() if table in named}


def quoted(table: str, columns: list[str]) -> str:
    name = connection.ops.quote_name
    return f"{name(table)} ({', '.join(map(name, columns))})"


def dump(writer: Writer, folder: Path) -> Applied:
    """All tables as they were at one moment, whatever is written meanwhile."""
    with scratch_folder(folder, ".backup-") as scratch:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found = rows_of_ours()
            for table, columns in found.items():
                with open(scratch / table, "wb") as file, copying(cursor, table, columns, "TO STDOUT") as rows:
                    for block in rows:
                        settings.STUDIO_DISK_RESERVE.require(folder, len(block))
                        file.write(block)
            cursor.execute("SELECT app, name FROM django_migrations")
            applied: Applied = cursor.fetchall()
        writer.add_bytes(TABLES, json.dumps(found).encode())
        for table in found:
            writer.add_path(f"database/{table}", scratch / table)
    return applied


def copying(cursor: Any, table: str, columns: list[str], way: str) -> Any:
    return cursor.copy(f"COPY {quoted(table, columns)} {way}")


def holds_takes() -> bool:
    if "studio_generation" not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM studio_generation)")
        return bool(cursor.fetchone()[0])


def load(reader: Reader, applied: Applied, unsent: Unsent) -> Path | None:
    """In place of the tables that are there, which are put aside as a backup of their own: where."""
    for name in reader.names("database"):
        for _ in reader.blocks(f"database/{name}"):
            pass  # once through all of it, before anything is dropped: Broken, where it is
    aside = put_aside() if holds_takes() else None
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
    executor = MigrationExecutor(connection)
    executor.migrate(last_of(set(applied), executor.loader.graph))
    fill(reader, unsent)
    return aside


def last_of(applied: set[tuple[str, str]], graph: MigrationGraph) -> Applied:
    """How far each app had come: those that no other follows."""
    known = {node for node in applied if node in graph.nodes}
    followed = {parent.key for node in known for parent in graph.node_map[node].parents if parent.key[0] == node[0]}
    return sorted(known - followed)


def fill(reader: Reader, unsent: Unsent) -> None:
    """The rows, all or none. No trigger of ours is there yet: what they add up is among the rows."""
    found, there = reader.json(TABLES), tables()
    if missing := sorted(set(found) - set(there)):
        raise Broken(f"this version has no table {missing[0]}")
    with transaction.atomic(), connection.cursor() as cursor:
        names = ", ".join(map(connection.ops.quote_name, found))
        cursor.execute(f"TRUNCATE {names} CASCADE")
        for table, columns in found.items():
            with copying(cursor, table, columns, "FROM STDIN") as rows:
                for block in reader.blocks(f"database/{table}"):
                    rows.write(block)
        counted: list[type[Model]] = [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]
        for sql in connection.ops.sequence_reset_sql(no_style(), counted):
            cursor.execute(sql)
        unsent.hold(cursor, "%s")


def put_aside() -> Path:
    folder: Path = settings.STUDIO_DATA_DIR / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"before-restore-{datetime.now():%Y-%m-%d-%H%M%S}.tar"
    from .backup import write

    write(path, media=False)
    return path

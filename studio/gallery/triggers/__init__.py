"""What the database itself keeps beside each take: the running sums (`counts`) and the words to search for (`search`).

`install` puts it there after each `migrate`, unless it is there as it is written here: on SQLite a change of the table
drops its triggers without a word. What was missed meanwhile is then counted and indexed anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from inspect import getsource
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from studio.gallery import folding

from . import postgresql, sqlite

# SQLite's triggers call a function whose text they do not hold: a change of it has to be seen as well.
FOLDING = getsource(folding)


def _kind(connection: BaseDatabaseWrapper) -> Any:
    return postgresql if connection.vendor == "postgresql" else sqlite


def _wanted(kind: Any) -> dict[str, str]:
    """The statements by names that tell their text: another text is another trigger."""
    found = {}
    for name, sql in kind.statements().items():
        full = _in_full(kind, name, sql)
        found[full] = sql.replace("{name}", full)
    return found


def _in_full(kind: Any, name: str, sql: str) -> str:
    return f"dailies_{name}_{sha256(''.join([*kind.INDEX, FOLDING, sql]).encode()).hexdigest()[:8]}"


def install(using: str = "default") -> bool:
    """Whether there was something to do."""
    connection = connections[using]
    kind, wanted = _kind(connection), _wanted(_kind(connection))
    if present(connection) == set(wanted):
        return False
    with transaction.atomic(using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE studio_generation IN SHARE ROW EXCLUSIVE MODE")
        there = present(connection)  # another process may have been at it until now
        if there == set(wanted):
            return False
        for name in there:
            cursor.execute(kind.DROP.format(name=name))
        for sql in kind.INDEX:
            cursor.execute(sql)
        for sql in wanted.values():
            cursor.execute(sql)
        rebuild(using)
    return True


def present(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_kind(connection).PRESENT)
        return {name for (name,) in cursor.fetchall()}


def remove(using: str = "default") -> None:
    """Before millions of rows are written at once; `install` counts and indexes them afterwards, much faster."""
    connection = connections[using]
    kind = _kind(connection)
    with transaction.atomic(using), connection.cursor() as cursor:
        for name in present(connection):
            cursor.execute(kind.DROP.format(name=name))


def rebuild(using: str = "default") -> None:
    """Count and index everything anew."""
    connection = connections[using]
    with transaction.atomic(using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE studio_generation IN SHARE ROW EXCLUSIVE MODE")
        for sql in _kind(connection).REBUILD:
            cursor.execute(sql)


def before_migrate(using: str = "default", plan: Sequence[tuple[Any, bool]] = (), **_: Any) -> None:
    """Of `pre_migrate`: no trigger may speak of what is just being changed, nor write to what is not there any more."""
    if any(migration.app_label == "studio" for migration, _ in plan):
        remove(using)


def after_migrate(using: str = "default", **_: Any) -> None:
    """Of `post_migrate`, where the tables are as they have to be: somebody may have gone back, or not all the way."""
    executor = MigrationExecutor(connections[using])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes("studio")):
        install(using)

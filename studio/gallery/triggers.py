"""What triggers of the database keep beside each take: the running sums (`counts`) and the words to search for
(`search`). Whoever writes a take, by whatever way, cannot forget them.

SQLite has one writer at a time, so the sums of a key are one row. On PostgreSQL each change adds a row and locks none;
every hundred rows or so, those of the keys that changed are folded into one, leaving out what another transaction
holds. The words are in a table of their own: a poll's write to the take would otherwise write to their index each time.

`install` puts it all there after each `migrate`, unless it is there as it is written here: on SQLite a change of the
table drops its triggers without a word. What was missed meanwhile is then counted and indexed anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from inspect import getsource
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from . import folding

# What one take adds to the sums. `{r}` is the row: NEW or OLD in a trigger, else a table.
BUCKET = (
    "CASE WHEN {r}.purged_at IS NOT NULL THEN 'purged' WHEN {r}.deleted_at IS NOT NULL THEN 'trash' ELSE {r}.status END"
)
SLOT = {
    "sqlite": "CAST(strftime('%s', substr({r}.created_at, 1, 19)) AS INTEGER) / 900",  # not rounded up
    "postgresql": "FLOOR(EXTRACT(EPOCH FROM {r}.created_at) / 900)::bigint",
}
_COUNTED = f"{{r}}.status <> 'canceled' AND {{r}}.provider <> '{settings.SANDBOX}'"
_SPENT = f"{_COUNTED} AND {{r}}.charged <> 'no'"
_FOR_NOTHING = "({r}.status = 'unconfirmed' OR ({r}.status = 'closed' AND {r}.charged = 'maybe'))"
_ABOUT = "COALESCE({r}.credits_reserved, {r}.estimate_high)"
PARTS = {
    "takes": f"CASE WHEN {_COUNTED} THEN 1 ELSE 0 END",
    "tests": f"CASE WHEN {{r}}.status <> 'canceled' AND {{r}}.provider = '{settings.SANDBOX}' THEN 1 ELSE 0 END",
    "low": f"CASE WHEN {_SPENT} THEN COALESCE({{r}}.credits, {{r}}.credits_reserved, {{r}}.estimate_low) ELSE 0 END",
    "high": f"CASE WHEN {_SPENT} THEN COALESCE({{r}}.credits, {{r}}.credits_reserved, {{r}}.estimate_high) ELSE 0 END",
    "rest": f"CASE WHEN {_SPENT} THEN COALESCE({{r}}.credits_rest, 0) ELSE 0 END",
    "estimates": f"CASE WHEN {_SPENT} AND {{r}}.credits IS NULL THEN 1 ELSE 0 END",
    "unconfirmed": f"CASE WHEN {_COUNTED} AND {_FOR_NOTHING} THEN {_ABOUT} ELSE 0 END",
}
NAMES = ", ".join(PARTS)
WORDS = ("prompt", "note", "task_id", "other_task_id")
# By the kind of trigger: the columns whose change gives it something to do. A poll without news writes none of these.
WATCHED = {
    "count": ("owner_id", "status", "deleted_at", "purged_at"),
    "sum": (
        "owner_id", "status", "provider", "charged", "credits", "credits_rest", "credits_reserved", "estimate_low",
        "estimate_high", "created_at",
    ),
    "index": WORDS,
}  # fmt: skip


def _changed(columns: tuple[str, ...], unequal: str) -> str:
    return " OR ".join(f"OLD.{column} {unequal} NEW.{column}" for column in columns)


# SQLite ---------------------------------------------------------------------------------------------------------------

_WORDS = ", ".join(WORDS)


def _folded(row: str) -> str:
    return ", ".join(f"dailies_fold({row}.{column})" for column in WORDS)  # `folding.fold`


def _on_sqlite(kind: str, row: str, sign: str) -> str:
    """What a trigger does with a row that comes (+) or goes (-)."""
    if kind == "index" and sign == "+":
        return f"INSERT INTO studio_search (rowid, {_WORDS}) VALUES ({row}.id, {_folded(row)});"
    if kind == "index":
        return (
            f"INSERT INTO studio_search (studio_search, rowid, {_WORDS}) VALUES ('delete', {row}.id, {_folded(row)});"
        )
    if kind == "count":
        table, name, key, parts = "studio_takecount", "bucket", BUCKET.format(r=row), {"takes": "1"}
    else:
        table, name, key, parts = "studio_slotsum", "slot", SLOT["sqlite"].format(r=row), PARTS
    where = f"owner_id = {row}.owner_id AND {name} = {key}"
    sets = ", ".join(f"{part} = {part} {sign} ({sql.format(r=row)})" for part, sql in parts.items())
    return (
        f"INSERT INTO {table} (owner_id, {name}, {', '.join(parts)}) SELECT {row}.owner_id, {key}{', 0' * len(parts)}"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {where});"
        f" UPDATE {table} SET {sets} WHERE {where};"
    )


def _sqlite_triggers() -> dict[str, str]:
    found = {}
    for kind, columns in WATCHED.items():
        comes, goes = _on_sqlite(kind, "NEW", "+"), _on_sqlite(kind, "OLD", "-")
        head = "CREATE TRIGGER {name} AFTER"
        given = f"UPDATE OF {', '.join(columns)} ON studio_generation WHEN {_changed(columns, 'IS NOT')}"
        found[f"{kind}_new"] = f"{head} INSERT ON studio_generation BEGIN {comes} END"
        found[f"{kind}_gone"] = f"{head} DELETE ON studio_generation BEGIN {goes} END"
        found[f"{kind}_changed"] = f"{head} {given} BEGIN {goes} {comes} END"
    return found


# PostgreSQL -----------------------------------------------------------------------------------------------------------

_FOLD_EVERY = 128  # rows


def _vector(row: str) -> str:
    """A word is a run of letters and digits, as on SQLite. Between the columns there is a word that nobody can look
    for, so that no phrase goes from one into the next.
    """
    texts = (folding.folded_sql(f"{row}.{column}") for column in WORDS)
    words = (f"to_tsvector('simple', regexp_replace({text}, '[^[:alnum:]]+', ' ', 'g'))" for text in texts)
    return " || '|:1'::tsvector || ".join(words)


def _on_postgresql(kind: str, row: str, sign: str) -> str:
    if kind == "index" and sign == "+":
        return f"INSERT INTO studio_search VALUES ({row}.id, {_vector(row)});"
    if kind == "index":
        return f"DELETE FROM studio_search WHERE id = {row}.id;"
    if kind == "count":
        table, names, key, values = "studio_takecount", "bucket, takes", BUCKET, f"{sign} 1"
    else:
        table, names, key = "studio_slotsum", f"slot, {NAMES}", SLOT["postgresql"]
        values = ", ".join(f"{sign} ({part.format(r=row)})" for part in PARTS.values())
    columns = f"(owner_id, {names}) VALUES ({row}.owner_id, {key.format(r=row)}, {values})"
    return f"INSERT INTO {table} {columns} RETURNING id INTO last;"


def _fold(table: str, key: str, names: str) -> str:
    """Where two do it at once, each folds what the other has not locked."""
    sums = ", ".join(f"SUM({name})" for name in names.split(", "))
    return (
        f"IF last % {_FOLD_EVERY} < 2 THEN WITH gone AS (DELETE FROM {table} WHERE id IN (SELECT id FROM {table}"
        f" WHERE (owner_id, {key}) IN (SELECT owner_id, {key} FROM {table} WHERE id > last - {4 * _FOLD_EVERY})"
        f" FOR UPDATE SKIP LOCKED) RETURNING owner_id, {key}, {names})"
        f" INSERT INTO {table} (owner_id, {key}, {names}) SELECT owner_id, {key}, {sums} FROM gone GROUP BY 1, 2;"
        " END IF;"
    )


def _postgresql_triggers() -> dict[str, str]:
    """Each with its function, which bears the same name."""
    folds = {"count": _fold("studio_takecount", "bucket", "takes"), "sum": _fold("studio_slotsum", "slot", NAMES)}
    create = "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$%s$$; CREATE TRIGGER {name}"
    found = {}
    for kind, columns in WATCHED.items():
        body = (
            "DECLARE last bigint := 2; BEGIN"
            f" IF TG_OP = 'UPDATE' THEN IF NOT ({_changed(columns, 'IS DISTINCT FROM')}) THEN RETURN NULL;"
            " END IF; END IF;"
            f" IF TG_OP <> 'INSERT' THEN {_on_postgresql(kind, 'OLD', '-')} END IF;"
            f" IF TG_OP <> 'DELETE' THEN {_on_postgresql(kind, 'NEW', '+')} END IF; {folds.get(kind, '')}"
            " RETURN NULL; END"
        )
        events = f"AFTER INSERT OR DELETE OR UPDATE OF {', '.join(columns)} ON studio_generation"
        found[kind] = f"{create.replace('%s', body)} {events} FOR EACH ROW EXECUTE FUNCTION {{name}}()"
    clear = "TRUNCATE studio_search; DELETE FROM studio_takecount; DELETE FROM studio_slotsum;"
    cleared = create.replace("%s", f"BEGIN {clear} RETURN NULL; END")
    found["cleared"] = f"{cleared} AFTER TRUNCATE ON studio_generation EXECUTE FUNCTION {{name}}()"
    return found


# Both -----------------------------------------------------------------------------------------------------------------

TRIGGERS = {"sqlite": _sqlite_triggers, "postgresql": _postgresql_triggers}
INDEX = {
    "sqlite": [  # without a copy of the words: what is indexed is the folded text, which nobody reads
        "DROP TABLE IF EXISTS studio_search",
        f"CREATE VIRTUAL TABLE studio_search USING fts5({_WORDS}, content='',"
        " tokenize='unicode61 remove_diacritics 0', prefix='2 3')",
    ],
    "postgresql": [
        "CREATE TABLE IF NOT EXISTS studio_search (id bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX IF NOT EXISTS studio_search_words ON studio_search USING gin (words)",
    ],
}
INDEX_ANEW = {
    "sqlite": [
        "INSERT INTO studio_search(studio_search) VALUES ('delete-all')",
        f"INSERT INTO studio_search (rowid, {_WORDS}) SELECT g.id, {_folded('g')} FROM studio_generation g",
    ],
    "postgresql": [
        "DELETE FROM studio_search",
        f"INSERT INTO studio_search SELECT g.id, {_vector('g')} FROM studio_generation g",
        "ANALYZE studio_search",
    ],
}
PRESENT = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'dailies\\_%' ESCAPE '\\'",
    "postgresql": (
        "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid"
        " WHERE pg_table_is_visible(c.oid) AND tgname LIKE 'dailies\\_%'"
        " UNION SELECT proname FROM pg_proc WHERE pg_function_is_visible(oid) AND prorettype <> 'trigger'::regtype"
        " AND proname LIKE 'dailies\\_%'"  # earlier versions had one
    ),
}
DROP = {"sqlite": "DROP TRIGGER {name}", "postgresql": "DROP FUNCTION {name} CASCADE"}  # with its trigger
LOCK = {"sqlite": [], "postgresql": ["LOCK TABLE studio_generation IN SHARE ROW EXCLUSIVE MODE"]}


def _wanted(vendor: str) -> dict[str, str]:
    """The statements by names that tell their text: another text is another trigger. SQLite's call a function whose
    text they do not hold, so a change of that is seen as well.
    """
    found = {}
    for name, sql in TRIGGERS[vendor]().items():
        text = "".join([*INDEX[vendor], getsource(folding), sql])
        full = f"dailies_{name}_{sha256(text.encode()).hexdigest()[:8]}"
        found[full] = sql.replace("{name}", full)
    return found


def _execute(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)


def install(using: str = "default") -> bool:
    """Whether there was something to do."""
    connection = connections[using]
    wanted = _wanted(connection.vendor)
    if present(connection) == set(wanted):
        return False
    with transaction.atomic(using):
        _execute(connection, LOCK[connection.vendor])
        if present(connection) == set(wanted):  # another process was at it until now
            return False
        remove(using)
        _execute(connection, [*INDEX[connection.vendor], *wanted.values()])
        rebuild(using)
    return True


def present(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(PRESENT[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def remove(using: str = "default") -> None:
    """Before millions of rows are written at once; `install` counts and indexes them afterwards, much faster."""
    connection = connections[using]
    with transaction.atomic(using):
        _execute(connection, [DROP[connection.vendor].format(name=name) for name in present(connection)])


def rebuild(using: str = "default") -> None:
    """Count and index everything anew."""
    connection = connections[using]
    bucket, slot = BUCKET.format(r="g"), SLOT[connection.vendor].format(r="g")
    sums = ", ".join(f"SUM({part.format(r='g')})" for part in PARTS.values())
    with transaction.atomic(using):
        _execute(
            connection,
            [
                *LOCK[connection.vendor],
                "DELETE FROM studio_takecount",
                "INSERT INTO studio_takecount (owner_id, bucket, takes)"
                f" SELECT g.owner_id, {bucket}, COUNT(*) FROM studio_generation g GROUP BY 1, 2",
                "DELETE FROM studio_slotsum",
                f"INSERT INTO studio_slotsum (owner_id, slot, {NAMES})"
                f" SELECT g.owner_id, {slot}, {sums} FROM studio_generation g GROUP BY 1, 2",
                *INDEX_ANEW[connection.vendor],
            ],
        )


def before_migrate(using: str = "default", plan: Sequence[tuple[Any, bool]] = (), **_: Any) -> None:
    """Of `pre_migrate`: no trigger may speak of what is just being changed, nor write to what is not there any more."""
    if any(migration.app_label == "studio" for migration, _ in plan):
        remove(using)


def after_migrate(using: str = "default", **_: Any) -> None:
    """Of `post_migrate`, where the tables are as they have to be: somebody may have gone back, or not all the way."""
    executor = MigrationExecutor(connections[using])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes("studio")):
        install(using)

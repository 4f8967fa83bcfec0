"""The triggers of PostgreSQL. Each change adds rows to the sums and locks none; every hundred rows or so, those of the
keys that changed are folded into one, leaving out what another transaction holds.

The words are in a table of their own: a poll's write to the take would otherwise write to their index each time.
"""

from __future__ import annotations

from ..folding import folded_sql
from .sums import BUCKET, BUCKET_FROM, NAMES, PARTS, PARTS_FROM, WORDS, changed, recount

SLOT = "FLOOR(EXTRACT(EPOCH FROM {r}.created_at) / 900)::bigint"
FOLD_EVERY = 128  # rows


# A word is a run of letters and digits, as on SQLite. Between the columns there is a word that nobody can look for, so
# that no phrase goes from one into the next.
def _word(text: str) -> str:
    return f"to_tsvector('simple', regexp_replace({folded_sql(text)}, '[^[:alnum:]]+', ' ', 'g'))"


def _words(row: str) -> str:
    return " || '|:1'::tsvector || ".join(_word(f"{row}.{column}") for column in WORDS)


INDEX = [
    "CREATE TABLE IF NOT EXISTS studio_search (id bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX IF NOT EXISTS studio_search_words ON studio_search USING gin (words)",
]
REBUILD = [
    *recount(SLOT),
    "DELETE FROM studio_search",
    f"INSERT INTO studio_search SELECT g.id, {_words('g')} FROM studio_generation g",
    "ANALYZE studio_search",
]


def _fold(table: str, key: str, names: str) -> str:
    """Where two do it at once, each folds what the other has not locked."""
    sums = ", ".join(f"SUM({name})" for name in names.split(", "))
    return (
        f"IF last % {FOLD_EVERY} < 2 THEN WITH gone AS (DELETE FROM {table} WHERE id IN (SELECT id FROM {table}"
        f" WHERE (owner_id, {key}) IN (SELECT owner_id, {key} FROM {table} WHERE id > last - {4 * FOLD_EVERY})"
        f" FOR UPDATE SKIP LOCKED) RETURNING owner_id, {key}, {names})"
        f" INSERT INTO {table} (owner_id, {key}, {names}) SELECT owner_id, {key}, {sums} FROM gone GROUP BY 1, 2;"
        " END IF;"
    )


def _count(row: str, sign: str) -> str:
    return (
        "INSERT INTO studio_takecount (owner_id, bucket, takes)"
        f" VALUES ({row}.owner_id, {BUCKET.format(r=row)}, {sign} 1) RETURNING id INTO last;"
    )


def _sum(row: str, sign: str) -> str:
    parts = ", ".join(f"{sign} ({part.format(r=row)})" for part in PARTS.values())
    return (
        f"INSERT INTO studio_slotsum (owner_id, slot, {NAMES})"
        f" VALUES ({row}.owner_id, {SLOT.format(r=row)}, {parts}) RETURNING id INTO last;"
    )


def _index(row: str, sign: str) -> str:
    if sign == "-":
        return f"DELETE FROM studio_search WHERE id = {row}.id;"
    return f"INSERT INTO studio_search VALUES ({row}.id, {_words(row)});"


_KINDS = (
    ("count", _count, BUCKET_FROM, _fold("studio_takecount", "bucket", "takes")),
    ("sum", _sum, PARTS_FROM, _fold("studio_slotsum", "slot", NAMES)),
    ("index", _index, WORDS, ""),
)


def statements() -> dict[str, str]:
    """By its name (without its version): what creates a trigger and its function, or a function alone."""
    found = {}
    for name, step, columns, fold in _KINDS:
        body = (
            "DECLARE last bigint := 2; BEGIN"
            f" IF TG_OP = 'UPDATE' THEN IF NOT ({changed(columns, 'IS DISTINCT FROM')}) THEN RETURN NULL;"
            " END IF; END IF;"
            f" IF TG_OP <> 'INSERT' THEN {step('OLD', '-')} END IF;"
            f" IF TG_OP <> 'DELETE' THEN {step('NEW', '+')} END IF; {fold} RETURN NULL; END"
        )
        found[name] = (
            f"CREATE OR REPLACE FUNCTION {{name}}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$;"
            f" CREATE TRIGGER {{name}} AFTER INSERT OR DELETE OR UPDATE OF {', '.join(columns)} ON studio_generation"
            " FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    found["cleared"] = (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " TRUNCATE studio_search; DELETE FROM studio_takecount; DELETE FROM studio_slotsum; RETURN NULL; END$$;"
        " CREATE TRIGGER {name} AFTER TRUNCATE ON studio_generation EXECUTE FUNCTION {name}()"
    )
    return found


PRESENT = (
    "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid"
    " WHERE pg_table_is_visible(c.oid) AND tgname LIKE 'dailies\\_%'"
    " UNION SELECT proname FROM pg_proc WHERE pg_function_is_visible(oid) AND prorettype <> 'trigger'::regtype"
    " AND proname LIKE 'dailies\\_%'"  # earlier versions had one
)
DROP = "DROP FUNCTION {name} CASCADE"  # with its trigger

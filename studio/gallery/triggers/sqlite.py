"""The triggers of SQLite. It has one writer at a time, so the sums of a key are one row, and stay exact."""

from __future__ import annotations

from .sums import BUCKET, BUCKET_FROM, NAMES, PARTS, PARTS_FROM, WORDS, changed, recount

SLOT = "CAST(strftime('%s', substr({r}.created_at, 1, 19)) AS INTEGER) / 900"  # not rounded up
_WORDS = ", ".join(WORDS)
_FOLDED = ", ".join(f"dailies_fold({{r}}.{column})" for column in WORDS)  # `folding.fold`
# Without a copy of the words: what is indexed is the folded text, which nobody reads.
INDEX = [
    "DROP TABLE IF EXISTS studio_search",
    f"CREATE VIRTUAL TABLE studio_search USING fts5({_WORDS}, content='',"
    " tokenize='unicode61 remove_diacritics 0', prefix='2 3')",
]
REBUILD = [
    *recount(SLOT),
    "INSERT INTO studio_search(studio_search) VALUES ('delete-all')",
    f"INSERT INTO studio_search (rowid, {_WORDS}) SELECT g.id, {_FOLDED.format(r='g')} FROM studio_generation g",
]


def _count(row: str, sign: str) -> str:
    bucket, key = BUCKET.format(r=row), f"owner_id = {row}.owner_id AND bucket = {BUCKET.format(r=row)}"
    return (
        f"INSERT INTO studio_takecount (owner_id, bucket, takes) SELECT {row}.owner_id, {bucket}, 0"
        f" WHERE NOT EXISTS (SELECT 1 FROM studio_takecount WHERE {key});"
        f" UPDATE studio_takecount SET takes = takes {sign} 1 WHERE {key};"
    )


def _sum(row: str, sign: str) -> str:
    slot = SLOT.format(r=row)
    key = f"owner_id = {row}.owner_id AND slot = {slot}"
    sets = ", ".join(f"{name} = {name} {sign} ({part.format(r=row)})" for name, part in PARTS.items())
    return (
        f"INSERT INTO studio_slotsum (owner_id, slot, {NAMES}) SELECT {row}.owner_id, {slot}{', 0' * len(PARTS)}"
        f" WHERE NOT EXISTS (SELECT 1 FROM studio_slotsum WHERE {key});"
        f" UPDATE studio_slotsum SET {sets} WHERE {key};"
    )


def _index(row: str, sign: str) -> str:
    values = _FOLDED.format(r=row)
    if sign == "+":
        return f"INSERT INTO studio_search (rowid, {_WORDS}) VALUES ({row}.id, {values});"
    return f"INSERT INTO studio_search (studio_search, rowid, {_WORDS}) VALUES ('delete', {row}.id, {values});"


def statements() -> dict[str, str]:
    """By the trigger's name (without its version): what creates it."""
    found = {}
    for name, step, columns in (("count", _count, BUCKET_FROM), ("sum", _sum, PARTS_FROM), ("index", _index, WORDS)):
        head = "CREATE TRIGGER {name} AFTER"
        given = f"UPDATE OF {', '.join(columns)} ON studio_generation WHEN {changed(columns, 'IS NOT')}"
        found[f"{name}_new"] = f"{head} INSERT ON studio_generation BEGIN {step('NEW', '+')} END"
        found[f"{name}_gone"] = f"{head} DELETE ON studio_generation BEGIN {step('OLD', '-')} END"
        found[f"{name}_changed"] = f"{head} {given} BEGIN {step('OLD', '-')} {step('NEW', '+')} END"
    return found


PRESENT = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'dailies\\_%' ESCAPE '\\'"
DROP = "DROP TRIGGER {name}"

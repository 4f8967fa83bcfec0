"""What one take adds to the running sums, as SQL. `{r}` is the row: NEW or OLD in a trigger, else a table."""

from __future__ import annotations

from django.conf import settings

BUCKET = (
    "CASE WHEN {r}.purged_at IS NOT NULL THEN 'purged' WHEN {r}.deleted_at IS NOT NULL THEN 'trash' ELSE {r}.status END"
)
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

# What has to change for a trigger to have something to do: a poll without news writes none of these.
BUCKET_FROM = ("owner_id", "status", "deleted_at", "purged_at")
PARTS_FROM = (
    "owner_id", "status", "provider", "charged", "credits", "credits_rest", "credits_reserved", "estimate_low",
    "estimate_high", "created_at",
)  # fmt: skip
WORDS = ("prompt", "note", "task_id", "other_task_id")


def changed(columns: tuple[str, ...], unequal: str) -> str:
    return " OR ".join(f"OLD.{column} {unequal} NEW.{column}" for column in columns)


def recount(slot: str) -> list[str]:
    """Statements that count everything anew."""
    parts = ", ".join(f"SUM({part.format(r='g')})" for part in PARTS.values())
    bucket = BUCKET.format(r="g")
    return [
        "DELETE FROM studio_takecount",
        "INSERT INTO studio_takecount (owner_id, bucket, takes)"
        f" SELECT g.owner_id, {bucket}, COUNT(*) FROM studio_generation g GROUP BY 1, 2",
        "DELETE FROM studio_slotsum",
        f"INSERT INTO studio_slotsum (owner_id, slot, {NAMES})"
        f" SELECT g.owner_id, {slot.format(r='g')}, {parts} FROM studio_generation g GROUP BY 1, 2",
    ]

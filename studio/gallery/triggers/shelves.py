"""What takes are put in order by, copied to where they bear a tag or are in a collection (`shelf.OnShelf`)."""

from __future__ import annotations

from ..facets import COLUMNS

TABLES = ("studio_tagging", "studio_membership")
COPIED = ("facets", "cost", "rating", "created_at")
# The cost is generated from the last three.
COPIED_FROM = (*COLUMNS, "created_at", "charged", "credits", "estimate_high")
COPY = "; ".join(
    f"UPDATE {table} SET {', '.join(f'{name} = NEW.{name}' for name in COPIED)} WHERE generation_id = NEW.id"
    for table in TABLES
)


def fetch(table: str, where: str) -> str:
    """Copy anew what the takes have now."""
    columns = ", ".join(COPIED)
    values = f"SELECT {', '.join(f'g.{name}' for name in COPIED)} FROM studio_generation g"
    return f"UPDATE {table} SET ({columns}) = ({values} WHERE g.id = {table}.generation_id) WHERE {where}"


def again() -> list[str]:
    """Statements that copy everything anew."""
    return [fetch(table, "1 = 1") for table in TABLES]

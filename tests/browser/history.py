"""A history in no time: rows as the studio stores them, made from one that a test describes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.browser.process import Studio
from tests.browser.steps import database

USUAL = {
    "provider": "sandbox", "request": "{}", "type": "text-to-video", "resolution": "480p", "aspect_ratio": "16:9",
    "seconds": 5, "estimate_low": 20, "estimate_high": 20, "basis": "published", "status": "failed", "charged": "no",
    "revision": 1, "attempts": 0, "polls": 0, "task_id_given": 0, "sent_links": "{}", "keeping": "off",
    "keep_attempts": 0, "keep_done": 0, "favorite": 0, "rating": 0,
}  # fmt: skip


def remove_takes(studio: Studio) -> None:
    """All of them, and what belongs to them: as if the studio had just been started for the first time."""
    with closing(database(studio)) as connection, connection:
        tables = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            about = [row["table"] for row in connection.execute(f"PRAGMA foreign_key_list({table})")]
            if "studio_generation" in about and table != "studio_generation":
                connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM studio_generation")


def add_takes(studio: Studio, takes: Iterable[dict[str, Any]]) -> list[int]:
    """Store them, the first one oldest; their numbers. `days_ago` says when each was asked for."""
    with closing(database(studio)) as connection, connection:
        owner = connection.execute("SELECT id FROM auth_user").fetchone()[0]
        info = connection.execute("PRAGMA table_info(studio_generation)").fetchall()
        columns = [row["name"] for row in info if row["name"] != "id"]
        empty = {
            row["name"]: 0 if "int" in row["type"] or row["type"] == "bool" else "" for row in info if row["notnull"]
        }
        insert = f"INSERT INTO studio_generation ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        made = []
        for number, take in enumerate(takes):
            at = (datetime.now(UTC) - timedelta(days=take.pop("days_ago", 0))).strftime("%Y-%m-%d %H:%M:%S")
            row = {**empty, **USUAL, "owner_id": owner, "seed": number, "created_at": at, "asked_at": at, **take}
            cursor = connection.execute(insert, [row.get(name) for name in columns])
            made.append(int(cursor.lastrowid or 0))
    return made

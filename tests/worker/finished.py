"""Finished takes of the sandbox, put into a database from outside: for processes that are measured or killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from studio.gallery.folding import fold

NOW = "2026-11-22 10:00:00"
OWNER = (
    "INSERT OR IGNORE INTO auth_user (id, username, password, is_superuser, first_name, last_name, email, is_staff,"
    f" is_active, date_joined) VALUES (1, 'a', '', 0, '', '', '', 0, 1, '{NOW}')"
)
COLUMNS = {
    "owner_id": 1, "provider": "sandbox", "request": '{"model": "ltx-2"}', "sent_links": "{}", "digest": "d",
    "type": "text-to-video", "prompt": "A cat", "resolution": "720p", "aspect_ratio": "", "seconds": 5, "seed": 7,
    "estimate_low": 24, "estimate_high": 24, "basis": "published", "status": "succeeded", "charged": "yes", "held": "",
    "revision": 1, "message": "", "task_id": "n1", "task_id_given": 0, "other_task_id": "", "other_state": "",
    "other_video_url": "", "status_word": "", "last_answer": "", "created_at": NOW, "asked_at": NOW, "finished_at": NOW,
    "keeping": "pending", "keep_why": "", "keep_due_at": NOW, "keep_token": "", "keep_attempts": 0, "keep_done": 0,
    "keep_deaths": 0, "favorite": 0, "rating": 0, "note": "", "claim_token": "", "attempts": 0, "polls": 0,
}  # fmt: skip


def opened(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, timeout=20)
    connection.create_function("dailies_fold", 1, fold, deterministic=True)  # which the triggers call
    return connection


def ask_to_keep(database: Path, urls: Iterable[str]) -> None:
    """One more finished take for each of these links, whose video is to be kept."""
    marks = ", ".join(f":{name}" for name in [*COLUMNS, "video_url"])
    with closing(opened(database)) as connection, connection:
        connection.execute(OWNER)
        connection.executemany(
            f"INSERT INTO studio_generation ({', '.join([*COLUMNS, 'video_url'])}) VALUES ({marks})",
            [{**COLUMNS, "video_url": url} for url in urls],
        )


def change_rows(database: Path, sql: str) -> None:
    with closing(opened(database)) as connection, connection:
        connection.execute(sql)


def rows(database: Path, sql: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]

"""Takes as records for other programs: what an export and an archive tell of each."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import IO, Any

from .generation import Generation
from .kept import KeptVideo
from .queryset import GenerationQuerySet

PARAMETERS = (
    "image", "audio", "audio_duration", "video", "video_duration", "mode", "audio_mode", "resolution", "aspect_ratio",
    "duration",
)  # fmt: skip
COLUMNS = (
    "id", "created_at", "submitted_at", "finished_at", "type", "prompt", *PARAMETERS, "seed", "status", "credits",
    "charged", "estimate_low", "estimate_high", "provider", "task_id", "rating", "favorite", "tags", "note",
    "collections", "came_from", "file", "sha256", "link",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
READ_AT_ONCE = 200


def records(takes: GenerationQuerySet) -> Iterator[dict[str, Any]]:
    """One for each take, few of them in memory at a time."""
    rows = takes.defer("last_answer").select_related("kept").prefetch_related("tags", "collections")
    for take in rows.iterator(chunk_size=READ_AT_ONCE):
        yield record(take)


def record(take: Generation) -> dict[str, Any]:
    """Values by the names of COLUMNS; times in ISO 8601, "" where there is none. A key is in no take."""
    kept = kept_of(take)
    times = {name: getattr(take, name) for name in ("created_at", "submitted_at", "finished_at")}
    same = ("type", "prompt", "seed", "status", "charged", "estimate_low", "estimate_high", "provider", "task_id")
    return {
        "id": take.pk,
        **{name: moment.isoformat() if moment else "" for name, moment in times.items()},
        **{name: take.request.get(name, "") for name in PARAMETERS},
        **{name: getattr(take, name) for name in (*same, "rating", "favorite", "note")},
        "credits": "" if take.credits is None else take.credits,
        "tags": [each.name for each in take.tags.all()],
        "collections": [each.name for each in take.collections.all()],
        "came_from": take.parent_id or "",
        "file": PurePosixPath(kept.name).name if kept else "",
        "sha256": kept.sha256 if kept else "",
        "link": take.video_url,
    }


def kept_of(take: Generation) -> KeptVideo | None:
    return getattr(take, "kept", None)


def write_json(file: IO[str], found: Iterable[dict[str, Any]]) -> None:
    """A list, one take a line."""
    file.write("[")
    for number, each in enumerate(found):
        file.write(",\n" if number else "\n")
        file.write(json.dumps({name: each[name] for name in (*COLUMNS, *each.keys() - {*COLUMNS})}, ensure_ascii=False))
    file.write("\n]\n")


def write_csv(file: IO[str], found: Iterable[dict[str, Any]]) -> None:
    """With a heading; lists with commas. Spreadsheets run what begins like a formula, so that gets a ' before it."""
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    for each in found:
        rows.writerow([_cell(each[name]) for name in COLUMNS])


def _cell(value: Any) -> Any:
    text = ", ".join(value) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text

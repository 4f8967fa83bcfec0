"""Takes as records for other programs: what a list and a zip tell of each."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any

from django.db.models import F

from studio.generations.amounts import from_columns
from studio.generations.models import Generation

from .models import Membership, Tagging

PARAMETERS = (
    "image", "audio", "audio_duration", "video", "video_duration", "mode", "audio_mode", "resolution", "aspect_ratio",
    "duration",
)  # fmt: skip
COLUMNS = (
    "id", "created_at", "submitted_at", "finished_at", "type", "prompt", *PARAMETERS, "seed", "status", "credits",
    "charged", "estimate_low", "estimate_high", "provider", "task_id", "rating", "favorite", "tags", "note",
    "collections", "came_from", "file", "sha256", "link",
)  # fmt: skip
TIMES = ("created_at", "submitted_at", "finished_at")
PLAIN = (
    "type", "prompt", "seed", "status", "charged", "estimate_low", "estimate_high", "provider", "task_id", "rating",
    "favorite", "note",
)  # fmt: skip
# Where a spreadsheet would begin a formula: at the start of a cell, also where one of another country, which splits at
# semicolons or tabs and not at commas, starts a cell in the middle of a text. Full-width signs count in some languages.
FORMULA = re.compile(r"((?:\A|[;|\t\r\n])\s*)(?=[=+\-@＝＋－＠\t\r])")
OWN_WORDS = frozenset((*TIMES, "type", "resolution", "status", "charged", "sha256"))  # no formula can stand in these
READ_AT_ONCE = 1_000


def records(takes: Sequence[int]) -> Iterator[dict[str, Any]]:
    """One for each take of these ids that is still there, in their order; a thousand in memory at a time.

    Read as plain values, a statement for each table: models and prefetching take ten times as long.
    """
    fields = (
        "id",
        *TIMES,
        *(name for name in PLAIN if name != "provider"),
        "credits",
        "credits_rest",
        "request",
        "parent_id",
        "video_url",
        "kept__name",
        "kept__sha256",
    )
    for start in range(0, len(takes), READ_AT_ONCE):
        ids = takes[start : start + READ_AT_ONCE]
        rows = {
            row["id"]: row
            for row in Generation.objects.existing()
            .filter(pk__in=ids)
            .order_by()
            .values(*fields, provider=F("connection"))
        }
        tags = _names_by_take(Tagging, "tag", ids)
        collections = _names_by_take(Membership, "collection", ids)
        for pk in ids:
            if pk in rows:
                yield _record(rows[pk], tags[pk], collections[pk])


def _names_by_take(link: type[Tagging | Membership], to: str, ids: Sequence[int]) -> dict[int, list[str]]:
    """The names of each take's tags or collections, in the order of the alphabet."""
    found: dict[int, list[str]] = defaultdict(list)
    links = link.objects.filter(generation__in=ids).order_by(f"{to}__key").values_list("generation_id", f"{to}__name")
    for pk, name in links:
        found[pk].append(name)
    return found


def _record(row: dict[str, Any], tags: list[str], collections: list[str]) -> dict[str, Any]:
    """Values by the names of COLUMNS; times in ISO 8601, "" where there is none. A key is in no take."""
    return {
        "id": row["id"],
        **{name: row[name].isoformat() if row[name] else "" for name in TIMES},
        **{name: row["request"].get(name, "") for name in PARAMETERS},
        **{name: row[name] for name in PLAIN},
        "credits": _credits(row),
        "tags": tags,
        "collections": collections,
        "came_from": row["parent_id"] or "",
        "file": PurePosixPath(row["kept__name"]).name if row["kept__name"] else "",
        "sha256": row["kept__sha256"] or "",
        "link": row["video_url"],
    }


def _credits(row: dict[str, Any]) -> int | float | str:
    if row["credits"] is None:
        return ""
    charge = from_columns(row["credits"], row["credits_rest"])
    return charge if isinstance(charge, int) else float(charge)


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
        rows.writerow([each[name] if name in OWN_WORDS else _cell(each[name]) for name in COLUMNS])


def _cell(value: Any) -> Any:
    text = ", ".join(value) if isinstance(value, list) else value
    return FORMULA.sub(r"\1'", text) if text and isinstance(text, str) else text

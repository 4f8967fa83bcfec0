"""Histories of any length within moments: the database makes the rows by itself, and indexes them afterwards."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from studio.gallery import triggers
from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.library.models import Collection, Tag
from studio.middleware import local_user

A_DAY, UNFINISHED = 300, 50
RARE, COMMON = "kingfisher", "amber"  # words in 1 % and in half of the prompts
TAG, BIG_TAG, COLLECTION = "downloads", "dailies", "Scene 7"  # on 1 %, on 20 % and on 1 % of the takes

# By column, in words that both databases know; `i` is the take's number, {n} how many there are, and `h`, `k`, `r`, `t`
# are numbers below 100 that have nothing to do with each other.
FINISHED = (
    "CASE WHEN h < 88 THEN 'succeeded' WHEN h < 93 THEN 'failed' WHEN h < 95 THEN 'unconfirmed'"
    " WHEN h < 97 THEN 'closed' ELSE 'canceled' END"
)
STATUS = (
    "CASE WHEN {n} - i < 150 AND i % 3 = 0 THEN CASE WHEN i % 4 = 0 THEN 'queued' ELSE 'running' END"
    f" ELSE {FINISHED} END"
)
TYPE = (
    "CASE WHEN k < 70 THEN 'text-to-video' WHEN k < 90 THEN 'image-to-video' WHEN k < 96 THEN 'lipsync'"
    " ELSE 'control' END"
)
PROMPT = (
    "'Slow dolly along a fog-covered pine ridge at first light, low sun flaring through the haze, 35mm, take ' || i"
    f" || CASE WHEN i % 100 = 7 THEN ' with a {RARE}' ELSE '' END"
    f" || CASE WHEN i % 2 = 0 THEN ', {COMMON} glow' ELSE '' END"
)
COST = (  # as the price table has it
    "CASE WHEN k < 90 THEN 20 + 4 * (h % 3) + 16 * (k % 4) WHEN k < 96 THEN 32 + 6 * (h % 3) + 28 * (k % 4)"
    " ELSE 64 + 12 * (h % 3) + 56 * (k % 4) END"
)
COLUMNS = {
    "type": TYPE,
    "status": STATUS,
    "prompt": PROMPT,
    "resolution": "CASE h % 3 WHEN 0 THEN '480p' WHEN 1 THEN '720p' ELSE '1080p' END",
    "aspect_ratio": "CASE WHEN k < 70 AND h % 4 = 0 THEN '9:16' ELSE '16:9' END",
    "seconds": "5 * (1 + k % 4)",
    "seed": "i % 2147483647",
    "estimate_low": COST,
    "estimate_high": COST,
    "basis": "'derived'",
    "charged": "CASE WHEN h < 88 THEN 'yes' WHEN h < 97 THEN 'maybe' ELSE 'no' END",
    "credits": f"CASE WHEN h < 60 THEN {COST} END",
    "favorite": "r = 11 AND k % 2 = 0",
    "rating": "CASE WHEN r < 20 THEN 1 + r % 5 ELSE 0 END",
    "note": "CASE WHEN i % 200 = 3 THEN 'client liked this one' ELSE '' END",
    "keeping": "CASE WHEN h < 80 THEN 'kept' WHEN h = 80 THEN 'failed' ELSE 'off' END",
    "task_id": "'n' || i || '_ltx2'",
    "video_url": "CASE WHEN h < 88 THEN 'https://videos.example/' || i || '.mp4' ELSE '' END",
    "last_answer": '\'{{"code":200,"message":"success","data":{{"status":"COMPLETED"}}}}\'',
    "digest": "'' || i",
}
LINKS = {"tags": {TAG: "t = 3", BIG_TAG: "t < 20"}, "collections": {COLLECTION: "t = 9"}}


def make(count: int) -> None:
    """So many takes of the one user, in an empty database that is migrated."""
    triggers.remove()
    with connection.schema_editor() as editor:
        for index in Generation._meta.indexes:
            editor.remove_index(Generation, index)
    takes(count)
    links(count)
    with connection.schema_editor() as editor:
        for index in Generation._meta.indexes:
            editor.add_index(Generation, index)
    triggers.install()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


def takes(count: int) -> None:
    owner, body = (
        local_user().pk,
        '{"model": "ltx-2", "type": "text-to-video", "prompt": "a ridge", "resolution": "720p"}',
    )
    at = time_of(f"({count} - i) * 86400.0 / {A_DAY}")
    given = {
        **{name: sql.format(n=count) for name, sql in COLUMNS.items()},
        "owner": str(owner), "provider": f"'{settings.PROVIDER}'", "request": f"'{body}'", "created_at": at,
        "asked_at": at, "submitted_at": at,
        "due_at": f"CASE WHEN {STATUS.format(n=count)} IN ('queued', 'running') THEN {at} END",
    }  # fmt: skip
    insert(Generation, count, {"id": "i", **given})
    kept = {
        "generation": "i", "name": "'videos/2026-11-22/' || i || '.mp4'", "poster": "'posters/' || i || '.jpg'",
        "content_type": "'video/mp4'", "sha256": "'' || i", "bytes": "5000000", "width": "1280", "height": "720",
        "seconds": "5", "has_sound": "1 = 1", "kept_at": at,
    }  # fmt: skip
    insert(KeptVideo, count, kept, "h < 80")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval('studio_generation_id_seq', %s)", [count])


def links(count: int) -> None:
    for relation, kind in (("tags", Tag), ("collections", Collection)):
        through = Generation._meta.get_field(relation).remote_field.through
        for name, where in LINKS[relation].items():
            other = kind.objects.create(owner=local_user(), name=name).pk
            insert(through, count, {"generation": "i", kind._meta.model_name: str(other)}, where)


def insert(model: Any, count: int, given: dict[str, str], where: str = "1 = 1") -> None:
    """Rows 1 to `count`; what is not given has its default."""
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and (field.name in given or not field.primary_key)
    ]
    values = [given.get(field.name) or literal(field) for field in fields]
    columns = ", ".join(field.column for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {', '.join(values)} FROM"
            f" (SELECT i, (i * 7919) % 100 AS h, (i * 104729 / 100) % 100 AS k,"
            " (i * 15485863 / 10007) % 100 AS r, (i * 32452843 / 10009) % 100 AS t"
            f" FROM ({numbers(count)}) AS n) AS m WHERE {where}"
        )


def literal(field: Any) -> str:
    value = field.get_db_prep_save(field.get_default(), connection)
    if value is None:
        return "NULL"
    if field.get_internal_type() == "JSONField":
        return "'{}'"
    return str(value) if isinstance(value, int) else f"'{value}'"


def numbers(count: int) -> str:
    if connection.vendor == "postgresql":
        return f"SELECT generate_series(1, {count}::bigint) AS i"
    steps = f"SELECT 1 UNION ALL SELECT i + 1 FROM steps WHERE i < {count}"
    return f"WITH RECURSIVE steps(i) AS ({steps}) SELECT i FROM steps"


def time_of(seconds_ago: str) -> str:
    now = timezone.now()
    if connection.vendor == "postgresql":
        return f"'{now.isoformat()}'::timestamptz - ({seconds_ago}) * interval '1 second'"
    return f"strftime('%Y-%m-%d %H:%M:%f', {now.timestamp()} - ({seconds_ago}), 'unixepoch')"

"""Prints as JSON all that a data folder holds, from the rows and from the pages: `python -m` this module, with the
environment of a studio. `expected.json` is what the studio that made the folder printed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Any

import django

RENAMED = {"provider": "connection_id"}  # since then
FIELDS = (
    "id", "type", "prompt", "resolution", "aspect_ratio", "seconds", "seed", "estimate_low", "estimate_high", "basis",
    "status", "charged", "held", "message", "task_id", "task_id_given", "other_task_id", "other_state",
    "other_video_url", "video_url", "credits", "credits_rest", "credits_reserved", "keeping", "favorite", "rating",
    "note", "created_at", "submitted_at", "finished_at", "late_since", "lost_since", "deleted_at", "purged_at",
    "replaces_id", "parent_id", "attempts", "polls", "revision", "provider", "request", "sent_links", "money",
)  # fmt: skip
PAGES = (
    "/", "/generations/", "/trash/", "/collections/", "/uploads/", "/?type=lipsync", "/generations/?type=control",
    "/generations/?status=failed", "/generations/?q=rain", "/generations/?q=猫", "/generations/?favorite=1",
    "/generations/?rating=3", "/generations/?tag=ridge", "/generations/?collection=1", "/generations/?sort=credits",
    "/generations/?sort=oldest", "/generations/?sort=rating", "/generations/?resolution=1080p",
    "/generations/?from=2026-11-20&to=2026-11-28", "/?from=3", "/compare/?ids=3,4", "/compose/lipsync/", "/jobs/",
)  # fmt: skip


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "studio.settings"
    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    print(json.dumps(everything(), default=str, ensure_ascii=False))


def everything() -> dict[str, Any]:
    from django.utils import timezone

    from studio.generations.charges import totals_by_day
    from studio.models import Collection, Generation, Tag, Upload

    takes = Generation.objects.order_by("pk")
    with timezone.override("UTC"):
        days = sorted({take.created_at.date() for take in takes})
        sums = {str(day): str(totals) for day, totals in totals_by_day(takes[0].owner_id, days)[0].items()}
    return {
        "takes": {str(take.pk): described(take) for take in takes},
        "sums": sums,
        "pages": {address: answer(address) for address in addresses()},
        "tags": sorted(Tag.objects.values_list("name", flat=True)),
        "collections": sorted(Collection.objects.values_list("name", flat=True)),
        "uploads": [{"id": each.pk, "name": each.name, "link": each.link} for each in Upload.objects.order_by("pk")],
    }


def described(take: Any) -> dict[str, Any]:
    from studio.models import KeptVideo

    kept = KeptVideo.objects.filter(generation=take).first()
    return {
        **{name: getattr(take, RENAMED.get(name, name)) for name in FIELDS},
        "tags": sorted(tag.name for tag in take.tags.all()),
        "collections": sorted(collection.name for collection in take.collections.all()),
        "uploads": sorted(take.uploads.values_list("pk", flat=True)),
        "events": [
            [event.from_status, event.to_status, event.why, event.at] for event in take.events.order_by("pk")
        ],
        "kept": kept and {
            "name": kept.name, "sha256": kept.sha256, "bytes": kept.bytes, "seconds": kept.seconds,
            "file": digest(kept.name), "poster": digest(kept.poster),
            "sidecar": digest(kept.name.replace(".mp4", ".json")),
        },
    }  # fmt: skip


def digest(name: str) -> str:
    from django.core.files.storage import default_storage

    with default_storage.open(name) as file:
        return hashlib.sha256(file.read()).hexdigest()


def addresses() -> list[str]:
    from studio.models import Generation, KeptVideo, Upload

    takes = Generation.objects.filter(purged_at=None).values_list("pk", flat=True)
    kept, uploads = KeptVideo.objects.values_list("pk", flat=True), Upload.objects.values_list("pk", flat=True)
    return [
        *PAGES,
        *(f"/generations/{pk}/" for pk in takes),
        *(f"/generations/{pk}/panel/" for pk in takes),
        *(f"/generations/{pk}/{what}/" for pk in kept for what in ("video", "poster")),
        *(f"/uploads/{pk}/{what}/" for pk in uploads for what in ("file", "poster")),
    ]


def answer(address: str) -> list[Any]:
    """The status, and the takes that a page shows in their order, or what a file holds."""
    from django.test import Client

    response = Client().get(address)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if "html" in response["Content-Type"]:
        return [response.status_code, [int(pk) for pk in re.findall(rb'<article[^>]*id="generation-(\d+)"', body)]]
    return [response.status_code, hashlib.sha256(body).hexdigest()]


if __name__ == "__main__":
    main()

"""What becomes of a row whose file is gone: found out by `manage.py media`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from studio import clock
from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation

MOVING = timedelta(minutes=10)
LOST = "Its file was gone from the media store."
LOST_FOR_GOOD = "Its file is gone from the media store, and there is no link to fetch it from."


def forget_file(kept: KeptVideo) -> bool:
    """The take has no kept video any more: it is fetched once more where there is a link, else not kept. Whether it
    still was as it was found. What is left of the file can then be moved, before `fetch_now` or some minutes are over.
    """
    again = bool(kept.generation.video_url) and kept.generation.purged_at is None
    changes: dict[str, Any] = {"keeping": "failed", "keep_why": LOST_FOR_GOOD, "keep_due_at": None}
    if again:
        changes = {"keeping": "pending", "keep_why": LOST, "keep_due_at": clock.now() + MOVING, "keep_attempts": 0}
    with transaction.atomic():
        row = Generation.objects.filter(pk=kept.pk, keeping="kept", kept__name=kept.name, kept__sha256=kept.sha256)
        found = row.select_for_update(of=("self",)).exists()
        if found:
            KeptVideo.objects.filter(pk=kept.pk).delete()
            Generation.objects.filter(pk=kept.pk).update(
                **changes, keep_token="", keep_deaths=0, keep_done=0, keep_total=None, revision=F("revision") + 1
            )
    return found


def fetch_now(kept: KeptVideo) -> None:
    """Its name is free."""
    rows = Generation.objects.filter(pk=kept.pk, keeping="pending", keep_token="", keep_why=LOST)
    rows.update(keep_due_at=clock.now())

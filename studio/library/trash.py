"""The trash: a deleted take is out of sight at once, can be restored for some time, and is then gone.

    in view → in the trash      `throw_away`: what still waits to be sent is canceled; what was sent is followed on
    in the trash → in view      `restore`
    in the trash → purged       `purge`: by a click, or when it has been there for STUDIO_TRASH_DAYS; no way back
    purged → erased             `erase`, the worker's: the files go, and all that was asked and answered

What was spent stays spent: an erased row stays, with nothing in it but what the sums are made of (its status, mode,
resolution and length, its price and when it was asked for). A take that the provider may still be at work on is not
purged: it waits until it is finished; nor is one whose answer never came, until a person says what became of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from studio import clock
from studio.generations.batches import in_batches, update
from studio.generations.events import GenerationEvent
from studio.generations.kept_video import KeptVideo
from studio.generations.models import UNFINISHED, Generation
from studio.generations.queryset import GenerationQuerySet

from .models import lock_owner, sweep_tags
from .review import through_of

CANCELED = "Canceled before it was sent, when it was deleted"
# What a person has not settled may still be settled: only its card has the ways out.
KEPT_BACK = Q(status__in=(*UNFINISHED, "unconfirmed")) | Q(other_state="running")
BLANK: dict[str, Any] = {
    "request": {}, "sent_links": {}, "digest": "", "prompt": "", "note": "", "message": "", "last_answer": "",
    "video_url": "", "other_video_url": "", "favorite": False, "rating": 0, "keeping": "off", "keep_why": "",
    "keep_due_at": None, "keep_token": "",
}  # fmt: skip
ERASED_AT_ONCE = 100


def throw_away(takes: GenerationQuerySet) -> tuple[int, datetime]:
    """How many there were, and the moment that all of them bear, by which they can be had back together."""
    moment = clock.now()

    def change(ids: list[int]) -> None:
        Generation.objects.filter(pk__in=ids).cancel_unsent(moment, CANCELED)
        update(ids, Q(deleted_at=None), deleted_at=moment)

    return in_batches(takes.filter(deleted_at=None), change), moment


def restore(takes: GenerationQuerySet) -> int:
    """Have them back. What was canceled stays canceled, until a person undoes that as well; what has been purged is
    gone.
    """
    return in_batches(takes.trashed(), lambda ids: update(ids, Q(purged_at=None), deleted_at=None))


def purge(takes: GenerationQuerySet) -> int:
    """Out of the trash for good; but for what is not settled yet, and what is had back meanwhile."""
    rows, now = takes.trashed().exclude(KEPT_BACK), clock.now()
    still = Q(deleted_at__isnull=False, purged_at=None) & ~KEPT_BACK
    return in_batches(rows, lambda ids: update(ids, still, purged_at=now))


def purge_old() -> int:
    """What has been in the trash for STUDIO_TRASH_DAYS, whoever put it there."""
    return purge(Generation.objects.filter(deleted_at__lt=clock.now() - timedelta(days=settings.STUDIO_TRASH_DAYS)))


def erase(clear: Callable[[Generation], object] | None = None, most: int = ERASED_AT_ONCE) -> int:
    """Erase some of what was purged, and say how many. `clear` removes a take's files from the media store, before the
    row forgets which they are: where a process dies in between, the next one does it once more. A video that a worker
    is just keeping is waited for. Any number of workers may do it side by side.
    """
    being_kept = Q(keeping="pending", keep_due_at__gt=clock.now()) & ~Q(keep_token="")
    purged = Generation.objects.filter(purged_at__isnull=False).exclude(digest="").exclude(being_kept)
    takes = list(purged.select_related("kept").defer("last_answer").order_by("purged_at", "pk")[:most])
    if not takes:  # mostly nothing is: a plain read, without any lock
        return 0
    for take in takes:
        if clear:
            clear(take)
    with transaction.atomic():
        rows = purged.filter(pk__in=[take.pk for take in takes]).select_for_update(skip_locked=True, of=("self",))
        owners = dict(rows.values_list("pk", "owner"))
        ids = list(owners)
        KeptVideo.objects.filter(generation__in=ids).delete()
        GenerationEvent.objects.filter(generation__in=ids).delete()
        for field in ("tags", "collections", "uploads"):
            through_of(field).objects.filter(generation__in=ids).delete()
        update(ids, Q(), **BLANK)
    for owner in set(owners.values()):
        with transaction.atomic():
            lock_owner(owner)
            sweep_tags(owner)
    return len(takes)


def files_of(video: str, poster: str) -> list[str]:
    """What a kept video has in the media store: itself, what was asked for beside it, and its picture."""
    return [name for name in (video, str(PurePosixPath(video).with_suffix(".json")), poster) if name]

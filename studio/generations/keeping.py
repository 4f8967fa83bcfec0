"""Keeping the video: a small state of its own beside a generation that is finished and stays so."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from studio import clock
from studio.lease import Lease

from .events import GenerationEvent
from .kept_video import KeptVideo

if TYPE_CHECKING:
    from .models import Generation

log = logging.getLogger("studio.generation")

MANY_ATTEMPTS = 5
KEEP = Lease("keep_due_at", "keep_token")
MOST_DEATHS = 3
DEADLY = "the studio was ended three times while it kept this video, perhaps by the file itself"


@dataclass(frozen=True)
class KeepClaim:
    """A video to keep, and by which claim."""

    generation: Generation
    token: str


def keep_from_now(now: datetime) -> dict[str, Any]:
    """What a take gets when it succeeds."""
    if not settings.STUDIO_KEEP_VIDEOS:
        return {"keeping": "off", "keep_why": "Keeping is turned off (STUDIO_KEEP_VIDEOS)."}
    return {"keeping": "pending", "keep_due_at": now, "keep_why": ""}


class Keeping(models.Model):
    """
    off → pending            "Keep now"
    pending → kept           the whole file is in the media store
    pending → pending        it cannot be had at the moment: later again
    pending → failed         it cannot be had; the link stays
    failed → pending         "Keep now"

    Every change is a compare-and-swap and answers whether it was this call that made it; the worker's name the claim's
    `token`. The generation's own status never changes here.
    """

    class State(models.TextChoices):
        """Where the video's own copy stands. A finished generation stays finished, whatever becomes of this."""

        OFF = "off", "link only"
        PENDING = "pending", "keeping"
        KEPT = "kept", "kept"
        FAILED = "failed", "not kept"

    # Keeping its video
    keeping = models.CharField(max_length=8, choices=State, default=State.OFF)
    keep_why = models.TextField(blank=True, default="")  # why it is not kept (yet), in words for the card
    keep_due_at = models.DateTimeField(null=True)  # while pending: when to try, or the end of a claim
    keep_token = models.CharField(max_length=64, blank=True, default="")
    keep_attempts = models.PositiveIntegerField(default=0)  # tries; each counts when it begins
    # The last tries in a row in which the process died that kept or read the file; the one at work is counted, too
    keep_deaths = models.PositiveSmallIntegerField(default=0, db_default=0)
    keep_done = models.BigIntegerField(default=0)  # bytes fetched so far
    keep_total = models.BigIntegerField(null=True)  # bytes that the server named

    class Meta:
        abstract = True

    def _keep(self, only_if: Q, **changes: Any) -> bool:
        rows = type(self)._default_manager.filter(only_if & Q(purged_at=None), pk=self.pk)
        return bool(rows.update(**{"revision": F("revision") + 1, **changes}))

    def record_download(self, token: str, done: int, total: int | None, lease: timedelta) -> bool:
        """So far it is; and the claim is good for another lease. False: it is another's now."""
        until = clock.now() + lease
        return self._keep(
            _claimed(token), keep_done=done, keep_total=total, keep_due_at=until, video_is_public=True
        )  # fmt: skip

    def hold_keep(self, token: str, lease: timedelta) -> bool:
        """The claim is good for so long from now. No news for the card."""
        return self._keep(_claimed(token), keep_due_at=clock.now() + lease, revision=F("revision"))

    def keep_later(
        self,
        token: str,
        why: str,
        wait: timedelta,
        sizes: tuple[int, int | None] | None = None,
        *,
        died: bool = False,
        public: bool | None = None,
    ) -> bool:
        """`sizes`: bytes that had come, and bytes in all: that much room it needs at least. `died`: the process that
        read the file did. `public`: whether the link was found to lead to the open internet; None where that is not
        known anew.
        """
        log.info("generation=%s cannot be kept yet: %s", self.pk, why)
        known = {} if sizes is None else {"keep_done": sizes[0], "keep_total": sizes[1]}
        return self._keep(
            _claimed(token), keep_why=why, keep_token="", keep_due_at=clock.now() + wait,
            keep_deaths=F("keep_deaths") if died else 0, **known, **_found(public),
        )  # fmt: skip

    def drop_keep(self, token: str, wait: timedelta) -> bool:
        """The claim is given back, by a worker that leaves or is in the way of another. No news for the card."""
        until = clock.now() + wait
        return self._keep(_claimed(token), keep_token="", keep_due_at=until, revision=F("revision"), **untried())

    def fail_keep(self, token: str, why: str, public: bool | None = None) -> bool:
        log.warning("generation=%s cannot be kept: %s", self.pk, why)
        return self._keep(
            _claimed(token), keeping="failed", keep_why=why, keep_token="", keep_due_at=None, **_found(public)
        )  # fmt: skip

    def renew_link(self, token: str, link: str) -> bool:
        """The provider named another link to the same video."""
        with transaction.atomic():
            done = self._keep(
                _claimed(token), video_url=link, video_is_public=None, keep_done=0, keep_total=None
            )  # fmt: skip
            if done:
                why = "The link had died; the provider gave a fresh one"
                GenerationEvent.objects.create(
                    generation_id=self.pk, at=clock.now(), from_status="succeeded", to_status="succeeded", why=why
                )
                log.info("generation=%s why=%r", self.pk, why)
        return done

    def keep(self, token: str, **facts: Any) -> bool:
        """The file is in the media store, whole and safe; `facts` are the columns of its KeptVideo."""
        with transaction.atomic():
            done = self._keep(
                _claimed(token), keeping="kept", keep_why="", keep_token="", keep_due_at=None, keep_deaths=0,
                keep_done=facts["bytes"], keep_total=facts["bytes"],
                aspect_ratio=Case(When(aspect_ratio="", then=Value(shape(**facts))), default=F("aspect_ratio")),
            )  # fmt: skip
            if done:
                video = KeptVideo(generation_id=self.pk, kept_at=clock.now(), **facts)
                KeptVideo.objects.bulk_create(
                    [video],
                    update_conflicts=True,
                    unique_fields=["generation"],
                    update_fields=[*facts, "kept_at"],
                )
                log.info("generation=%s is kept as %s", self.pk, facts["name"])
        return done

    def keep_now(self) -> bool:
        """By hand: at once, as if it had not been tried. What is being fetched at this moment goes on."""
        waiting = Q(keeping__in=("off", "failed")) | Q(keeping="pending", keep_token="")
        return self._keep(
            waiting & Q(status="succeeded") & ~Q(video_url=""), keeping="pending", keep_why="", keep_attempts=0,
            keep_deaths=0, keep_due_at=clock.now(), keep_done=0, keep_total=None,
        )  # fmt: skip

    @property
    def keep_percent(self) -> int | None:
        """How much of the file is here, where its size is known."""
        return min(100, 100 * self.keep_done // self.keep_total) if self.keep_total else None

    @property
    def is_being_kept(self) -> bool:
        """Whether a worker is fetching it; else, while pending, it waits for its turn or for better times."""
        return self.keeping == "pending" and bool(self.keep_token)

    @property
    def will_be_kept_soon(self) -> bool:
        """Whether its card is going to change; where it has been tried in vain a few times, not so soon."""
        return self.keeping == "pending" and (bool(self.keep_token) or self.keep_attempts < MANY_ATTEMPTS)

    @property
    def kept_path(self) -> str:
        """Where the file is on this machine; "" where it is not, or not here."""
        video = getattr(self, "kept", None) if self.keeping == "kept" else None
        if video is None or not isinstance(default_storage, FileSystemStorage):
            return ""
        return str(Path(default_storage.path(video.name)))


def untried() -> dict[str, Any]:
    """What takes a claim back as if it had not been taken."""
    return {name: Greatest(F(name) - 1, 0) for name in ("keep_attempts", "keep_deaths")}


def _found(public: bool | None) -> dict[str, bool]:
    return {} if public is None else {"video_is_public": public}


def _claimed(token: str) -> Q:
    return Q(keeping="pending", keep_token=token)


def shape(width: int, height: int, **_: Any) -> str:
    """The nearest of the shapes that have a name."""
    ratio = width / height
    names = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:3": 4 / 3, "3:4": 3 / 4, "21:9": 21 / 9}
    return min(names, key=lambda name: abs(names[name] / ratio - 1))

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from studio import clock

from .models import lock_owner

LEASE = timedelta(seconds=20)  # renewed every second while a worker is at it
LIVES = timedelta(days=1)
ATTEMPTS = 3
MOST_TAKES = {"zip": 10_000, "csv": 1_000_000, "json": 1_000_000}
MOST_PENDING = 10  # of one owner: whoever asks in a loop waits until some are done


class TooMany(ValueError):
    """What was asked for is refused. Its text says why, in words for the person."""


class Archive(models.Model):
    """Many takes to download as one file: a zip with their videos, or a list of them as CSV or JSON. The row is its
    place in the queue; a worker builds one after the other, and no page waits.

    pending → ready | failed. A worker claims a pending row by moving `due_at` to the end of its lease, and goes on
    moving it while it packs. One that was killed leaves a row that falls due; one that lost its row changes nothing.
    """

    class Kind(models.TextChoices):
        ZIP = "zip", "zip"
        CSV = "csv", "CSV"
        JSON = "json", "JSON"

    class Status(models.TextChoices):
        PENDING = "pending", "being packed"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="archives")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.ZIP)
    takes = models.JSONField()  # ids, in the order of the file
    count = models.PositiveIntegerField(default=0)  # of them: a page that asks how far it is need not read them all
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    why = models.TextField(blank=True, default="")
    done = models.PositiveIntegerField(default=0)  # takes packed so far
    name = models.CharField(max_length=255, blank=True, default="")  # in the media store
    bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # while pending: when to try, or the end of a claim
    claim_token = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)  # claims so far: what ends its worker each time is given up

    class Meta:
        indexes = [
            models.Index(fields=("due_at",), condition=models.Q(due_at__isnull=False), name="due_archive"),
            models.Index(fields=("created_at",), name="old_archive"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} of {self.count} takes"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.count = len(self.takes)
        super().save(*args, **kwargs)

    @classmethod
    def ask(cls, owner: Any, takes: list[int], kind: str = Kind.ZIP) -> Archive:
        """A place in the queue. A second click while the same takes are being packed gets the same one. Raises TooMany
        for more takes than a file of this kind holds, or while many others are waiting.
        """
        if len(takes) > MOST_TAKES[kind]:
            raise TooMany(f"One {cls.Kind(kind).label} holds {MOST_TAKES[kind]:,} takes at most: pick fewer.")
        with transaction.atomic():
            lock_owner(owner.pk)
            pending = cls.objects.filter(owner=owner, status=cls.Status.PENDING)
            same = next((each for each in pending.filter(kind=kind, count=len(takes)) if each.takes == takes), None)
            if same is None and pending.count() >= MOST_PENDING:
                raise TooMany(f"{MOST_PENDING} downloads are being prepared. Wait until one of them is ready.")
            now = clock.now()
            return same or cls.objects.create(owner=owner, kind=kind, takes=takes, created_at=now, due_at=now)

    @classmethod
    def claim(cls, worker: int = 0) -> Archive | None:
        """The one that has waited longest, for this worker alone."""
        now = clock.now()
        for row in cls.objects.filter(due_at__lte=now).order_by("due_at", "pk")[:5]:
            token = f"{worker}-{secrets.token_hex(16)}"
            if row._swap(now, due_at=now + LEASE, claim_token=token, attempts=F("attempts") + 1, done=0):
                return cls.objects.get(pk=row.pk)
        return None

    @classmethod
    def release_claims_of(cls, worker: int) -> int:
        """What a worker that is certainly gone was packing falls due now instead of when its lease ends."""
        return cls.objects.filter(due_at__isnull=False, claim_token__startswith=f"{worker}-").update(due_at=clock.now())

    def _swap(self, now: Any, **changes: Any) -> bool:
        mine = type(self).objects.filter(pk=self.pk, claim_token=self.claim_token, due_at=self.due_at, due_at__lte=now)
        return bool(mine.update(**changes))

    def _note(self, **changes: Any) -> bool:
        """Write something down while this worker has it; whether it still has."""
        return bool(type(self).objects.filter(pk=self.pk, claim_token=self.claim_token).update(**changes))

    def go_on(self, done: int, lease: timedelta = LEASE) -> bool:
        """Say how far it is, and hold it for so long. Whether it is still this worker's."""
        return self._note(done=done, due_at=clock.now() + lease)

    def give_back(self) -> bool:
        """The worker leaves: another one begins anew, at once. That was nobody's fault."""
        return self._note(due_at=clock.now(), claim_token="", attempts=F("attempts") - 1)

    def finish(self, name: str, size: int) -> bool:
        ready = {"status": self.Status.READY, "done": self.count, "due_at": None, "claim_token": ""}
        return self._note(name=name, bytes=size, **ready)

    def fail(self, why: str) -> bool:
        return self._note(status=self.Status.FAILED, why=why, due_at=None, claim_token="")

    @classmethod
    def sweep(cls) -> list[str]:
        """Forget those of yesterday; the names of their files, which are then nobody's."""
        old = cls.objects.filter(created_at__lt=clock.now() - LIVES)
        found = list(old.values_list("pk", "name"))
        cls.objects.filter(pk__in=[pk for pk, _ in found]).delete()
        return [name for _, name in found if name]

    @property
    def filename(self) -> str:
        """What the download is called."""
        made = timezone.localtime(self.created_at)
        return f"dailies-{made:%Y-%m-%d}-{self.count}-take{'' if self.count == 1 else 's'}.{self.kind}"

    @property
    def content_type(self) -> str:
        return {"zip": "application/zip", "csv": "text/csv; charset=utf-8", "json": "application/json"}[self.kind]

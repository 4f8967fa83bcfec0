from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from studio import clock
from studio.background import BackgroundJob

from .models import lock_owner

LIVES = timedelta(days=1)
MOST_TAKES = {"zip": 10_000, "csv": 1_000_000, "json": 1_000_000}
MOST_PENDING = 10  # of one owner: whoever asks in a loop waits until some are done


class TooMany(ValueError):
    """What was asked for is refused. Its text says why, in words for the person."""


class Archive(BackgroundJob):
    """Many takes to download as one file: a zip with their videos, or a list of them as CSV or JSON. A worker builds
    one after the other.
    """

    class Kind(models.TextChoices):
        ZIP = "zip", "zip"
        CSV = "csv", "CSV"
        JSON = "json", "JSON"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="archives")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.ZIP)
    takes = models.JSONField()  # ids, in the order of the file
    count = models.PositiveIntegerField(default=0)  # of them: a page that asks how far it is need not read them all
    name = models.CharField(max_length=255, blank=True, default="")  # in the media store
    bytes = models.BigIntegerField(default=0)

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

    def finish(self, name: str, size: int) -> bool:
        return self.succeed(name=name, bytes=size, done=self.count)

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

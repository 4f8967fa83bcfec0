from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models, transaction

from studio import clock
from studio.catalog.links import upload_id

if TYPE_CHECKING:
    from django.contrib.auth.models import User

STILL_NEEDED = ("queued", "submitting", "running", "unconfirmed")  # an unconfirmed take may be sent again
STORE_LOCK = 0x44_41_49_4C  # any number that nobody else locks


class UploadGone(Exception):
    """A request names a file that is not there any more, or is somebody else's."""


class UploadQuerySet(models.QuerySet["Upload"]):
    def owned_by(self, user: Any) -> UploadQuerySet:
        return self.filter(owner=user)

    def named(self, link: object, owner: Any) -> Upload | None:
        """The owner's file that `upload:<id>` stands for."""
        number = upload_id(str(link or ""))
        return None if number is None or owner is None else self.owned_by(owner).filter(pk=number).first()

    def unneeded(self) -> UploadQuerySet:
        """What no take waits for."""
        from studio.generations.models import Generation

        takes = Generation.uploads.through.objects.filter(generation__status__in=STILL_NEEDED)
        return self.filter(~models.Exists(takes.filter(upload=models.OuterRef("pk"))))

    def use(self, owner: Any, ids: Iterable[int]) -> list[Upload]:
        """The owner's files of these ids, kept from being swept until the end of the transaction, and used as of now.

        Raises UploadGone.
        """
        wanted = set(ids)
        found = list(self.owned_by(owner).filter(pk__in=wanted).order_by("pk").select_for_update())
        if len(found) != len(wanted):
            raise UploadGone
        self.filter(pk__in=wanted).update(used_at=clock.now())
        return found

    def remember(self, owner: User, sha256: str, name: str, facts: dict[str, Any]) -> Upload | None:
        """The owner's one row for a file that is in the store; None where it has just been swept from there: then it
        has to be stored once more.
        """
        with transaction.atomic():
            lock_store()
            if not all(default_storage.exists(each) for each in (name, facts.get("poster")) if each):
                return None
            upload, created = self.get_or_create(owner=owner, sha256=sha256, defaults={"name": name, **facts})
            there = created or self.filter(pk=upload.pk).update(used_at=clock.now())
            return upload if there else None

    def sweep(self, before: datetime | None = None, most: int = 500) -> int:
        """Forget what nobody has used since then, for STUDIO_UPLOAD_DAYS if not said otherwise; how many there were.
        Row first, file second: no row is ever without its file.
        """
        before = before or clock.now() - timedelta(days=settings.STUDIO_UPLOAD_DAYS)
        old = self.unneeded().filter(used_at__lt=before).order_by("used_at").values_list("pk", flat=True)
        return sum(self._forget(pk, models.Q(used_at__lt=before)) for pk in list(old[:most]))

    def discard(self, upload: Upload, remove: Callable[[str], object] | None = None) -> bool:
        """Forget one file, unless a take still needs it. `remove`: in place of deleting it."""
        return self._forget(upload.pk, models.Q(), remove)

    def _forget(self, pk: int, only_if: models.Q, remove: Callable[[str], object] | None = None) -> bool:
        with transaction.atomic():
            upload = self.filter(only_if, pk=pk).select_for_update().first()
            if upload is None or not self.unneeded().filter(pk=pk).exists():
                return False
            upload.delete()
        for name in filter(None, (upload.name, upload.poster)):
            self._drop(name, remove or default_storage.delete)
        return True

    def _drop(self, name: str, remove: Callable[[str], object]) -> None:
        """Remove a file that no row names: another owner may have the very same one."""
        with transaction.atomic():
            lock_store()
            if not self.filter(models.Q(name=name) | models.Q(poster=name)).exists():
                remove(name)


def lock_store() -> None:
    """Until the end of the transaction nobody else adds or drops a file by its checksum. On SQLite the transaction
    itself, which is the only one that writes, is the lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STORE_LOCK])


class Upload(models.Model):
    """A person's own file, stored once by checksum. A request names it `upload:<id>` until it is sent."""

    class Kind(models.TextChoices):
        IMAGE = "image", "picture"
        AUDIO = "audio", "recording"
        VIDEO = "video", "video"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=8, choices=Kind)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)  # in the media store
    poster = models.CharField(max_length=255, blank=True, default="")  # a small picture of it, in the media store
    filename = models.CharField(max_length=255)  # as the person had it
    content_type = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    width = models.PositiveIntegerField(null=True)  # pixels
    height = models.PositiveIntegerField(null=True)
    seconds = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    has_sound = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(auto_now_add=True)  # last: when nothing uses it, it is swept some time after this

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ("-used_at", "-id")
        constraints = [models.UniqueConstraint(fields=("owner", "sha256"), name="one_upload_per_file")]

    def __str__(self) -> str:
        return self.filename

    @property
    def link(self) -> str:
        """What stands for it in a form and in a request."""
        return f"upload:{self.pk}"

    @property
    def tenths(self) -> Decimal:
        """Its length as a request says it: seconds to a tenth."""
        length = round(self.seconds or Decimal(0), 1)
        return length.to_integral_value() if length == length.to_integral_value() else length

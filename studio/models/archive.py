from django.conf import settings
from django.db import models


class Archive(models.Model):
    """Many takes to download as one zip. The row is its place in the queue; a worker builds it, and no page waits."""

    class Status(models.TextChoices):
        PENDING = "pending", "being packed"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="archives")
    takes = models.JSONField()  # ids, in the order of the zip
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
        return f"archive {self.pk} of {len(self.takes)} takes"

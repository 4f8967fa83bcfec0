"""The columns of a generation."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .submission import Submission


class Status(models.TextChoices):
    QUEUED = "queued", "Queued"
    SUBMITTING = "submitting", "Sending"
    RUNNING = "running", "Rendering"
    SUCCEEDED = "succeeded", "Ready"
    FAILED = "failed", "Failed"
    UNCONFIRMED = "unconfirmed", "Unconfirmed"
    CLOSED = "closed", "Closed"
    CANCELED = "canceled", "Canceled"


class Charged(models.TextChoices):
    NO = "no", "not charged"
    YES = "yes", "charged"
    MAYBE = "maybe", "may be charged"


class Row(models.Model):
    """One requested video, as it is stored.

    The worker takes a row when `due_at` is past; taking it moves `due_at` to the end of the claim and sets
    `claim_token`, so a claim that its worker never gave back falls due by itself. Rows that wait for a person or are
    finished have no `due_at`.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="generations")
    provider = models.CharField(max_length=255)  # the API's base, or "sandbox"
    submission = models.ForeignKey(Submission, models.SET_NULL, null=True, related_name="generations")
    replaces = models.OneToOneField("self", models.SET_NULL, null=True, related_name="replaced_by")

    # What was asked for
    request = models.JSONField()  # the exact body of the POST
    digest = models.CharField(max_length=64)  # of the request
    type = models.CharField(max_length=16)
    prompt = models.TextField(blank=True)
    resolution = models.CharField(max_length=8)
    seconds = models.DecimalField(max_digits=3, decimal_places=1)
    seed = models.BigIntegerField()
    estimate_low = models.PositiveIntegerField()
    estimate_high = models.PositiveIntegerField()
    basis = models.CharField(max_length=12)

    # Where it stands
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    charged = models.CharField(max_length=8, choices=Charged, default=Charged.NO)
    held = models.CharField(max_length=8, blank=True, default="")  # "key", "credits" or "waited": sent only on a click
    revision = models.PositiveIntegerField(default=1)  # raised by whatever alters the card
    message = models.TextField(blank=True, default="")  # the provider's words, or ours, on what went wrong
    late_since = models.DateTimeField(null=True)
    missing_since = models.DateTimeField(null=True)  # the provider answers 404, perhaps only for a moment
    lost_since = models.DateTimeField(null=True)

    # What the provider said
    task_id = models.CharField(max_length=200, blank=True, default="")
    task_id_given = models.BooleanField(default=False)  # by a person, so it can be taken back
    other_task_id = models.CharField(max_length=200, blank=True, default="")  # a second one, from a late answer
    other_state = models.CharField(max_length=12, blank=True, default="")  # "running", "succeeded" or "failed"
    other_video_url = models.TextField(blank=True, default="")
    status_word = models.CharField(max_length=64, blank=True, default="")
    video_url = models.TextField(blank=True, default="")
    credits = models.PositiveIntegerField(null=True)  # as the API reported them
    last_answer = models.TextField(blank=True, default="")

    # When
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField()  # created, or let go after it was held
    submitted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    # The worker's
    due_at = models.DateTimeField(null=True)
    claim_token = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)  # times that the POST certainly never left
    polls = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse

from studio.catalog.credits import Estimate
from studio.catalog.modes import MODES, Mode
from studio.catalog.request import GenerationRequest

from .following import Following
from .money import money_line
from .queryset import GenerationQuerySet
from .submission import Submission
from .transitions import Transitions

if TYPE_CHECKING:
    from django.db.models.manager import RelatedManager

    from .event import GenerationEvent


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


class Generation(Transitions, Following, models.Model):
    """One requested video. The row is the queue, the memory and the card.

    The worker takes a row when `due_at` is past; taking it moves `due_at` to the end of the claim and sets
    `claim_token`, so a claim that its worker never gave back falls due by itself. Rows that wait for a person or are
    finished have no `due_at`. How `status` changes: see `Transitions`.
    """

    Status = Status
    Charged = Charged

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

    problem = ""  # why the last click on this card changed nothing; shown once, never stored

    objects = GenerationQuerySet.as_manager()

    if TYPE_CHECKING:
        events: RelatedManager[GenerationEvent]
        pk: int

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=("owner", "-id"), name="gallery"),
            models.Index(fields=("owner", "created_at"), name="day_totals"),
            models.Index(fields=("owner", "digest"), name="same_request"),
            models.Index(fields=("provider", "due_at"), condition=models.Q(due_at__isnull=False), name="due"),
            models.Index(
                fields=("provider", "status"),
                condition=models.Q(status__in=("queued", "submitting", "running")),
                name="live",
            ),
            models.Index(
                fields=("provider", "type", "resolution", "seconds", "id"),
                condition=models.Q(credits__isnull=False),
                name="observed_charges",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.type} {self.status}"

    def get_absolute_url(self) -> str:
        return reverse("generation", args=[self.pk])

    @property
    def palette(self) -> int:
        """Which of the 12 palettes a waiting tile shows; the seed's, so that takes of one shot look alike."""
        return (self.seed if self.seed >= 0 else self.pk) % 12

    @property
    def money(self) -> str:
        return money_line(self)

    @property
    def mode(self) -> Mode:
        return MODES[self.type]

    @property
    def parsed(self) -> GenerationRequest:
        return GenerationRequest.parse(self.request)

    @property
    def aspect_ratio(self) -> str:
        return str(self.request.get("aspect_ratio", ""))

    @property
    def estimate(self) -> Estimate:
        return Estimate(self.estimate_low, self.estimate_high, self.basis)

    @property
    def is_test(self) -> bool:
        """Made with the sandbox: free, and in no sum."""
        return self.provider == settings.SANDBOX

    @property
    def is_foreign(self) -> bool:
        """Asked of another provider than the one the studio talks to now: it waits until that one is back."""
        return self.provider != settings.PROVIDER

    @property
    def is_unfinished(self) -> bool:
        """Whether the worker still has to do something for it, or may have to."""
        return self.status in UNFINISHED or self.other_state == Status.RUNNING

    @property
    def length(self) -> Decimal:
        """Seconds without a needless decimal."""
        return self.seconds.to_integral_value() if self.seconds == self.seconds.to_integral_value() else self.seconds


UNFINISHED = (Status.QUEUED, Status.SUBMITTING, Status.RUNNING)

"""The columns of a generation."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce

from studio.gallery import facets
from studio.library.models import Collection, Membership, Tag, Tagging
from studio.uploads.models import Upload

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


class Keeping(models.TextChoices):
    """Where the video's own copy stands. A finished generation stays finished, whatever becomes of this."""

    OFF = "off", "link only"
    PENDING = "pending", "keeping"
    KEPT = "kept", "kept"
    FAILED = "failed", "not kept"


class Row(models.Model):
    """One requested video, as it is stored.

    The worker takes a row when `due_at` is past; taking it moves `due_at` to the end of the claim and sets
    `claim_token`, so a claim that its worker never gave back falls due by itself. Rows that wait for a person or are
    finished have no `due_at`.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="generations", db_index=False
    )  # other indexes begin with it
    provider = models.CharField(max_length=255)  # the API's base, or "sandbox"
    submission = models.ForeignKey(Submission, models.SET_NULL, null=True, related_name="generations")
    replaces = models.OneToOneField("self", models.SET_NULL, null=True, related_name="replaced_by")
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="children"
    )  # whose settings it began with

    # What was asked for
    request = models.JSONField()  # the body of the POST; `upload:<id>` stands for the link to a file of our own
    sent_links = models.JSONField(default=dict)  # by parameter: the links that were sent in place of `upload:<id>`
    uploads = models.ManyToManyField(Upload, related_name="generations")
    digest = models.CharField(max_length=64)  # of the request
    type = models.CharField(max_length=16)
    prompt = models.TextField(blank=True)
    resolution = models.CharField(max_length=8)
    aspect_ratio = models.CharField(max_length=8, blank=True, default="")  # as asked, else as the kept video has it
    seconds = models.DecimalField(max_digits=3, decimal_places=1)
    seed = models.BigIntegerField()
    estimate_low = models.PositiveIntegerField()
    estimate_high = models.PositiveIntegerField()
    basis = models.CharField(max_length=12)

    # Where it stands
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    charged = models.CharField(max_length=8, choices=Charged, default=Charged.NO)
    held = models.CharField(max_length=8, blank=True, default="")  # "key", "credits", "link", "waited" or "older"
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
    video_is_public = models.BooleanField(null=True)  # whether the worker found that the link leads to a public address
    credits = models.PositiveIntegerField(null=True)  # as the API reported them, without what is in the next column
    credits_rest = models.PositiveSmallIntegerField(null=True)  # ten-thousandths of a credit
    credits_reserved = models.PositiveIntegerField(null=True)  # set aside by the provider, which is no charge yet
    polled_at = models.DateTimeField(null=True)  # when it was last asked how the take stands
    poll_answer = models.CharField(max_length=255, null=True)  # and what came, in a few words
    last_answer = models.TextField(blank=True, default="")

    # When
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField()  # created, or let go after it was held
    submitted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undo_until = models.DateTimeField(null=True)  # a person's last decision can be undone before that
    undo_held = models.CharField(max_length=8, null=True)  # why a take was held that has been canceled

    # Keeping its video
    keeping = models.CharField(max_length=8, choices=Keeping, default=Keeping.OFF)
    keep_why = models.TextField(blank=True, default="")  # why it is not kept (yet), in words for the card
    keep_due_at = models.DateTimeField(null=True)  # while pending: when to try, or the end of a claim
    keep_token = models.CharField(max_length=64, blank=True, default="")
    keep_attempts = models.PositiveIntegerField(default=0)  # tries; each counts when it begins
    # The last tries in a row in which the process died that kept or read the file; the one at work is counted, too
    keep_deaths = models.PositiveSmallIntegerField(default=0, db_default=0)
    keep_done = models.BigIntegerField(default=0)  # bytes fetched so far
    keep_total = models.BigIntegerField(null=True)  # bytes that the server named

    # What the person thinks of it
    favorite = models.BooleanField(default=False)
    rating = models.PositiveSmallIntegerField(default=0)  # 0 (none) to 5
    note = models.TextField(blank=True, default="")
    tags = models.ManyToManyField(Tag, through=Tagging, related_name="generations")
    collections = models.ManyToManyField(Collection, through=Membership, related_name="generations")
    deleted_at = models.DateTimeField(null=True)  # in the trash since then; what still runs is followed all the same
    purged_at = models.DateTimeField(null=True)  # out of the trash, for good: only what the sums need is left

    # What it costs, as far as is known: what a sort by credits goes by
    cost = models.GeneratedField(
        expression=models.Case(
            models.When(charged="no", then=models.Value(0)),
            default=Coalesce("credits", "estimate_high"),
            output_field=models.PositiveIntegerField(),
        ),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
    )

    # All that it can be filtered by, for the indexes
    facets = models.GeneratedField(expression=facets.EXPRESSION, output_field=models.IntegerField(), db_persist=True)

    # The worker's
    due_at = models.DateTimeField(null=True)
    claim_token = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)  # times that the POST certainly never left
    polls = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from studio import clock
from studio.catalog.credits import Estimate
from studio.catalog.links import is_http_link, leads_inside
from studio.catalog.modes import MODELS, Mode, default_mode, find_mode
from studio.catalog.request import GenerationRequest
from studio.library.models import Collection, Membership, Tag, Tagging
from studio.net.addresses import leads_to
from studio.uploads.models import Upload

from .amounts import from_columns
from .charges import money_line
from .keeping import Keeping
from .queryset import GenerationQuerySet
from .states import Lifecycle
from .submission import Submission

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from .events import GenerationEvent

IN_VIEW = models.Q(deleted_at=None)  # not in the trash
FILTERED = ("type", "status", "keeping", "resolution", "seconds", "aspect_ratio", "rating", "favorite")


def finding_index(name: str, *order: str, more: tuple[str, ...] = ()) -> models.Index:
    """For one order of the gallery: all that takes are filtered by is in it, so that a walk along it finds a page, and
    passes by what does not fit without reading its rows.
    """
    filtered = [column for column in (*FILTERED, *more) if column not in order]
    return models.Index(fields=("owner", *order, *filtered), condition=IN_VIEW, name=name)


class Generation(Lifecycle, Keeping):
    """One requested video. The row is the queue, the memory and the card. How its status changes: `Lifecycle`; how its
    video is kept: `Keeping`.

    The worker takes a row when `due_at` is past; taking it moves `due_at` to the end of the claim and sets
    `claim_token`, so a claim that its worker never gave back falls due by itself. Rows that wait for a person or are
    finished have no `due_at`.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="generations", db_index=False
    )  # other indexes begin with it
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
    model = models.CharField(max_length=32, default="ltx-2", db_default="ltx-2")  # of the catalog, as is the mode
    type = models.CharField(max_length=16)
    prompt = models.TextField(blank=True)
    resolution = models.CharField(max_length=8)
    aspect_ratio = models.CharField(max_length=8, blank=True, default="")  # as asked, else as the kept video has it
    seconds = models.DecimalField(max_digits=3, decimal_places=1)
    seed = models.BigIntegerField()
    estimate_low = models.PositiveIntegerField()
    estimate_high = models.PositiveIntegerField()
    basis = models.CharField(max_length=12)

    # What the person thinks of it
    favorite = models.BooleanField(default=False)
    rating = models.PositiveSmallIntegerField(default=0)  # 0 (none) to 5
    note = models.TextField(blank=True, default="")
    tags = models.ManyToManyField(Tag, through=Tagging, related_name="generations")
    collections = models.ManyToManyField(Collection, through=Membership, related_name="generations")

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

    problem = ""  # why the last click on this card changed nothing; shown once, never stored

    objects = GenerationQuerySet.as_manager()

    if TYPE_CHECKING:
        events: RelatedManager[GenerationEvent]
        pk: int

    class Meta:
        ordering = ("-id",)
        indexes = [
            finding_index("find_id", "id"),
            finding_index("find_created_at", "created_at", "id", more=("cost",)),
            finding_index("find_cost", "cost", "id"),
            finding_index("find_rating", "rating", "id"),
            models.Index(
                fields=("owner", "id"),
                condition=IN_VIEW & models.Q(status__in=["queued", "submitting", "running"]),
                name="find_unfinished",
            ),
            models.Index(
                fields=("owner", "id"), condition=IN_VIEW & models.Q(status="unconfirmed"), name="unconfirmed"
            ),
            models.Index(fields=("owner", "id"), condition=IN_VIEW & models.Q(keeping="failed"), name="not_kept"),
            models.Index(fields=("owner", "digest"), name="same_request"),
            models.Index(
                fields=("connection", "due_at", "status"), condition=models.Q(due_at__isnull=False), name="due"
            ),
            models.Index(fields=("task_id",), name="task"),
            models.Index(fields=("other_task_id",), condition=~models.Q(other_task_id=""), name="other_task"),
            models.Index(fields=("connection", "status", "owner"), name="by_status"),
            models.Index(
                fields=("connection", "type", "resolution", "seconds", "id"),
                condition=models.Q(credits__isnull=False),
                name="observed_charges",
            ),
            models.Index(fields=("keep_due_at",), condition=models.Q(keep_due_at__isnull=False), name="keeps_due"),
            models.Index(
                fields=("owner", "-deleted_at", "-id"),
                condition=models.Q(deleted_at__isnull=False, purged_at=None),
                name="trash",
            ),
            models.Index(
                fields=("deleted_at",),
                condition=models.Q(deleted_at__isnull=False, purged_at=None),
                name="to_purge",
            ),
            models.Index(
                fields=("purged_at",),
                condition=models.Q(purged_at__isnull=False) & ~models.Q(digest=""),
                name="to_erase",
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
    def charge(self) -> int | Decimal | None:
        """What the API said that it took."""
        return None if self.credits is None else from_columns(self.credits, self.credits_rest)

    @property
    def money(self) -> str:
        return money_line(self)

    @property
    def mode(self) -> Mode:
        """The default mode stands in for one that is no longer in the catalog."""
        return find_mode(self.type, self.model) or default_mode()

    @property
    def model_title(self) -> str:
        """What the page calls its model; empty where there is only one."""
        model = MODELS.get(self.model)
        return "" if len(MODELS) < 2 else model.title if model else self.model

    @property
    def parsed(self) -> GenerationRequest:
        return GenerationRequest.parse(self.request)

    @property
    def sent_request(self) -> dict[str, Any]:
        """The body of its POST as it left; before that, with `upload:<id>` where the link to an own file will be."""
        return {**self.request, **self.sent_links}

    @property
    def estimate(self) -> Estimate:
        return Estimate(self.estimate_low, self.estimate_high, self.basis)

    @cached_property
    def successor(self) -> int | None:
        """The id of the take that was sent again in its place; `for_cards` brings it along."""
        return type(self).objects.filter(replaces=self.pk).values_list("pk", flat=True).first()

    @cached_property
    def link(self) -> str:
        """The provider's link to the video, fit for a page; empty where the page must not lead a browser there."""
        return self.video_url if self.link_state == "open" else ""

    @cached_property
    def link_state(self) -> str:
        """Whether the page may lead to the provider's link: "open", "unknown" until the worker has been there, "inside"
        where it leads, or leads on, to an address of this network, "none" where it is no link.
        """
        if not is_http_link(self.video_url):
            return "none"
        if leads_to(self.video_url, self.asked_of.own_address):
            return "open"
        if self.video_is_public is False or leads_inside(self.video_url):
            return "inside"
        return "unknown" if self.video_is_public is None and self.keeping == Generation.State.PENDING else "open"

    @property
    def is_test(self) -> bool:
        """Made with the sandbox: free, and in no sum."""
        return self.asked_of.is_sandbox

    @property
    def is_foreign(self) -> bool:
        """Asked of another provider than the one the studio talks to now: it waits until that one is back."""
        return not self.asked_of.is_configured

    @property
    def dashboard(self) -> str:
        """Where the sandbox, if it made this and is there, lists its tasks; empty for a real provider's takes."""
        return f"http://127.0.0.1:{settings.STUDIO_SANDBOX_PORT}/" if self.is_test and not self.is_foreign else ""

    @property
    def is_unfinished(self) -> bool:
        """Whether the worker still has to do something for it, or may have to."""
        return self.status in UNFINISHED or self.other_state == Generation.Status.RUNNING

    @property
    def is_live(self) -> bool:
        """Whether its card is going to change by itself."""
        follows = self.is_unfinished and not self.is_foreign and not self.held
        return follows or self.will_be_kept_soon

    @property
    def is_overdue(self) -> bool:
        """Rendering for much longer than usual, or unknown to the provider."""
        return self.late_since is not None or self.lost_since is not None

    @property
    def has_foot(self) -> bool:
        """Whether its card shows words in place of a video, and what can be done with it below them. Of what failed or
        has no answer there is more to say and to do, which stands below the picture.
        """
        no_video = self.keeping != Generation.State.KEPT and not (
            self.status == Generation.Status.SUCCEEDED and self.link
        )
        return no_video and self.status not in (Generation.Status.FAILED, Generation.Status.UNCONFIRMED)

    @property
    def undo_seconds(self) -> int:
        """How long what a person has decided can still be undone; 0 where there is nothing to undo."""
        if self.undo_until is None or self.deleted_at:
            return 0
        return max(0, int((self.undo_until - clock.now()).total_seconds()))

    @property
    def waits_for_second_thoughts(self) -> bool:
        """It is sent again, but not just yet."""
        first_time = self.status == Generation.Status.QUEUED and not (self.held or self.attempts or self.claim_token)
        return bool(first_time and self.replaces_id and self.due_at and self.due_at > clock.now())

    @property
    def last_poll(self) -> str:
        """What the provider answered when it was last asked, and when, for the card of a late take."""
        if not self.polled_at:
            return ""
        at = timezone.localtime(self.polled_at)
        day = "" if at.date() == timezone.localdate() else f"{at.day} {at:%b} "
        return f"Last answer {day}{at:%H:%M}: {self.poll_answer or 'no status'}"

    @property
    def length(self) -> Decimal:
        """Seconds without a needless decimal."""
        return self.seconds.to_integral_value() if self.seconds == self.seconds.to_integral_value() else self.seconds


UNFINISHED = (Generation.Status.QUEUED, Generation.Status.SUBMITTING, Generation.Status.RUNNING)

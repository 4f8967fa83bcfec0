"""The words in which the rest of the studio speaks of generations."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F, Q

from studio import clock
from studio.catalog.credits import estimate
from studio.catalog.modes import DEFAULT_MODEL
from studio.catalog.request import GenerationRequest
from studio.lease import Lease
from studio.uploads.models import Upload, UploadGone

from .connections import Connection
from .events import GenerationEvent
from .keeping import KEEP, KeepClaim, untried
from .states import LATE_AFTER, UNDO_FOR
from .submission import KeyReused, Submission, digest_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from .models import Generation

log = logging.getLogger("studio.generation")

TAKE = Lease()  # to send or to poll it
NO_WAIT = timedelta()
OBSERVED = 20  # the last charges that an estimate looks at
PUT_BACK = "Put back: it was sent, and the database has gone back to a time before it was asked for"
ALREADY_HAD = ("queued", "submitting", "running", "succeeded", "unconfirmed")


class GenerationQuerySet(models.QuerySet["Generation"]):
    # Which ------------------------------------------------------------------------------------------------------------

    def owned_by(self, user: Any) -> GenerationQuerySet:
        return self.filter(owner=user)

    def existing(self) -> GenerationQuerySet:
        """All but what has left the trash: of that only the sums are left."""
        return self.filter(purged_at=None)

    def in_view(self) -> GenerationQuerySet:
        """What is not in the trash."""
        return self.filter(deleted_at=None)

    def trashed(self) -> GenerationQuerySet:
        return self.filter(deleted_at__isnull=False, purged_at=None).order_by("-deleted_at", "-id")

    def for_cards(self) -> GenerationQuerySet:
        """With all that a card asks for, in the same statement."""
        found: GenerationQuerySet = self.annotate(  # type: ignore[no-redef]  # the property of this name is what it fills
            successor=F("replaced_by")
        )
        return found.select_related("kept").defer("last_answer")

    def of(self, account: Connection) -> GenerationQuerySet:
        return self.filter(connection_id=account.name)

    def due(self, account: Connection, now: datetime) -> GenerationQuerySet:
        return self.of(account).filter(due_at__lte=now).order_by("due_at", "id")

    def waiting(self) -> GenerationQuerySet:
        """Not sent yet and free to go."""
        return self.filter(status="queued", held="", deleted_at=None)

    def are_held(self) -> GenerationQuerySet:
        return self.filter(status="queued", deleted_at=None).exclude(held="")

    def counted_as_running(self, now: datetime) -> GenerationQuerySet:
        """What takes one of the LTX2_MAX_RUNNING places: rendering, being sent, or claimed to be sent at once. Late
        and lost takes do not block the queue.
        """
        rendering = Q(status="running", late_since=None, lost_since=None)
        about_to_go = Q(status="queued", due_at__gt=now) & ~Q(claim_token="")
        followed = Q(due_at__isnull=False)  # all of them are; said aloud, so that the index over these few is used
        return self.filter(followed, rendering | Q(status="submitting") | about_to_go)

    def mark_late(self, account: Connection) -> int:
        """While the API answers nothing, takes are not even polled, and late all the same. To be called just after
        something was asked in vain, not after a time in which nobody asked.
        """
        now, why = clock.now(), "It takes much longer than usual, and the API does not answer"
        with transaction.atomic():
            overdue = self.of(account).filter(status="running", due_at__isnull=False, late_since=None)
            overdue = overdue.filter(submitted_at__lt=now - LATE_AFTER).order_by("pk")
            ids = list(overdue.select_for_update().values_list("pk", flat=True))
            self.model._default_manager.filter(pk__in=ids).update(late_since=now, revision=F("revision") + 1)
            _record_events(ids, now, why, status="running")
        return len(ids)

    def same_as(self, request: GenerationRequest) -> GenerationQuerySet:
        """Takes of exactly these settings and this seed that are there or may come."""
        return self.filter(digest=digest_of(request.to_api()), status__in=ALREADY_HAD)

    def observed(
        self, account: Connection, mode: str, resolution: str, seconds: Any, *, model: str = DEFAULT_MODEL
    ) -> list[int]:
        """What the API said it took for the same thing, the last 20 times, rounded both ways to whole credits;
        nothing for the sandbox. A nought is no price: what was once given away may cost the next time.
        """
        if account.is_sandbox:
            return []
        charges = self.of(account).filter(model=model, type=mode, resolution=resolution, seconds=seconds)
        reported = charges.filter(credits__isnull=False).exclude(charged="no").order_by("-id")
        newest = reported.values_list("credits", "credits_rest")[:OBSERVED]
        found = [(credits or 0, rest) for credits, rest in newest if credits or rest]
        return [credits for credits, _ in found] + [credits + 1 for credits, rest in found if rest]

    # Downloads -----------------------------------------------------------------------------------------------------

    def keeps_due(self, now: datetime) -> Any:
        return KEEP.due(self.keepable(), now)

    def keepable(self) -> Any:
        """Links die: the oldest first."""
        return self.filter(keeping="pending", purged_at=None).order_by("finished_at", "id")

    def claim_keep(self, worker: int, lease: timedelta, *, alone: bool = True) -> KeepClaim | None:
        """The next video to keep, for this worker alone until the lease is over. It counts as a try from now on, and as
        a death until it is heard how it ended; after three of those nobody opens it any more. `alone`: the worker keeps
        no other at the moment; while it does, no video is taken that was there when a process died.
        """
        due = self.keepable()
        if not alone:
            if KEEP.due(due, clock.now()).values_list("keep_deaths", flat=True).first():
                return None
            due = due.filter(keep_deaths=0)
        counted = {"keep_attempts": F("keep_attempts") + 1, "keep_deaths": F("keep_deaths") + 1}
        found = KEEP.take_first(due, worker, lease, **counted)
        return KeepClaim(*found) if found else None

    def release_keeps_of(self, worker: int, *, died: bool) -> int:
        """What a worker that is gone was keeping falls due now instead of when its lease ends. Where it left in good
        order, that was no try.
        """
        return KEEP.release(self, worker, keep_token="", **({} if died else untried()))

    # New --------------------------------------------------------------------------------------------------------------

    def enqueue(
        self, owner: User, account: Connection, requests: Sequence[GenerationRequest], *, key: str, digest: str
    ) -> list[Generation]:
        """One generation for each request, newest last. The same key and digest answer with the rows of the first time.

        An empty key is nobody's: each time is then the first. Raises KeyReused where the key was used for other fields.
        """
        key = key or secrets.token_urlsafe(16)
        with transaction.atomic():
            submission, created = Submission.objects.get_or_create(owner=owner, key=key, defaults={"digest": digest})
            if not created:
                return self.of_submission(submission, digest)
            return [self._add(owner, account, request, submission=submission) for request in requests]

    def of_submission(self, submission: Submission, digest: str) -> list[Generation]:
        if submission.digest != digest:
            raise KeyReused
        return list(self.filter(submission=submission, replaces=None).order_by("id"))

    def enqueue_again(self, old: Generation, wait: timedelta) -> Generation:
        return self._add(old.owner, old.asked_of, old.parsed, wait, submission=old.submission, replaces=old)

    def put_back(
        self, owner: User, account: Connection, request: GenerationRequest, at: datetime, links: dict[str, str]
    ) -> Generation:
        """A take that was sent, whose row went as the database went back in time. Its files may have gone as well."""
        return self._add(owner, account, request, why=PUT_BACK, at=at, sent_links=links)

    def _add(
        self,
        owner: User,
        account: Connection,
        request: GenerationRequest,
        wait: timedelta = NO_WAIT,
        *,
        why: str = "",
        at: datetime | None = None,
        **links: Any,
    ) -> Generation:
        body, now = request.to_api(), at or clock.now()
        cost = estimate(
            request.type,
            request.resolution,
            request.seconds,
            self.observed(account, request.type, request.resolution, request.seconds, model=request.model),
            model=request.model,
        )
        assert cost is not None, "a valid request has a price"
        held = Connection.of(account.name).holds_new
        row = self.create(
            owner=owner, connection_id=account.name, request=body, digest=digest_of(body),
            model=request.model, type=request.type, prompt=request.prompt, resolution=request.resolution,
            aspect_ratio=request.aspect_ratio, seconds=request.seconds, seed=request.seed,
            estimate_low=cost.low, estimate_high=cost.high, basis=cost.basis, held=held,
            created_at=now, asked_at=now, due_at=None if held else now + wait, **links,
        )  # fmt: skip
        if request.own_files:
            with suppress(*[UploadGone] if at else []):
                row.uploads.set(Upload.objects.use(owner, request.own_files.values()))
        why = why or "Asked for" if "replaces" not in links else f"Asked for again, instead of #{links['replaces'].pk}"
        GenerationEvent.objects.create(generation=row, at=now, to_status="queued", why=why)
        log.info("generation=%s from=new to=queued task_id=- why=%r", row.pk, why)
        return row

    # Many at once -----------------------------------------------------------------------------------------------------

    def hold(self, reason: str, why: str, *, anew: bool = False) -> int:
        """Keep what is not sent yet from being sent until a click. `anew`: also what is held already."""
        now = clock.now()
        with transaction.atomic(savepoint=False):
            rows = self.filter(status="queued", deleted_at=None) if anew else self.waiting()
            ids = list(rows.select_for_update().values_list("pk", flat=True))
            self.model._default_manager.filter(pk__in=ids, status="queued").update(
                held=reason, due_at=None, claim_token="", message=why, revision=F("revision") + 1
            )
            _record_events(ids, now, why)
        return len(ids)

    def release(self) -> int:
        """Let held takes go. Asked for anew: they may wait another hour."""
        now = clock.now()
        with transaction.atomic():
            ids = list(self.are_held().select_for_update().values_list("pk", flat=True))
            self.model._default_manager.filter(pk__in=ids, status="queued").update(
                held="", due_at=now, asked_at=now, message="", revision=F("revision") + 1
            )
            _record_events(ids, now, "You let it go")
        return len(ids)

    def cancel_unsent(self, now: datetime, why: str) -> None:
        """The transition `queued → canceled` of many rows, which the caller has locked: unsent, so not charged."""
        ids = list(self.filter(status="queued").values_list("pk", flat=True))
        self.model._default_manager.filter(pk__in=ids, status="queued").update(
            status="canceled", held="", undo_held=F("held"), claim_token="", due_at=None,
            finished_at=now, undo_until=now + UNDO_FOR, revision=F("revision") + 1,
        )  # fmt: skip
        _record_events(ids, now, why, to="canceled")

    def release_claims_of(self, worker: int) -> int:
        """What a worker that is certainly gone had claimed falls due now instead of when the claim ends."""
        return TAKE.release(self, worker)


def _record_events(ids: Iterable[int], at: datetime, why: str, status: str = "queued", to: str = "") -> None:
    """A line of history for each. Without `to` the status stays."""
    to = to or status
    for pk in ids:
        log.info("generation=%s from=%s to=%s task_id=- why=%r", pk, status, to, why)
    GenerationEvent.objects.bulk_create(
        GenerationEvent(generation_id=pk, at=at, from_status=status, to_status=to, why=why) for pk in ids
    )

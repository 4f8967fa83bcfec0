"""Work that a page asks for and a worker does: the row is its place in the queue, and no page waits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F

from studio import clock
from studio.lease import Lease

JOB = Lease()
ATTEMPTS = 3


class BackgroundJob(models.Model):
    """pending → ready | failed. A worker takes a lease on a pending row, and renews it while it works. One that was
    killed leaves a row that falls due; one that lost its row changes nothing.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "pending"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    lease = timedelta(seconds=20)  # renewed every second while a worker is at it

    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    why = models.TextField(blank=True, default="")  # it failed, in words for people
    done = models.PositiveIntegerField(default=0)  # how far it is
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # while pending: when to try, or the end of a claim
    claim_token = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)  # claims so far: what ends its worker each time is given up

    class Meta:
        abstract = True

    @classmethod
    def claim(cls, worker: int = 0) -> Self | None:
        """The one that has waited longest, for this worker alone."""
        counted = {"attempts": F("attempts") + 1, "done": 0}
        found = JOB.take_first(cls._default_manager.order_by("due_at", "pk"), worker, cls.lease, **counted)
        return found[0] if found else None

    @classmethod
    def release_claims_of(cls, worker: int, *, died: bool = True, kept: Iterable[int] = ()) -> int:
        """What a worker that is gone was at falls due now instead of when its lease ends. Where it left in good order,
        that was no try.
        """
        untried = {} if died else {"attempts": F("attempts") - 1, "claim_token": ""}
        return JOB.release(cls._default_manager.exclude(pk__in=kept), worker, **untried)

    def _update_claimed(self, **changes: Any) -> bool:
        """Write something down while this worker has it; whether it still has."""
        mine = type(self)._default_manager.filter(pk=self.pk, claim_token=self.claim_token)
        return bool(mine.update(**changes))

    def go_on(self, done: int, lease: timedelta | None = None) -> bool:
        """Say how far it is, and hold it for so long. Whether it is still this worker's."""
        return self._update_claimed(done=done, due_at=clock.now() + (lease or self.lease))

    def give_back(self) -> bool:
        """The worker leaves: another one begins anew, at once. That was nobody's fault."""
        return self._update_claimed(due_at=clock.now(), claim_token="", attempts=F("attempts") - 1)

    def succeed(self, **results: Any) -> bool:
        return self._update_claimed(status=self.Status.READY, due_at=None, claim_token="", **results)

    def fail(self, why: str) -> bool:
        return self._update_claimed(status=self.Status.FAILED, why=why, due_at=None, claim_token="")

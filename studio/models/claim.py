"""Who may do what next: due rows are handed out under the lock of the provider's one row, so that the count of what
runs and the budget of requests are exact over any number of processes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from . import clock
from .generation import Generation
from .worker import PROBE_LEASE, ProviderState

if TYPE_CHECKING:
    from .queryset import GenerationQuerySet

UNSENT_FOR = timedelta(hours=1)
HORIZON = timedelta(seconds=1)  # how far ahead requests are handed out


@dataclass(frozen=True)
class Limits:
    """What a provider may be asked for: places, requests per second (0: no bound) and the length of a claim."""

    max_running: int
    requests_per_second: float
    claim: timedelta

    @property
    def spacing(self) -> timedelta:
        """Between two requests. A tenth more than the bound asks for, so that a thread which wakes up late does not
        bring one more into any second.
        """
        return timedelta(seconds=1.1 / self.requests_per_second) if self.requests_per_second else timedelta()


@dataclass(frozen=True)
class Claimed:
    """A row and how long to wait before its request may leave."""

    generation: Generation
    token: str
    wait: timedelta
    api_was_troubled: bool


class Probe:
    """The API was down: ask it something free before anything else."""


def claim(provider: str, worker: int, places: int, sends: int, limits: Limits) -> list[Claimed] | Probe:
    """Up to `places` due rows, claimed for this worker, of which `sends` at most are new takes; or a probe, for one
    worker at a time, while the API is down.
    """
    with transaction.atomic():
        state = ProviderState.locked(provider)
        now = clock.now()
        due = Generation.objects.due(provider, now).select_for_update(skip_locked=True)
        _recover(due)
        if state.is_down:
            return _probe(state, now)
        start = max(now, state.next_request_at or now)
        _hold(due, state, now)
        rows = _choose(due, provider, now, min(places, _budget(start, now, limits)), sends, limits)
        jobs = [_take(row, worker, now, start + n * limits.spacing, limits, state) for n, row in enumerate(rows)]
        if jobs and limits.spacing:
            ProviderState.objects.filter(pk=state.pk).update(next_request_at=start + len(jobs) * limits.spacing)
        return jobs


def _recover(due: GenerationQuerySet) -> None:
    """A claim on a sent row ran out: its worker is gone, and so is the answer."""
    for row in due.filter(status="submitting"):
        row.lose_answer("The studio stopped while this was being sent.", token=row.claim_token)


def _probe(state: ProviderState, now: datetime) -> list[Claimed] | Probe:
    if state.open_until and state.open_until > now:
        return []
    ProviderState.objects.filter(pk=state.pk).update(open_until=now + PROBE_LEASE)
    return Probe()


def _budget(start: datetime, now: datetime, limits: Limits) -> int:
    """How many requests may still be handed out, so that the last leaves within the horizon."""
    if not limits.spacing:
        return 1_000_000
    return max(0, int((now + HORIZON - start) / limits.spacing) + 1)


def _hold(due: GenerationQuerySet, state: ProviderState, now: datetime) -> None:
    """What came in, or came back, while sending was being stopped; and what nobody expects to be sent any more."""
    if state.paused:
        due.hold(state.paused, state.why_held)
    due.filter(asked_at__lt=now - UNSENT_FOR).hold("waited", "Held: unsent an hour after you asked.")


def _choose(
    due: GenerationQuerySet, provider: str, now: datetime, places: int, sends: int, limits: Limits
) -> list[Generation]:
    """New takes first, as many as there are places at the provider; then the polls that have waited longest."""
    if places <= 0:
        return []
    free = limits.max_running - Generation.objects.of(provider).counted_as_running(now).count()
    waiting = list(due.waiting()[: max(0, min(free, sends, places))])
    followed = Q(status="running") | Q(other_state="running")
    return waiting + list(due.filter(followed)[: places - len(waiting)])


def _take(
    row: Generation, worker: int, now: datetime, start: datetime, limits: Limits, state: ProviderState
) -> Claimed:
    token = f"{worker}:{secrets.token_hex(8)}"
    Generation.objects.filter(pk=row.pk).update(claim_token=token, due_at=now + limits.claim)
    return Claimed(row, token, max(start - now, timedelta()), bool(state.failures or state.warning))

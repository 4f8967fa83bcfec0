"""Who may do what next: due rows are handed out under the lock of the connection's one row, so that the count of what
runs and the budget of requests are exact over any number of processes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from studio import clock

from .connections import PROBE_LEASE, Connection, Mark
from .models import Generation
from .queryset import TAKE

if TYPE_CHECKING:
    from .queryset import GenerationQuerySet

UNSENT_FOR = timedelta(hours=1)
# What a poll needs to know of its row: to read all the others costs more than the whole claim.
POLLED = (
    "status", "task_id", "other_task_id", "other_state", "status_word", "polls", "credits", "credits_rest",
    "credits_reserved", "submitted_at", "due_at", "late_since", "missing_since", "lost_since", "polled_at",
    "poll_answer",
)  # fmt: skip
NOTHING_SENT = Mark()
HORIZON = timedelta(seconds=1)  # how far ahead requests are handed out


@dataclass(frozen=True)
class Limits:
    """What a provider may be asked for: places, requests per second (0: no bound) and the length of a claim."""

    max_running: int
    requests_per_second: float
    claim: timedelta

    @property
    def spacing(self) -> timedelta:
        """Between two requests. A fifth more than the bound asks for, so that a thread which wakes up late, or is slow
        to write its request on a busy machine, does not bring one more into any second.
        """
        return timedelta(seconds=1.2 / self.requests_per_second) if self.requests_per_second else timedelta()


@dataclass(frozen=True)
class Claimed:
    """A row and when its request may leave: `wait` after `since`, by this process's `time.monotonic()`. `trial`: it is
    the one request that tells whether the API is back.
    """

    generation: Generation
    token: str
    wait: timedelta
    since: float
    api_was_troubled: bool
    trial: bool = False

    @property
    def is_new(self) -> bool:
        """Claimed to be sent."""
        return self.generation.status == Generation.Status.QUEUED


@dataclass(frozen=True)
class Probe:
    """The API was down: ask it something free, after `wait`, before anything else."""

    wait: timedelta


def claim(
    connection: Connection, worker: int, places: int, sends: int, limits: Limits, known: Mark = NOTHING_SENT
) -> list[Claimed] | Probe:
    """Up to `places` due rows, claimed for this worker, of which `sends` at most are new takes; or a probe, for one
    worker at a time, while the API is down. A plain read first, without any lock: mostly nothing is due. From a
    database that is older than what the worker has `known` it takes nothing.
    """
    due = Generation.objects.due(connection, clock.now())
    kinds = set(due.order_by().values_list("status", flat=True).distinct())
    if not kinds:
        return []
    with transaction.atomic():
        state = Connection.locked(connection.name)
        if state.mark < known:
            return []
        now, since = clock.now(), time.monotonic()
        due = Generation.objects.due(connection, now)
        if "submitting" in kinds:
            _recover(due)
        if state.is_down and not state.is_on_trial:
            return _probe(state, now, limits)
        if "queued" in kinds:
            _hold(due, state, now)
        if state.is_on_trial:
            return _try(due, worker, state, now, limits)
        start = state.next_moment(now)
        places = min(places, _budget(start, now, limits))
        rows = _waiting(due, state, now, min(places, sends), limits) if "queued" in kinds else []
        if kinds - {"queued", "submitting"}:
            rows += _followed(due, places - len(rows))
        token = _take(rows, worker, now + limits.claim)
        if rows and limits.spacing:
            state.put_off(start + len(rows) * limits.spacing)
        waits = (max(start + number * limits.spacing - now, timedelta()) for number in range(len(rows)))
        troubled = bool(state.failures or state.warning)
        return [Claimed(row, token, wait, since, troubled) for row, wait in zip(rows, waits, strict=True)]


def next_slot(connection: Connection, limits: Limits) -> timedelta:
    """Take the next free moment for one request beside those of claimed rows; how long to wait for it."""
    if not limits.spacing:
        return timedelta()
    with transaction.atomic():
        state, now = Connection.locked(connection.name), clock.now()
        start = state.next_moment(now)
        state.put_off(start + limits.spacing)
        return start - now


def _recover(due: GenerationQuerySet) -> None:
    """A claim on a sent row ran out: its worker is gone, and so is the answer."""
    for row in due.filter(status="submitting").select_for_update(skip_locked=True):
        row.lose_answer("The studio stopped while this was being sent.", token=row.claim_token)


def _probe(state: Connection, now: datetime, limits: Limits) -> list[Claimed] | Probe:
    if state.open_until and state.open_until > now:
        return []
    start = state.next_moment(now)
    state.put_off(start + limits.spacing, open_until=start + min(PROBE_LEASE, limits.claim))
    return Probe(start - now)


def _try(due: GenerationQuerySet, worker: int, state: Connection, now: datetime, limits: Limits) -> list[Claimed]:
    """One request on trial, and no other until it is over: a poll, which is free, and every second time a new take, for
    it may be a single task that the API cannot tell about.
    """
    ways = [lambda: _followed(due, 1), lambda: _waiting(due, state, now, 1, limits)]
    if state.failures % 2 == 0:
        ways.reverse()
    rows = ways[0]() or ways[1]()
    if not rows:
        return []
    start = state.next_moment(now)
    token = _take(rows, worker, now + limits.claim)
    state.put_off(start + limits.spacing, open_until=now + limits.claim)
    return [Claimed(rows[0], token, start - now, time.monotonic(), api_was_troubled=True, trial=True)]


def _budget(start: datetime, now: datetime, limits: Limits) -> int:
    """How many requests may still be handed out, so that the last leaves within the horizon."""
    ahead = now + HORIZON - start
    if not limits.spacing:
        return 1_000_000 if ahead >= timedelta() else 0
    return max(0, int(ahead / limits.spacing) + 1)


def _hold(due: GenerationQuerySet, state: Connection, now: datetime) -> None:
    """What came in, or came back, while sending was being stopped; and what nobody expects to be sent any more."""
    if state.paused:
        due.hold(state.paused, state.why_held)
    due.filter(asked_at__lt=now - UNSENT_FOR).hold("waited", "Held: unsent an hour after you asked.")


def _waiting(due: GenerationQuerySet, state: Connection, now: datetime, most: int, limits: Limits) -> list[Generation]:
    """New takes go first, as many as there are places at the provider, unless it wants to be left alone."""
    if most <= 0 or (state.sends_after and state.sends_after > now):
        return []
    free = limits.max_running - Generation.objects.of(state).counted_as_running(now).count()
    rows = due.waiting().defer("last_answer").select_for_update(skip_locked=True)
    return list(rows[: max(0, min(free, most))])


def _followed(due: GenerationQuerySet, most: int) -> list[Generation]:
    """The polls that have waited longest."""
    polls = due.filter(Q(status="running") | Q(other_state="running"))
    return list(polls.only(*POLLED).select_for_update(skip_locked=True)[:most]) if most > 0 else []


def _take(rows: list[Generation], worker: int, until: datetime) -> str:
    """Claim all of them with one statement. They share a token: each is told by its id as well."""
    return TAKE.take(Generation.objects.filter(pk__in=[row.pk for row in rows]), worker, until) if rows else ""

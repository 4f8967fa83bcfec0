"""A database that has gone back in time, beside what a worker remembers to have sent: what is put right."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from studio import clock
from studio.catalog.request import GenerationRequest, InvalidRequest

from .connections import Connection
from .models import Generation

log = logging.getLogger("studio.worker")

READ_AT_ONCE = 500
UNSENT = ("queued", "canceled")


@dataclass(frozen=True)
class Sent:
    """One request that left, or was just about to. `take` is the row's id, which another may have by now."""

    take: int
    created_at: datetime
    submitted_at: datetime
    connection: str
    owner: int
    request: dict[str, Any]
    links: dict[str, str] = field(default_factory=dict)
    task_id: str = ""  # a poll brings all else


def forgotten(sent: Iterable[Sent]) -> Iterator[Sent]:
    """Those of which the database knows less than the worker. A few statements for hundreds of them."""
    waiting = list(sent)
    for start in range(0, len(waiting), READ_AT_ONCE):
        some = waiting[start : start + READ_AT_ONCE]
        rows = Generation.objects.only("created_at", "status", "task_id", "other_task_id")
        found = rows.in_bulk([each.take for each in some])
        yield from (each for each in some if _is_forgotten(each, found.get(each.take)))


def _is_forgotten(sent: Sent, row: Generation | None) -> bool:
    if row is None or row.created_at != sent.created_at or row.status in UNSENT:
        return True
    return bool(sent.task_id) and sent.task_id not in (row.task_id, row.other_task_id)


def put_right(sent: Sent, first_poll: timedelta) -> bool:
    """Have the database know what was sent: the take is unconfirmed, or runs under the task id that was the answer. One
    whose row is gone gets a new one. True where the database must have gone back for that.
    """
    with transaction.atomic():
        Connection.locked(sent.connection)  # one worker at a time, or two would put the same take back
        row = _row_of(sent)
        back = row is None or row.status in UNSENT
        row = row or _put_back(sent)
        if row is None:
            return back
        row.was_sent(sent.submitted_at)
        if sent.task_id:
            row.submitted_at = sent.submitted_at
            row.accept(sent.task_id, clock.now() + first_poll)
        return back


def _row_of(sent: Sent) -> Generation | None:
    """Its own row, or the one that it was given when it was put back."""
    rows = Generation.objects.filter(connection_id=sent.connection, created_at=sent.created_at)
    return rows.filter(pk=sent.take).first() or rows.filter(submitted_at=sent.submitted_at).first()


def _put_back(sent: Sent) -> Generation | None:
    owner = get_user_model().objects.filter(pk=sent.owner).first()
    try:
        request = GenerationRequest.parse(sent.request)
    except InvalidRequest:
        owner = None
    if owner is None:
        log.error("take=%s task_id=%s was sent and is not known; it cannot be put back", sent.take, sent.task_id or "-")
        return None
    row = Generation.objects.put_back(owner, Connection.named(sent.connection), request, sent.created_at, sent.links)
    log.error("take=%s task_id=%s was sent and is not known: put back as %s", sent.take, sent.task_id or "-", row.pk)
    return row

"""One step for one claimed row: ask the provider one thing, write down the answer, say when to come back.

Steps run on threads that wait for the provider; what they do with the database they have the database_writer do.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from studio import clock
from studio.catalog.request import LINKS
from studio.generations.claim import Claimed, Limits, next_slot
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.providers.base import (
    Accepted,
    AccountTrouble,
    NotSent,
    Progress,
    Provider,
    ProviderError,
    Refused,
    TryLater,
    Uncertain,
    UnknownTask,
)  # fmt: skip

from .database_writer import DatabaseWriter
from .input_links import HELD, InputLinks, Unreachable
from .journal import Journal
from .schedule import Schedule
from .sent_log import SentLog

log = logging.getLogger("studio.worker")

LATE_SECONDS = 0.05  # of the fifth of a second that `Limits.spacing` leaves over in each second
MISSED_TURNS = 3
TURNED_AWAY_MOST = 3  # attempts of one take by which the wait of all others grows: its own may grow to minutes
AFTER_A_LOST_TRIAL = timedelta(minutes=5)
WORDS_MOST = 10_000
COMMIT_SECONDS = 0.1  # what it may take, beside other processes, to commit that a take is about to leave


class UnknownWords:
    """Which were told already, so that each is logged once for a take, however they come by turns."""

    def __init__(self) -> None:
        self.told: set[tuple[int, str]] = set()

    def is_new(self, pk: int, word: str) -> bool:
        word = re.sub(r"[0-9]+", "0", word)  # "rendering 12 %" is one word with all that follow
        if (pk, word) in self.told:
            return False
        if len(self.told) >= WORDS_MOST:
            self.told.clear()
        self.told.add((pk, word))
        return True


@dataclass(frozen=True)
class Steps:
    """All that a step needs beside its row."""

    client: Provider
    connection: Connection
    schedule: Schedule
    limits: Limits
    journal: Journal
    database_writer: DatabaseWriter
    stopping: threading.Event
    sent_log: SentLog
    input_links: InputLinks = field(default_factory=InputLinks)
    unknown_words: UnknownWords = field(default_factory=UnknownWords)

    def take(self, job: Claimed) -> None:
        """The one step that this row is due for."""
        row = job.generation
        if job.is_new and not self.make_links(job):
            return
        turn = self.await_turn(job.since + job.wait.total_seconds(), ahead=COMMIT_SECONDS if job.is_new else 0.0)
        if turn is None:
            return
        if job.is_new:
            self.submit(job, turn)
        elif row.asks_for_other:
            self.poll_other(job)
        elif row.status == Generation.Status.RUNNING:
            self.poll(job)

    def await_turn(self, turn: float, *, ahead: float = 0.0) -> float | None:
        """Wait until the moment (`time.monotonic()`) at which a request may leave, or so long `ahead` of it; None where
        the worker is stopping before. A thread that is late for it takes a new one, or its request would come on top of
        those of the moments after. Gives the moment that it has then.
        """
        for _ in range(MISSED_TURNS):
            if self.stopping.wait(max(0.0, turn - ahead - time.monotonic())):
                return None
            if not self.limits.spacing or time.monotonic() - turn < LATE_SECONDS:
                break
            wait = self.database_writer.do(lambda: next_slot(self.connection, self.limits))
            turn = time.monotonic() + wait.total_seconds()
        return turn

    def make_links(self, job: Claimed) -> bool:
        """Fresh links to the files that it is made from; where one of them cannot be fetched, the take is held."""
        row = job.generation
        try:
            row.sent_links = self.input_links.links_of(row, self.database_writer)
        except Unreachable as error:
            why = error.message
            self.write(lambda: row.hold_back(job.token, HELD, why))
            return False
        return True

    def submit(self, job: Claimed, turn: float) -> None:
        """Send it, once. Whatever happens after `begin_submit`, the outcome says what it means for the money."""
        row = job.generation
        start_by = time.monotonic() + self.limits.claim.total_seconds() / 3
        if not self.begin_submit(job):
            return
        if self.await_turn(turn) is None:
            self.send_later(job, "Not sent", NotSent("the studio was being stopped."))
            return
        try:
            accepted = self.client.submit(row.sent_request, start_by=start_by)
        except NotSent as error:
            self.went_wrong(job, error)
            self.send_later(job, "Not sent", error)
        except TryLater as error:
            if job.trial:
                self.write(lambda: self.connection.reached())
            self.send_later(job, "Not taken yet", error, leave_alone=True)
        except AccountTrouble as error:
            self.went_wrong(job, error)
            self.hold_all(job, error)
        except Refused as error:
            message, raw = error.message, error.raw
            self.sent_log.settle(row)
            self.write(lambda: row.refuse(message, raw))
            self.api_answered(job)
        except Uncertain as error:
            self.lose_answer(job, error)
        else:
            self.accept(job, accepted)

    def begin_submit(self, job: Claimed) -> bool:
        """Commit that it is about to leave, then have the data folder remember it, which outlives the database."""
        row, known = job.generation, self.sent_log.known
        if self.sent_log.contradicts(row):
            self.write(self.sent_log.alarm)
            return False
        try:
            mark = self.database_writer.do(lambda: row.begin_submit(job.token, self.limits.claim, known))
            if mark:
                self.sent_log.begin(row, mark)
            return mark is not None
        except (DatabaseError, InterfaceError) as error:
            # Whether it was committed is not known; that nothing was sent is.
            self.send_later(job, "Not sent", NotSent(f"the database did not answer ({type(error).__name__})."))
        except OSError as error:
            self.send_later(job, "Not sent", NotSent(f"the data folder cannot be written to ({error.strerror})."))
        return False

    def accept(self, job: Claimed, answer: Accepted) -> None:
        row = job.generation
        kept = self.journal.keep(row, answer)
        self.sent_log.answered(row, answer)
        self.write(lambda: self.write_down(row, answer), f"generation={row.pk} task_id={answer.task_id}")
        self.journal.forget(kept)
        self.api_answered(job)

    def write_down(self, row: Generation, answer: Accepted) -> bool:
        due = clock.now() + self.schedule.poll(0)
        amounts = {"credits": answer.credits, "reserved": answer.reserved}
        done = row.accept(answer.task_id, due, **amounts, raw=answer.raw, word=answer.status_word)
        return done or self.sent_log.recall(row, answer)

    def send_later(self, job: Claimed, why: str, error: NotSent | TryLater, *, leave_alone: bool = False) -> None:
        wait = self.schedule.retry(job.generation.attempts, error.retry_after)
        if leave_alone:
            all_wait = self.schedule.retry(min(job.generation.attempts, TURNED_AWAY_MOST), error.retry_after)
            self.write(lambda: self.connection.leave_alone(all_wait, polls=False))
        self.sent_log.settle(job.generation)
        self.write(lambda: job.generation.requeue(job.token, f"{why}: {error.message}", wait, raw=error.raw))

    def lose_answer(self, job: Claimed, error: Uncertain) -> None:
        self.write(lambda: job.generation.lose_answer(error.message, error.raw, token=job.token))
        self.went_wrong(job, error)
        if job.trial:  # polls tell as well whether it is back, and lose nothing
            self.write(lambda: self.connection.leave_alone(AFTER_A_LOST_TRIAL, polls=False))

    def hold_all(self, job: Claimed, error: AccountTrouble) -> None:
        """It is about the account, not the job: nothing more is sent until a click."""
        self.write(lambda: self.connection.pause(error.reason, error.message))
        why = f"Held: {error.message}"
        self.sent_log.settle(job.generation)
        self.write(lambda: job.generation.requeue(job.token, why, timedelta(), held=error.reason, raw=error.raw))

    def poll(self, job: Claimed) -> None:
        """Ask how it stands. Nothing that goes wrong here ever fails the take."""
        row = job.generation
        try:
            progress = self.client.status(row.task_id, lambda: self.inputs_of(row))
        except UnknownTask as error:
            raw, tolerated = error.raw, self.schedule.missing
            self.write(lambda: row.record_unknown_task(job.token, self.next_poll(row), tolerated=tolerated, raw=raw))
            self.api_answered(job)
        except (TryLater, NotSent, AccountTrouble) as error:
            self.poll_failed(job, error)
        else:
            public = self.is_public(progress.video_url)
            self.write(lambda: self.record(job, progress, public), together=progress.state == "running")
            self.api_answered(job)

    def fresh_link(self, row: Generation) -> str | None:
        """Where the provider says now that the video of a finished take is; "" where it knows none, None where it could
        not be asked.
        """
        if row.connection_id != self.connection.name or not row.task_id:
            return ""
        slot = self.database_writer.do(lambda: next_slot(self.connection, self.limits))
        if self.stopping.wait(slot.total_seconds()):
            return None
        try:
            progress = self.client.status(row.task_id, lambda: self.inputs_of(row))
        except UnknownTask:
            return ""
        except ProviderError as error:
            log.info("generation=%s has a dead link, and the provider gives no other yet: %s", row.pk, error.message)
            return None
        return progress.video_url or ""

    def poll_failed(self, job: Claimed, error: TryLater | NotSent | AccountTrouble) -> None:
        row = job.generation
        wait = self.schedule.after_error(row.polls, error.retry_after, slow=row.is_overdue)
        self.write(lambda: row.record_failed_poll(job.token, clock.now() + wait, error.short))
        if error.http_status == 429 and error.retry_after:
            quiet = timedelta(seconds=error.retry_after)
            self.write(lambda: self.connection.leave_alone(quiet, polls=True))
        if isinstance(error, AccountTrouble):
            self.write(lambda: self.connection.warn(error.message))
        self.went_wrong(job, error)

    def inputs_of(self, row: Generation) -> dict[str, str]:
        """By parameter, the links that it was asked for with, as they were sent."""
        sent: dict[str, Any] = {}

        def read() -> None:
            full = Generation.objects.only("request", "sent_links").get(pk=row.pk)
            sent.update(full.sent_request)

        self.write(read, "nothing; reading what was sent")
        return {name: str(sent[name]) for name in LINKS if sent.get(name)}

    def is_public(self, link: str | None) -> bool | None:
        """Whether a browser may open the link of a video that is not kept. Of others the downloads finds out."""
        return None if link is None or settings.STUDIO_KEEP_VIDEOS else self.input_links.opens(link, self.connection)

    def record(self, job: Claimed, progress: Progress, public: bool | None) -> None:
        row, word, raw, credits = job.generation, progress.status_word, progress.raw, progress.credits
        if progress.state == "succeeded" and progress.video_url:
            row.succeed(job.token, progress.video_url, credits=credits, raw=raw, word=word, public=public)
        elif progress.state == "failed":
            row.fail(job.token, progress.message, credits=credits, raw=raw, word=word)
        elif progress.state == "succeeded":
            row.record_no_link(job.token, clock.now() + self.schedule.poll(0, slow=True), word=word, raw=raw)
        else:
            if not progress.known_word and word != row.status_word and self.unknown_words.is_new(row.pk, word):
                log.warning("generation=%s unknown status word %r counts as running", row.pk, word)
            row.record_running(
                job.token, self.next_poll(row), word=word, raw=raw, credits=credits, reserved=progress.reserved
            )

    def next_poll(self, row: Generation) -> datetime:
        return clock.now() + self.schedule.poll(row.polls + 1, slow=row.is_overdue)

    def poll_other(self, job: Claimed) -> None:
        """A late answer brought a second task for the same take: follow it as well."""
        row = job.generation
        try:
            progress = self.client.status(row.other_task_id, lambda: self.inputs_of(row))
        except (UnknownTask, TryLater, NotSent, AccountTrouble) as error:
            self.write(lambda: row.record_other_task(job.token, self.next_poll(row), "running"))
            if job.trial:
                self.went_wrong(job, error)
            return
        if job.trial:
            self.api_answered(job)
        state = "running" if progress.state == "succeeded" and not progress.video_url else progress.state
        self.write(lambda: row.record_other_task(job.token, self.next_poll(row), state, progress.video_url or ""))

    def probe(self, wait: timedelta) -> None:
        """One free question, to see whether the API is back."""
        if self.stopping.wait(wait.total_seconds()):
            return
        try:
            self.client.check()
        except AccountTrouble as error:
            reason, message = error.reason, error.message
            self.write(lambda: self.connection.probed())
            self.write(lambda: self.connection.pause(reason, message))
        except (TryLater, NotSent):
            self.api_failed(probe=True)
        else:
            self.write(lambda: self.connection.probed())

    def went_wrong(self, job: Claimed, error: ProviderError) -> None:
        """What an error says of the API itself."""
        if isinstance(error, AccountTrouble) or 400 <= (error.http_status or 0) < 500:
            if job.trial:  # it is up: it only does not say
                self.write(lambda: self.connection.reached())
        elif job.trial or not job.generation.late_since:  # of a late take it may just have forgotten
            self.api_failed(trial=job.trial)

    def api_failed(self, *, probe: bool = False, trial: bool = False) -> None:
        wait = self.schedule.breaker
        self.write(lambda: self.connection.failed(wait, probe=probe, trial=trial))
        if probe or trial:  # the others are not asked about meanwhile
            self.write(lambda: Generation.objects.mark_late(self.connection))

    def api_answered(self, job: Claimed) -> None:
        if job.api_was_troubled:
            self.write(lambda: self.connection.answered())

    def write(self, change: Callable[[], object], what: str = "an answer", *, together: bool = False) -> None:
        """An answer outlives a database that is away: see `until_written`."""
        self.database_writer.until_written(change, what, together=together)

"""The life of a generation: where it stands, and all that may change that."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.db import connection, models, transaction
from django.db.models import Case, F, Q, When

from studio import clock

from .amounts import in_columns, rounded_up
from .connections import Connection, Mark
from .events import GenerationEvent
from .keeping import keep_from_now

if TYPE_CHECKING:
    from .models import Generation

log = logging.getLogger("studio.generation")

NOTHING_SENT = Mark()
DELETED = "Canceled: it was deleted meanwhile."
UNDO_FOR = timedelta(minutes=2)  # how long a person may take a decision back
SENT_AGAIN_AFTER = timedelta(seconds=8)  # what is sent again waits so long, or there would be nothing to undo
LATE_AFTER = timedelta(minutes=20)  # takes are said to need 1–3 minutes
SHOWN_FOR = timedelta(seconds=30)  # the card of a late take tells when it was last asked, not to the second
NO_MARKS = {"late_since": None, "missing_since": None, "lost_since": None}


class TaskIdTaken(Exception):
    """A task makes one video: two takes cannot both be it."""


class Lifecycle(models.Model):
    """
    queued → submitting → running → succeeded | failed
    queued → canceled
    queued → unconfirmed       the database has gone back in time, and a worker knows that it was sent
    queued ← submitting        it certainly never left, or 429, 401, 402
    submitting → canceled      the same, of a take that was deleted meanwhile
    submitting → failed        the API refused it: not charged
    submitting → unconfirmed   no answer, a broken answer, a 5xx, or a crash in between: may be charged
    unconfirmed → running      the user gives the task id, or a late answer brings it
    unconfirmed → failed       a late, definite refusal: not charged
    unconfirmed → closed       the user says it never arrived, or writes it off
    closed → running           a late answer brings its task id
    queued → running           the same, where the database has gone back in time; and canceled → running, unconfirmed
    running → closed           the user gives up a late or lost one
    running → unconfirmed      the user takes back a task id that he gave
    canceled → queued          the user undoes it: it was never sent
    closed → unconfirmed       the user undoes it; where it was sent again, as long as that one is not sent yet
    closed → running           the user undoes giving it up

    What a person decides can be undone until `undo_until`. Every other change of the row ends that: what an answer
    has brought meanwhile stays.

    Every method is a compare-and-swap and answers whether it was this call that made the change. The worker's own
    changes also name the claim's `token`: a worker that lost its claim changes nothing, but for a definite answer to
    its own POST (`accept`, `refuse`).
    """

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
    # By name, so that what a row was asked of stands in the row itself; the others' indexes begin with it
    connection = models.ForeignKey(
        Connection, models.PROTECT, to_field="name", db_column="provider", db_constraint=False, db_index=False,
        related_name="generations",
    )  # fmt: skip
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

    # In the trash
    deleted_at = models.DateTimeField(null=True)  # in the trash since then; what still runs is followed all the same
    purged_at = models.DateTimeField(null=True)  # out of the trash, for good: only what the sums need is left

    # The worker's
    due_at = models.DateTimeField(null=True)
    claim_token = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)  # times that the POST certainly never left
    polls = models.PositiveIntegerField(default=0)

    if TYPE_CHECKING:
        pk: int
        connection_id: str
        replaces_id: int | None
        sent_links: dict[str, str]

    class Meta:
        abstract = True

    @property
    def asked_of(self) -> Connection:
        """Its connection, as far as the name tells which it is: nobody has to read its row for that."""
        return Connection.named(self.connection_id)

    def _move(
        self,
        sources: tuple[str, ...],
        to: str,
        why: str,
        *,
        token: str | None = None,
        only_if: Q | None = None,
        **changes: Any,
    ) -> bool:
        """`only_if`: what else has to hold of the row as it is stored, which this instance may not know."""
        only_if = (only_if or Q()) & (Q() if token is None else Q(claim_token=token))
        return any(self._swap(source, to, why, only_if, changes) for source in sources)

    def _swap(self, source: str, to: str, why: str, only_if: Q, changes: dict[str, Any]) -> bool:
        with transaction.atomic():
            row = type(self)._default_manager.filter(only_if, pk=self.pk, status=source)
            columns = {"status": to, "claim_token": "", "undo_until": None, "revision": F("revision") + 1, **changes}
            if not row.update(**columns):
                return False
            GenerationEvent.objects.create(
                generation_id=self.pk, at=clock.now(), from_status=source, to_status=to, why=why
            )
        task_id = changes.get("task_id") or self.task_id
        log.info("generation=%s from=%s to=%s task_id=%s why=%r", self.pk, source, to, task_id or "-", why)
        return True

    # The worker's -----------------------------------------------------------------------------------------------------

    def hold_back(self, token: str, reason: str, why: str) -> bool:
        """Claimed to be sent, and not sent: it waits for a click."""
        return self._move(
            ("queued",), "queued", f"Held: {why}", token=token, only_if=Q(held=""),
            held=reason, due_at=None, message=why,
        )  # fmt: skip

    def begin_submit(self, token: str, claim: timedelta, known: Mark = NOTHING_SENT) -> Mark | None:
        """Commit that a POST is about to leave, and with which `sent_links`. From here on it may have arrived. Gives
        the mark that the database has then; None where it may not leave, as when the database is older than `known`.
        """
        now = clock.now()
        with transaction.atomic():
            state = Connection.locked(self.connection_id)
            if state.mark < known:
                return None
            begun = self._move(
                ("queued",), "submitting", "Sent to the provider", token=token, only_if=Q(held="", due_at__gt=now),
                claim_token=token, charged="maybe", submitted_at=now, due_at=now + claim, message="",
                sent_links=self.sent_links,
            )  # fmt: skip
            mark = state.count_send() if begun else None
        if mark:
            self.submitted_at = now  # by which its answer is told from any other's
            self._end_undo_of_sending_again()
        return mark

    def _end_undo_of_sending_again(self) -> None:
        """The card of the take that this one replaces offers no more what cannot be done. On its own, after the commit:
        the undo locks the two in the other order.
        """
        if self.replaces_id:
            replaced = type(self)._default_manager.filter(pk=self.replaces_id, undo_until__isnull=False)
            replaced.update(undo_until=None, revision=F("revision") + 1)

    def requeue(self, token: str, why: str, wait: timedelta, *, held: str = "", raw: str = "") -> bool:
        """It certainly was not taken: wait and send again, or hold until a click. If the claim was lost meanwhile and
        the row counts as unconfirmed, this is the definite answer that nothing is charged: but only of its own sending,
        not where it never came to that and another worker's sending is meant.
        """
        now = clock.now()
        back: dict[str, Any] = {"charged": "no", "submitted_at": None, "last_answer": raw}
        with transaction.atomic():
            if self._lock().deleted_at:  # locked, or it could be deleted between this look and the change
                back |= {"held": "", "due_at": None, "finished_at": now, "message": ""}
                done = self._move(("submitting",), "canceled", f"{why} {DELETED}", token=token, **back)
            else:
                due = None if held else now + wait
                back |= {"held": held, "due_at": due, "attempts": F("attempts") + 1, "message": why}
                done = self._move(("submitting",), "queued", why, token=token, **back)
        return done or self._refused_late(why, why, raw, only_if=Q(submitted_at=self.submitted_at))

    def refuse(self, message: str, raw: str) -> bool:
        """A definite refusal of its own POST, however late: nothing is charged."""
        why = f"Refused by the provider: {message}"
        return self._move(
            ("submitting",), "failed", why,
            charged="no", message=message, last_answer=raw, due_at=None, finished_at=clock.now(),
        ) or self._refused_late(why, message, raw)  # fmt: skip

    def _refused_late(self, why: str, message: str, raw: str, *, only_if: Q | None = None) -> bool:
        """What has been closed stays closed, but where that could still be undone this is not lost: it settles it."""
        only_if = only_if or Q()
        known: dict[str, Any] = {"charged": "no", "message": message, "last_answer": raw, "due_at": None}
        return self._move(
            ("unconfirmed",), "failed", why, only_if=only_if, finished_at=clock.now(), **known
        ) or self._move(
            ("closed",), "closed", why, only_if=only_if & Q(undo_until__gt=clock.now(), task_id=""), **known
        )  # fmt: skip

    def lose_answer(self, why: str, raw: str = "", *, token: str) -> bool:
        """The POST may have arrived, and no task id came back. It is never sent again by itself."""
        return self._move(
            ("submitting",), "unconfirmed", why, token=token, charged="maybe", message=why, last_answer=raw, due_at=None
        )

    def was_sent(self, submitted_at: datetime) -> bool:
        """The database has gone back to a time before it was sent, and forgotten that."""
        why = "The database went back in time: this had been sent already."
        return self._move(
            ("queued", "canceled"), "unconfirmed", why,
            charged="maybe", submitted_at=submitted_at, held="", due_at=None, finished_at=None, message=why,
        )  # fmt: skip

    def accept(
        self,
        task_id: str,
        due: datetime,
        *,
        credits: Decimal | int | None = None,
        reserved: Decimal | int | None = None,
        raw: str = "",
        word: str = "",
    ) -> bool:
        """The provider's answer to its own POST, however late and however often. A row that runs under another task id
        keeps both. A row that does not know yet, or any more, that it was sent learns it by that; one that is gone, or
        has become another take's as the database went back in time, is left alone.
        """
        charged: dict[str, Any] = {**in_columns(credits), "charged": "yes"} if credits else {"charged": "maybe"}
        if reserved:
            charged["credits_reserved"] = rounded_up(reserved)
        with transaction.atomic():
            # Locked, or a task id that is taken back at this moment would leave no place for this one.
            rows = type(self)._default_manager.select_for_update()
            row = rows.filter(pk=self.pk, created_at=self.created_at).first()
            if row is None:
                return False
            if task_id in (row.task_id, row.other_task_id):
                return row._confirm_task_id(task_id)
            accepted = self._move(
                ("submitting", "unconfirmed", "closed", "queued", "canceled"), "running", "Accepted by the provider",
                task_id=task_id, task_id_given=False, status_word=word[:64], due_at=due, polls=0, last_answer=raw,
                polled_at=None, poll_answer=None,
                message="", finished_at=None, held="", submitted_at=self.submitted_at, **NO_MARKS, **charged,
            )  # fmt: skip
            return accepted or self._keep_other_task(task_id, due)

    def _confirm_task_id(self, task_id: str) -> bool:
        """The provider names the task id that a person had given: it is no longer theirs to take back."""
        rows = type(self)._default_manager.filter(pk=self.pk, task_id=task_id, task_id_given=True)
        hit = rows.update(task_id_given=False, revision=F("revision") + 1)
        if hit:
            self._log_event("A late answer brought the task id that you had given")
        return bool(hit)

    def _keep_other_task(self, task_id: str, due: datetime) -> bool:
        rows = type(self)._default_manager.filter(pk=self.pk, other_task_id="").exclude(task_id__in=(task_id, ""))
        hit = rows.update(other_task_id=task_id, other_state="running", due_at=due, revision=F("revision") + 1)
        if hit:
            self._log_event(f"A late answer brought a second task id, {task_id}")
            log.warning("generation=%s has a second task_id=%s", self.pk, task_id)
        return bool(hit)

    def succeed(
        self,
        token: str,
        video_url: str,
        *,
        credits: Decimal | int | None,
        raw: str,
        word: str,
        public: bool | None = None,
    ) -> bool:
        """`public`: whether its link leads to the open internet, where that is known already."""
        reported: dict[str, Any] = {} if credits is None else in_columns(credits)
        return self._move(
            ("running",), "succeeded", "The video is ready", token=token,
            video_url=video_url, video_is_public=public, charged="yes", last_answer=raw, status_word=word[:64],
            message="", **reported,
            **self._rest(), **keep_from_now(clock.now()),
        )  # fmt: skip

    def fail(self, token: str, message: str, *, credits: Decimal | int | None, raw: str, word: str) -> bool:
        """Whether a failure is charged is known only where the provider names a price; none means not charged."""
        message = message or "The provider gave no reason."
        reported: dict[str, Any] = {}
        if credits is not None:
            reported = {**in_columns(credits), "charged": "yes" if credits else "no"}
        return self._move(
            ("running",), "failed", f"Failed at the provider: {message}", token=token,
            message=message, last_answer=raw, status_word=word[:64], **reported, **self._rest(),
        )  # fmt: skip

    def _rest(self) -> dict[str, Any]:
        """No mark stays on a finished row, and it is due again only for its second task, which may just have come."""
        now = clock.now()
        return {"due_at": Case(When(other_state="running", then=now)), "finished_at": now, **NO_MARKS}

    # The user's -------------------------------------------------------------------------------------------------------

    def cancel(self) -> bool:
        changes: dict[str, Any] = {"held": "", "undo_held": F("held"), "due_at": None, **self._decided()}
        return self._move(("queued",), "canceled", "Canceled before it was sent", **changes)

    @staticmethod
    def _decided() -> dict[str, Any]:
        now = clock.now()
        return {"finished_at": now, "undo_until": now + UNDO_FOR}

    def give_task_id(self, task_id: str) -> bool:
        """Raises TaskIdTaken where another take of the same provider has it."""
        with transaction.atomic():
            Connection.locked(self.connection_id)  # one at a time, or two takes could be given the same
            others = type(self)._default_manager.filter(connection_id=self.connection_id).exclude(pk=self.pk)
            second = others.exclude(other_task_id="").filter(other_task_id=task_id)
            if task_id and (others.filter(task_id=task_id).exists() or second.exists()):
                raise TaskIdTaken
            return bool(task_id) and self._move(
                ("unconfirmed",), "running", "You gave the task id from the provider's dashboard",
                task_id=task_id, task_id_given=True, due_at=clock.now(), polls=0, message="",
            )  # fmt: skip

    def take_back_task_id(self) -> bool:
        """What that task told is forgotten: it was another's. A second task id, from a late answer, takes its place."""
        with transaction.atomic():
            row, shown = self._lock(), Q(task_id_given=True, task_id=self.task_id)
            done = self._move(
                ("running",), "unconfirmed", "You took the task id back", only_if=shown,
                task_id="", task_id_given=False, due_at=None, charged="maybe", credits=None, credits_rest=None,
                credits_reserved=None, status_word="", polled_at=None, poll_answer=None,
                message="The task id was taken back.", other_task_id="", other_state="", other_video_url="", **NO_MARKS,
            )  # fmt: skip
            if done and row.other_task_id:
                self.accept(row.other_task_id, clock.now())
            return done

    def close_as_never_arrived(self) -> bool:
        return self._move(
            ("unconfirmed",), "closed", "You closed it: it never arrived", charged="no", **self._decided()
        )

    def write_off(self) -> bool:
        return self._move(("unconfirmed",), "closed", "You wrote it off", charged="maybe", **self._decided())

    def give_up(self) -> bool:
        """Stop following a take that is late or that the provider does not know."""
        marked = Q(late_since__isnull=False) | Q(lost_since__isnull=False)
        changes = self._rest() | self._decided()
        return self._move(("running",), "closed", "You gave it up", only_if=marked, **changes)

    def resend(self) -> Generation | None:
        """Write this one off and ask for the same again, once: the new row replaces the old one. It is not sent at
        once, so that this can be undone.
        """
        with transaction.atomic():
            if not self._move(("unconfirmed",), "closed", "You sent it again", charged="maybe", **self._decided()):
                return None
            rows: Any = type(self)._default_manager
            new: Generation = rows.enqueue_again(self, SENT_AGAIN_AFTER)
            for field in ("tags", "collections"):
                getattr(new, field).set(getattr(self, field).all())
            return new

    def undo(self) -> bool:
        """Take back what a person has decided last, as long as nothing came of it."""
        now = clock.now()
        with transaction.atomic():
            row = self._lock()
            if row.undo_until is None or row.undo_until <= now:
                return False
            if row.status == "canceled":
                never_sent, held = Q(submitted_at=None, deleted_at=None), row.undo_held or ""
                return self._move(
                    ("canceled",), "queued", "You undid the cancel", only_if=never_sent,
                    held=held, due_at=None if held else now, finished_at=None,
                )  # fmt: skip
            if row.task_id:  # it was given up because it was late or lost, and is late still
                return self._move(
                    ("closed",), "running", "You undid giving it up", due_at=now, finished_at=None, late_since=now
                )
            return row._call_back_the_new_one(now) and self._move(
                ("closed",), "unconfirmed", "You undid it", charged="maybe", finished_at=None
            )

    def _call_back_the_new_one(self, now: datetime) -> bool:
        """Cancel the take that was sent again in place of this one, if there is one; whether that was possible. It does
        not belong to this one any more, which may be sent again, and cannot be let go again either.
        """
        rows: Any = type(self)._default_manager
        new: Generation | None = rows.select_for_update().filter(replaces=self.pk).first()
        if new is None:
            return True
        alone: dict[str, Any] = {"replaces": None, "submission": None, "held": "", "due_at": None, "finished_at": now}
        why, never_sent = "You undid sending it again", Q(submitted_at=None)
        return new._move(("queued", "canceled"), "canceled", why, only_if=never_sent, **alone)

    # What a poll leaves on a row that goes on running: marks and the time of the next poll, never a status -----------

    @property
    def asks_for_other(self) -> bool:
        """Whether the next poll is for the second task; while both run they take turns, one request each."""
        return self.other_state == "running" and (self.status != "running" or self.polls % 2 == 1)

    def _lock(self) -> Self:
        """The row as it is stored, locked until the end of the transaction."""
        row: Self = type(self)._default_manager.select_for_update().get(pk=self.pk)
        return row

    def _log_event(self, why: str) -> None:
        """A line in the history that is no change of the status."""
        status = type(self)._default_manager.values_list("status", flat=True).get(pk=self.pk)
        GenerationEvent.objects.create(
            generation_id=self.pk, at=clock.now(), from_status=status, to_status=status, why=why
        )
        log.info("generation=%s from=%s to=%s task_id=%s why=%r", self.pk, status, status, self.task_id or "-", why)

    def _finish_poll(self, token: str, due: datetime, why: str = "", **changes: Any) -> bool:
        """Give the claim back. Only what is worth a line in the history (`why`) is news for the card; and for that of a
        late take, which tells it, what the provider answered last and when.
        """
        changes = {"due_at": due, "claim_token": "", **changes}
        if not why:
            return self._finish_poll_unseen(token, changes, news=self._is_shown_anew(changes))
        with transaction.atomic():
            row = type(self)._default_manager.filter(pk=self.pk, claim_token=token)
            hit = row.update(polls=F("polls") + 1, revision=F("revision") + 1, **changes)
            if hit:
                self._log_event(why)
        return bool(hit)

    def _is_shown_anew(self, changes: dict[str, Any]) -> bool:
        if not (self.late_since or self.lost_since) or "polled_at" not in changes:
            return False
        said = self.polled_at is None or changes["polled_at"] - self.polled_at >= SHOWN_FOR
        return said or changes["poll_answer"] != self.poll_answer

    def _finish_poll_unseen(self, token: str, changes: dict[str, Any], *, news: bool) -> bool:
        """By far the most frequent write. By hand: to put it together costs the ORM more than the write itself."""
        sets = ", ".join([*(f"{name} = %s" for name in changes), *(["revision = revision + 1"] if news else [])])
        adapt = connection.ops.adapt_datetimefield_value
        values = [adapt(value) if isinstance(value, datetime) else value for value in changes.values()]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self._meta.db_table} SET {sets}, polls = polls + 1 WHERE id = %s AND claim_token = %s",
                [*values, self.pk, token],
            )
            return bool(cursor.rowcount)

    def _answered(self, answer: str) -> dict[str, Any]:
        """What the last poll brought; and where the take is late by now, whatever that was, the mark."""
        now = clock.now()
        late = not self.late_since and self.submitted_at and now - self.submitted_at > LATE_AFTER
        return {"polled_at": now, "poll_answer": answer[:200], **({"late_since": now} if late else {})}

    def record_running(
        self,
        token: str,
        due: datetime,
        *,
        word: str,
        raw: str,
        credits: Decimal | int | None,
        reserved: Decimal | int | None = None,
    ) -> bool:
        """The provider is at work. A take that it had lost is found again."""
        changes = {"status_word": word[:64], "last_answer": raw, "missing_since": None, **self._answered(word)}
        why = "It takes much longer than usual" if "late_since" in changes else ""
        if reserved and rounded_up(reserved) != self.credits_reserved:
            why, changes["credits_reserved"] = "The provider set credits aside for it", rounded_up(reserved)
        price = {name: getattr(self, name) for name in ("credits", "credits_rest")}
        if credits and in_columns(credits) != price:  # none so far does not mean that it is free
            why, changes = "The provider reported its price", {**changes, **in_columns(credits), "charged": "yes"}
        if self.lost_since:
            why, changes["lost_since"] = "The provider knows it again", None
        return self._finish_poll(token, due, why, **changes)

    def record_no_link(self, token: str, due: datetime, *, word: str, raw: str) -> bool:
        """Said to be completed, but without a link that we know: it may come yet."""
        asked = self._answered(f"{word}, without a link that we know")
        late = {} if self.late_since else {"late_since": clock.now()}
        why = "The provider says that it is completed, but sent no link to the video" if late else ""
        message = "Completed, but the provider's answer holds no link that we know."
        found = {"missing_since": None, "lost_since": None}
        return self._finish_poll(
            token, due, why, status_word=word[:64], last_answer=raw, message=message, **found, **{**asked, **late},
        )  # fmt: skip

    def record_unknown_task(self, token: str, due: datetime, *, tolerated: timedelta, raw: str) -> bool:
        """404: tolerated for a while, then shown as lost, and asked for ever after."""
        now = clock.now()
        since = self.missing_since or now
        lost = not self.lost_since and now - since >= tolerated
        changes = {"missing_since": since, "last_answer": raw, **self._answered("HTTP 404: it does not know the task")}
        why = "It takes much longer than usual" if "late_since" in changes else ""
        if lost:
            why, changes["lost_since"] = "The provider does not know this task", now
        return self._finish_poll(token, due, why, **changes)

    def record_failed_poll(self, token: str, due: datetime, answer: str = "") -> bool:
        """No poll ever fails a generation; but one whose polls only fail is late some day too. `answer`: what came, in
        a few words.
        """
        changes = self._answered(answer)
        late = "It takes much longer than usual, and the provider does not say how it stands"
        return self._finish_poll(token, due, late if "late_since" in changes else "", **changes)

    def record_other_task(self, token: str, due: datetime, state: str, video_url: str = "") -> bool:
        """What became of the second task of the same take."""
        if state == "running":
            return self._finish_poll(token, due)
        return self._finish_poll(
            token, due, f"The second task has {state}", other_state=state, other_video_url=video_url,
            due_at=Case(When(status="running", then=due)),
        )  # fmt: skip

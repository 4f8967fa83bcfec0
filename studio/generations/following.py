"""What a poll leaves on a row that goes on running: marks and the time of the next poll, never a status."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from django.db import connection, transaction
from django.db.models import Case, F, When

from studio import clock

from .amounts import in_columns, rounded_up
from .events import GenerationEvent
from .keeping import KeepingRow

log = logging.getLogger("studio.generation")

LATE_AFTER = timedelta(minutes=20)  # takes are said to need 1–3 minutes
SHOWN_FOR = timedelta(
    seconds=30
)  # the card of a late take says when it was last asked, and need not say it to the second
NO_MARKS = {"late_since": None, "missing_since": None, "lost_since": None}


class Following(KeepingRow):
    """Every method names the claim's token and changes nothing once the claim is lost."""

    class Meta:
        abstract = True

    @property
    def asks_for_other(self) -> bool:
        """Whether the next poll is for the second task; while both run they take turns, one request each."""
        return self.other_state == "running" and (self.status != "running" or self.polls % 2 == 1)

    def _lock(self) -> Self:
        """The row as it is stored, locked until the end of the transaction."""
        row: Self = type(self)._default_manager.select_for_update().get(pk=self.pk)
        return row

    def _tell(self, why: str) -> None:
        """A line in the history that is no change of the status."""
        status = type(self)._default_manager.values_list("status", flat=True).get(pk=self.pk)
        GenerationEvent.objects.create(
            generation_id=self.pk, at=clock.now(), from_status=status, to_status=status, why=why
        )
        log.info("generation=%s from=%s to=%s task_id=%s why=%r", self.pk, status, status, self.task_id or "-", why)

    def _note(self, token: str, due: datetime, why: str = "", **changes: Any) -> bool:
        """Give the claim back. Only what is worth a line in the history (`why`) is news for the card; and for that of a
        late take, which tells it, what the provider answered last and when.
        """
        changes = {"due_at": due, "claim_token": "", **changes}
        if not why:
            return self._note_quietly(token, changes, news=self._is_shown_anew(changes))
        with transaction.atomic():
            row = type(self)._default_manager.filter(pk=self.pk, claim_token=token)
            hit = row.update(polls=F("polls") + 1, revision=F("revision") + 1, **changes)
            if hit:
                self._tell(why)
        return bool(hit)

    def _is_shown_anew(self, changes: dict[str, Any]) -> bool:
        if not (self.late_since or self.lost_since) or "polled_at" not in changes:
            return False
        said = self.polled_at is None or changes["polled_at"] - self.polled_at >= SHOWN_FOR
        return said or changes["poll_answer"] != self.poll_answer

    def _note_quietly(self, token: str, changes: dict[str, Any], *, news: bool) -> bool:
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

    def note_running(
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
        return self._note(token, due, why, **changes)

    def note_no_link(self, token: str, due: datetime, *, word: str, raw: str) -> bool:
        """Said to be completed, but without a link that we know: it may come yet."""
        asked = self._answered(f"{word}, without a link that we know")
        late = {} if self.late_since else {"late_since": clock.now()}
        why = "The provider says that it is completed, but sent no link to the video" if late else ""
        message = "Completed, but the provider's answer holds no link that we know."
        found = {"missing_since": None, "lost_since": None}
        return self._note(
            token, due, why, status_word=word[:64], last_answer=raw, message=message, **found, **{**asked, **late},
        )  # fmt: skip

    def note_missing(self, token: str, due: datetime, *, tolerated: timedelta, raw: str) -> bool:
        """404: tolerated for a while, then shown as lost, and asked for ever after."""
        now = clock.now()
        since = self.missing_since or now
        lost = not self.lost_since and now - since >= tolerated
        changes = {"missing_since": since, "last_answer": raw, **self._answered("HTTP 404: it does not know the task")}
        why = "It takes much longer than usual" if "late_since" in changes else ""
        if lost:
            why, changes["lost_since"] = "The provider does not know this task", now
        return self._note(token, due, why, **changes)

    def note_unanswered(self, token: str, due: datetime, answer: str = "") -> bool:
        """No poll ever fails a generation; but one whose polls only fail is late some day too. `answer`: what came, in
        a few words.
        """
        changes = self._answered(answer)
        late = "It takes much longer than usual, and the provider does not say how it stands"
        return self._note(token, due, late if "late_since" in changes else "", **changes)

    def note_other(self, token: str, due: datetime, state: str, video_url: str = "") -> bool:
        """What became of the second task of the same take."""
        if state == "running":
            return self._note(token, due)
        return self._note(
            token, due, f"The second task has {state}", other_state=state, other_video_url=video_url,
            due_at=Case(When(status="running", then=due)),
        )  # fmt: skip

"""What a poll leaves on a row that goes on running: marks and the time of the next poll, never a status."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from . import clock
from .event import GenerationEvent
from .row import Row

LATE_AFTER = timedelta(minutes=20)  # takes are said to need 1–3 minutes


class Following(Row):
    """Every method names the claim's token and changes nothing once the claim is lost."""

    class Meta:
        abstract = True

    def _note(self, token: str, due: datetime, why: str = "", **changes: Any) -> bool:
        """Give the claim back. Only what is worth a line in the history (`why`) is news for the card."""
        if why:
            changes["revision"] = F("revision") + 1
        with transaction.atomic():
            row = type(self)._default_manager.filter(pk=self.pk, claim_token=token)
            hit = row.update(due_at=due, claim_token="", polls=F("polls") + 1, **changes)
            if hit and why:
                GenerationEvent.objects.create(
                    generation_id=self.pk, at=clock.now(), from_status="running", to_status="running", why=why
                )
        return bool(hit)

    def note_running(self, token: str, due: datetime, *, word: str, raw: str, credits: int | None) -> bool:
        """The provider is at work. A take that it had lost is found again."""
        now = clock.now()
        changes: dict[str, Any] = {"status_word": word[:64], "last_answer": raw, "missing_since": None}
        why = ""
        if credits is not None and credits != self.credits:
            why, changes = "The provider reported its price", {**changes, "credits": credits, "charged": "yes"}
        if self.lost_since:
            why, changes["lost_since"] = "The provider knows it again", None
        if not self.late_since and self.submitted_at and now - self.submitted_at > LATE_AFTER:
            why, changes["late_since"] = "It takes much longer than usual", now
        return self._note(token, due, why, **changes)

    def note_no_link(self, token: str, due: datetime, *, word: str, raw: str) -> bool:
        """Said to be completed, but without a link that we know: it may come yet."""
        late = {} if self.late_since else {"late_since": clock.now()}
        why = "The provider says that it is completed, but sent no link to the video" if late else ""
        message = "Completed, but the provider's answer holds no link that we know."
        return self._note(token, due, why, status_word=word[:64], last_answer=raw, message=message, **late)

    def note_missing(self, token: str, due: datetime, *, tolerated: timedelta, raw: str) -> bool:
        """404: tolerated for a while, then shown as lost, and asked for ever after."""
        now = clock.now()
        since = self.missing_since or now
        lost = not self.lost_since and now - since >= tolerated
        changes: dict[str, Any] = {"missing_since": since, "last_answer": raw}
        if lost:
            changes["lost_since"] = now
        return self._note(token, due, "The provider does not know this task" if lost else "", **changes)

    def note_unanswered(self, token: str, due: datetime) -> bool:
        """No poll ever fails a generation."""
        return self._note(token, due)

    def note_other(self, token: str, due: datetime | None, state: str, video_url: str = "") -> bool:
        """What became of the second task of the same take."""
        rows = type(self)._default_manager.filter(pk=self.pk, other_state="running")
        if state == "running":
            return bool(rows.filter(claim_token=token).update(due_at=due, claim_token=""))
        news = {"other_state": state, "other_video_url": video_url, "revision": F("revision") + 1}
        return bool(rows.update(**news))

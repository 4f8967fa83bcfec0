"""What all processes must agree on: how the accounts at providers stand, and which workers are alive."""

from __future__ import annotations

import os
import random
import socket
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from studio import clock

BREAKER_FAILURES = 5  # in a row, before the API counts as down
BREAKER_LONGEST = timedelta(minutes=5)
TRIAL_DOUBLINGS = 3  # of the wait after a request on trial: the API is there, and may soon say more
LEAVE_ALONE_MOST = timedelta(minutes=5)  # a longer wait is one take's own, not everybody's
PROBE_LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 5
ALIVE = timedelta(seconds=20)
FORGOTTEN = timedelta(days=1)


class Mark(NamedTuple):
    """How many times anything was sent, as a database knows it. One that has gone back in time (a copy of yesterday, a
    replica that lagged behind and became the server) has a lower mark than whoever worked with it before. `era` is
    raised when that was noticed: what was counted before it means nothing any more.
    """

    era: int = 0
    sends: int = 0


class Connection(models.Model):
    """An account at a provider, or the sandbox. One row for each, locked in every claim: why sending is paused, whether
    the API is down, and when the next request may go. `revision` is raised by whatever the page shows of it.

    Everything finds its row by the name, so it does not matter whether the object has been read from the database.
    """

    class Kind(models.TextChoices):
        APIIN = "apiin", "API in One"
        SANDBOX = "sandbox", "sandbox"

    class Paused(models.TextChoices):
        NO = "", "not paused"
        KEY = "key", "the provider refused the key"
        CREDITS = "credits", "the provider says that the credits are used up"
        OLDER = "older", "the database has gone back in time, and this may have been sent and charged already"

    # The API's base, or "sandbox": what each generation names as its own
    name = models.CharField(max_length=255, unique=True, db_column="provider")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.APIIN)
    base = models.CharField(max_length=255, blank=True, default="")  # of the API; the sandbox's is in the settings
    paused = models.CharField(max_length=8, choices=Paused, blank=True, default="")
    message = models.TextField(blank=True, default="")  # the provider's words on why
    warning = models.TextField(blank=True, default="")  # a poll was refused; sending goes on
    failures = models.PositiveIntegerField(default=0)  # in a row
    # The breaker: nothing is asked before. While the API is down and there is no such time, one request is on trial.
    open_until = models.DateTimeField(null=True)
    next_request_at = models.DateTimeField(null=True)
    sends_after = models.DateTimeField(null=True)  # "too many requests": no take is sent before
    era = models.BigIntegerField(default=0)
    sends = models.BigIntegerField(default=0)  # in all, counted in the transaction that begins each; never lowered
    revision = models.PositiveIntegerField(default=1)

    if TYPE_CHECKING:
        generations: Any  # a RelatedManager with the words of GenerationQuerySet

    class Meta:
        db_table = "studio_providerstate"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def named(cls, name: str) -> Connection:
        """Not stored yet, or not read: enough to say which it is and where it leads."""
        if name == settings.SANDBOX:
            return cls(name=name, kind=cls.Kind.SANDBOX)
        return cls(name=name, kind=cls.Kind.APIIN, base=name)

    @classmethod
    def configured(cls) -> Connection:
        """The one that the settings name: what is asked for now is asked of it."""
        return cls.named(settings.PROVIDER)

    @classmethod
    def of(cls, name: str) -> Connection:
        """The row, stored where it was not."""
        new = cls.named(name)
        return cls.objects.get_or_create(name=name, defaults={"kind": new.kind, "base": new.base})[0]

    @classmethod
    def locked(cls, name: str) -> Connection:
        """The row, locked until the end of the transaction. It has to be inside one."""
        row = cls.objects.select_for_update().filter(name=name)
        found = row.first()
        if found is None:
            cls.of(name)
            found = row.get()
        return found

    @property
    def is_sandbox(self) -> bool:
        return self.kind == self.Kind.SANDBOX

    @property
    def is_configured(self) -> bool:
        return bool(self.name == settings.PROVIDER)

    @property
    def address(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{settings.STUDIO_SANDBOX_PORT}/api/v1" if self.is_sandbox else self.base

    @property
    def own_address(self) -> tuple[str, int] | None:
        """The one host and port on this machine that its links may lead to: that of the sandbox, or of an API that is
        configured by plain http.
        """
        if not (self.is_sandbox or self.is_configured):
            return None
        base = urlsplit(self.address)
        return (base.hostname or "", base.port or 80) if base.scheme == "http" else None

    @property
    def mark(self) -> Mark:
        return Mark(self.era, self.sends)

    def _change(self, **changes: object) -> None:
        type(self).objects.filter(pk=self.pk).update(revision=F("revision") + 1, **changes)

    def next_moment(self, now: datetime) -> datetime:
        """When the next request may leave."""
        return max(now, self.next_request_at or now)

    def put_off(self, moment: datetime, **changes: object) -> None:
        """Nothing is asked before that moment. The row has to be locked."""
        type(self).objects.filter(pk=self.pk).update(next_request_at=moment, **changes)

    def leave_alone(self, wait: timedelta, *, polls: bool) -> None:
        """The provider wants fewer requests: it gets no take before that, or not even a poll."""
        column = "next_request_at" if polls else "sends_after"
        until = clock.now() + min(wait, LEAVE_ALONE_MOST)
        earlier = Q(**{column: None}) | Q(**{f"{column}__lt": until})
        type(self).objects.filter(earlier, name=self.name).update(**{column: until})

    def pause(self, reason: str, message: str) -> None:
        """Stop sending and hold what is queued, until a person says so."""
        with transaction.atomic():
            state = self.locked(self.name)
            if (state.paused, state.message) != (reason, message):
                state._change(paused=reason, message=message)
            state.paused = reason
            state.generations.hold(reason, state.why_held)

    @property
    def why_held(self) -> str:
        return f"Held: {self.Paused(self.paused).label}."

    @property
    def holds_new(self) -> str:
        """Why a take that is asked for now is held. What is new has not been sent, however old the database is."""
        return "waited" if self.paused == self.Paused.OLDER else self.paused

    def count_send(self) -> Mark:
        """One more is about to leave. The row has to be locked."""
        mark = Mark(self.era, self.sends + 1)
        type(self).objects.filter(pk=self.pk).update(sends=mark.sends)
        return mark

    def gone_back(self, known: Mark, why: str) -> bool:
        """The database is older than what is `known`: nothing is sent, and all that waits is held, until a person says
        so, whatever it was held for before. False where another worker has seen to it.
        """
        with transaction.atomic():
            state = self.locked(self.name)
            if state.era > known.era:
                return False
            era, sends = next_era(known), max(state.sends, known.sends)
            state._change(paused=self.Paused.OLDER, message=why, era=era, sends=sends)
            state.paused = self.Paused.OLDER
            state.generations.hold("older", state.why_held, anew=True)
            return True

    def begin_era(self) -> None:
        """A backup was brought back on purpose, and what it has as waiting is held: that is no news to anybody."""
        with transaction.atomic():
            state = self.locked(self.name)
            state._change(era=next_era(state.mark))

    def key_accepted(self, asked_at: int) -> None:
        """The key works (again). What is held stays held: sending it is a person's decision. `asked_at` is the revision
        from before the provider was asked: what has been learned since then counts for more.
        """
        with transaction.atomic():
            state = self.locked(self.name)
            if state.revision != asked_at:
                return
            if state.paused == self.Paused.KEY or state.warning:
                paused = "" if state.paused == self.Paused.KEY else state.paused
                state._change(paused=paused, message="" if not paused else state.message, warning="")

    def warn(self, message: str) -> None:
        state = self.of(self.name)
        if state.warning != message:
            state._change(warning=message)

    def resume(self) -> None:
        with transaction.atomic():
            state = self.locked(self.name)
            if state.paused:
                state._change(paused="", message="")

    def failed(self, wait: timedelta, *, probe: bool = False, trial: bool = False) -> None:
        """The API did not answer. After several times in a row nothing is asked for a while: first `wait`, then twice
        as long with every failed probe, five minutes at most. What was asked before that and fails now adds nothing,
        but for the one request on `trial`.
        """
        with transaction.atomic():
            state = self.locked(self.name)
            if state.is_down and not (probe or trial):
                return
            failures, more = state.failures + 1, state.failures + 1 - BREAKER_FAILURES
            if more < 0:
                type(self).objects.filter(pk=state.pk).update(failures=failures)
                return
            doublings = min(more, TRIAL_DOUBLINGS if trial else 16)
            pause = min(wait * 2**doublings, BREAKER_LONGEST) * random.uniform(0.8, 1.2)
            state._change(failures=failures, open_until=clock.now() + pause)

    def probed(self) -> None:
        """The free question was answered. Whether the API answers what matters is for one such request to find out:
        it is no use if it only knows that a made-up task does not exist.
        """
        with transaction.atomic():
            state = self.locked(self.name)
            if state.is_down:
                state._change(open_until=None)

    def reached(self) -> None:
        """The API is up, though it did not give what it was asked for: the breaker closes."""
        with transaction.atomic():
            state = self.locked(self.name)
            if state.failures:
                state._change(failures=0, open_until=None)

    def answered(self) -> None:
        """The API answered: the breaker closes, and a warning is over."""
        with transaction.atomic():
            state = self.locked(self.name)
            if state.failures or state.warning:
                state._change(failures=0, open_until=None, warning="")

    @property
    def is_down(self) -> bool:
        return self.failures >= BREAKER_FAILURES

    @property
    def is_on_trial(self) -> bool:
        """Whether the API is down, but has answered a free question: one request may go."""
        return self.is_down and self.open_until is None


def next_era(known: Mark) -> int:
    """Later than any that was begun before, also by a machine that is not asked."""
    return max(known.era + 1, int(clock.now().timestamp()))


def this_host() -> str:
    """This machine, and in a container its process namespace too: where a process id means something."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return f"{socket.gethostname()} {namespace}".strip()


class WorkerHeartbeat(models.Model):
    """A worker process that is alive, or was: `seen_at` is written every 5 s."""

    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.host} {self.pid}"

    @classmethod
    def register(cls) -> WorkerHeartbeat:
        return cls.objects.create(host=this_host(), pid=os.getpid(), seen_at=clock.now())

    def beat(self) -> None:
        """Say that this worker is alive, and forget those long gone."""
        now = clock.now()
        type(self).objects.update_or_create(pk=self.pk, defaults={"host": self.host, "pid": self.pid, "seen_at": now})
        type(self).objects.filter(seen_at__lt=now - FORGOTTEN).delete()

    @classmethod
    def any_alive(cls) -> bool:
        return cls.objects.filter(seen_at__gte=clock.now() - ALIVE).exists()

    @property
    def is_gone(self) -> bool:
        """Whether this worker ran on this machine and certainly does not run any more."""
        if self.host != this_host() or self.pid == os.getpid():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False

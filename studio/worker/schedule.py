"""When to come back."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

GROWTH, MOST = 1.5, 4  # a poll interval grows to four times the first
LATE = 12  # late and lost takes are polled this many times more slowly than the first poll
BACKOFF_MOST = 60  # unsent takes wait at most this many times the first poll
LOST_AFTER = 12  # 404s are tolerated for this many times the first poll


@dataclass(frozen=True)
class Schedule:
    """All waits, in units of `poll_seconds` (LTX2_POLL_SECONDS), each with a fifth of jitter."""

    poll_seconds: float

    def _wait(self, times: float) -> timedelta:
        return timedelta(seconds=self.poll_seconds * times * random.uniform(0.9, 1.1))

    def poll(self, polls: int, *, slow: bool = False) -> timedelta:
        """After so many polls. `slow`: late or lost."""
        return self._wait(LATE if slow else min(GROWTH ** min(polls, 10), MOST))

    def retry(self, attempts: int, retry_after: float | None) -> timedelta:
        """Before sending again what never left: at least as long as the provider asked for."""
        backoff = self._wait(min(2 ** min(attempts, 10), BACKOFF_MOST))
        return max(backoff, timedelta(seconds=retry_after or 0))

    def after_error(self, polls: int, retry_after: float | None, *, slow: bool = False) -> timedelta:
        """Before polling again after a poll that brought nothing."""
        return max(self.poll(max(polls, 2), slow=slow), timedelta(seconds=retry_after or 0))

    @property
    def missing(self) -> timedelta:
        return timedelta(seconds=self.poll_seconds * LOST_AFTER)

    @property
    def breaker(self) -> timedelta:
        return timedelta(seconds=self.poll_seconds * 2)

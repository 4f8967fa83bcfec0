"""The two engines: the studio's worker, and a bare loop that does no more than claim, GET, one UPDATE."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import requests
from django.conf import settings
from django.db import connection
from django.utils import timezone

from studio.generations.claim import Claimed, Limits
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.providers.apiin.client import Client
from studio.worker.journal import Journal
from studio.worker.loop import THREADS, Worker
from studio.worker.schedule import MOST, Schedule
from studio.worker.steps import Steps

KEY = "aio_bench"
CLAIM = timedelta(seconds=90)


@dataclass
class Seen:
    """Seconds that each poll came after it was due, and that each new take waited before it was sent."""

    lags: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def poll(self, due_at: datetime) -> None:
        self.lags.append((timezone.now() - due_at).total_seconds())


class WatchedSteps(Steps):
    """The worker's own steps, with a look at the clock before each."""

    seen: Seen

    def take(self, job: Claimed) -> None:
        row = job.generation
        assert row.due_at
        if row.status == "queued":
            self.seen.waits.append((timezone.now() - row.created_at).total_seconds())
        else:
            self.seen.poll(row.due_at)
        super().take(job)


def worker(base: str, provider: str, every: float, seen: Seen) -> tuple[Callable[[], None], threading.Event]:
    """The studio's worker with nothing that bounds what runs at once."""
    limits = Limits(max_running=1_000_000, requests_per_second=0, claim=CLAIM)
    journal = Journal(settings.STUDIO_DATA_DIR / "answers")
    engine = Worker(Client(base, KEY), Connection.named(provider), limits, Schedule(every / MOST), journal)
    WatchedSteps.seen = seen
    engine.takes.steps = WatchedSteps(**vars(engine.steps))
    return engine.run, engine.stopping


def bare(base: str, provider: str, every: float, seen: Seen) -> tuple[Callable[[], None], threading.Event]:
    """The same threads and the same look every 100 ms, and nothing that could go wrong is thought of."""
    stopping, local = threading.Event(), threading.local()

    def poll(pk: int, task_id: str, due_at: datetime) -> None:
        session = local.__dict__.setdefault("session", requests.Session())
        session.trust_env, session.headers["Authorization"] = False, f"Bearer {KEY}"
        if task_id:
            seen.poll(due_at)
            answer = session.get(f"{base}/tasks/{task_id}", timeout=15).json()
        else:
            seen.waits.append((timezone.now() - due_at).total_seconds())
            answer = session.post(f"{base}/videos/generations", json={}, timeout=60).json()
        data, due = answer["data"], timezone.now() + timedelta(seconds=every * random.uniform(0.9, 1.1))
        Generation.objects.filter(pk=pk).update(due_at=due, status_word=data["status"], task_id=data["task_id"])

    def run() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            in_hand: set[object] = set()
            while not stopping.is_set():
                in_hand = {future for future in in_hand if not future.done()}  # type: ignore[attr-defined]
                rows = claim(provider, THREADS - len(in_hand))
                in_hand |= {pool.submit(poll, *row) for row in rows}
                stopping.wait(0 if rows else 0.1)

    return run, stopping


def claim(provider: str, places: int) -> list[tuple[int, str, datetime]]:
    now = timezone.now()
    due = Generation.objects.filter(connection=provider, due_at__lte=now).order_by("due_at")
    rows = list(due.values_list("pk", "task_id", "due_at")[:places]) if places else []
    if rows:
        Generation.objects.filter(pk__in=[pk for pk, *_ in rows]).update(due_at=now + CLAIM)
    return rows


def follow(run: Callable[[], None], stopping: threading.Event, seconds: float, warm_up: float, seen: Seen) -> float:
    """Let it run; CPU seconds of this process after the warm-up, when counting starts afresh."""
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    time.sleep(warm_up)
    seen.lags.clear()
    seen.waits.clear()
    began = time.process_time()
    time.sleep(seconds)
    spent = time.process_time() - began
    stopping.set()
    connection.close()
    return spent

"""Takes come in, workers die, and others take their place, until all takes are at rest."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

from django.conf import settings
from django.contrib.auth.models import User

from studio.catalog.request import GenerationRequest
from studio.generations.connections import Connection
from studio.generations.models import Generation

from .check import RESTING, Watch
from .machine import Machine
from .points import ANY, BODY, HEAD, OUTSIDE, POINTS, WRITTEN, Plan
from .worker_pool import LEAVE_SECONDS, Worker, WorkerPool

TICK, LOOK = 0.02, 0.25  # seconds
WORKERS, IN_HAND = 4, 24
STOPPED_MOST = 2  # of the workers: somebody has to go on
GRACE = 5  # seconds above a claim in which everything has to be at rest


SENDING = (  # where a worker that wakes up late could do harm
    "claim, after its commit",
    "begin_submit begins",
    "begin_submit, after its commit",
    HEAD,
    BODY,
    WRITTEN,
    "POST, at its end",
    "accept begins",
)


def every_point(database: str) -> list[Plan]:
    """Each point once with SIGKILL, and where a take is being sent once with SIGSTOP: inside the transaction, too,
    where that does not stop everyone.
    """
    stops = SENDING if database == "sqlite" else (*SENDING, "begin_submit, before its commit")
    return [Plan(point, 1, signal.SIGSTOP) for point in stops] + [Plan(point) for point in POINTS]


def moments(dice: random.Random) -> Iterator[Plan]:
    """SIGKILL at any moment, for ever: two a second, with four workers."""
    while True:
        yield Plan(ANY, seconds=dice.uniform(0.5, 3.0))


def everything(database: str, dice: random.Random) -> Iterator[Plan]:
    """SIGKILL, SIGSTOP and some SIGTERM, at any moment and at named points, for ever."""
    stops = OUTSIDE if database == "sqlite" else POINTS
    while True:
        number = dice.choices((signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM), (86, 9, 5))[0]
        points = stops if number == signal.SIGSTOP else POINTS
        point = ANY if dice.random() < 0.25 else dice.choice(points)
        yield Plan(point, dice.randint(1, 2), number, dice.uniform(0.02, 1.0))


@dataclass
class Scenario:
    pool: WorkerPool
    dice: random.Random
    machine: Machine
    watch: Watch = field(init=False)
    asked: int = 0
    looked: float = 0
    counts: Counter[str] = field(default_factory=Counter)
    slow: list[str] = field(default_factory=list)
    again: deque[Plan] = field(default_factory=deque)  # plans whose worker ended before they came true

    def __post_init__(self) -> None:
        self.watch = Watch(self.machine)

    def until_hit(self, plans: list[Plan], seconds: float) -> list[str]:
        """Until each plan has come true; the points that were not reached in time."""
        self.again.extend(plans)
        end = time.monotonic() + seconds
        while (missed := self.missed) and time.monotonic() < end:
            self.tick(repeat(Plan(ANY, seconds=2)), patience=0)  # beside them others die, and are taken over from
            self.ask(IN_HAND - self.unfinished)
        return missed

    @property
    def missed(self) -> list[str]:
        present = [worker.plan for worker in self.pool.workers.values() if not worker.trapped] + self.pool.asked
        return [plan.point for plan in [*self.again, *present] if plan.point in POINTS]

    def storm(self, plans: Iterator[Plan], takes: int, end: float) -> None:
        """Until so many takes came and nearly all are at rest."""
        takes += self.asked
        while time.monotonic() < end and (self.asked < takes or self.unfinished > WORKERS):
            self.tick(plans, patience=1.5)
            self.ask(min(IN_HAND - self.unfinished, takes - self.asked))

    def settle(self) -> None:
        """Let all workers live, then leave, until nothing more is to be done."""
        end = self.machine.now() + 2 * settings.STUDIO_CLAIM_SECONDS + GRACE
        self.again.clear()
        while True:
            for pid, worker in self.pool.workers.items():
                if worker.trapped and worker.plan.signal == signal.SIGSTOP and not worker.woken:
                    self.wake(pid, worker)
            rested = self.machine.now()
            while self.machine.now() < min(end, rested + 1):
                self.tick(iter(()), patience=0, living=True)
                if self.unfinished:
                    rested = self.machine.now()
            self.pool.leave()
            self.look()
            if self.machine.now() > end or not (self.unfinished or self.answers()):
                return

    def answers(self) -> list[str]:
        """What is kept beside the database, still to be written into it."""
        folder = settings.STUDIO_DATA_DIR / "answers"
        return [path.name for path in folder.glob("*") if path.suffix != ".aside"]

    @property
    def unfinished(self) -> int:
        return self.asked - sum(self.counts[status] for status in RESTING)

    def ask(self, count: int) -> None:
        """So many takes more; not each by itself."""
        if count < IN_HAND // 4 and self.unfinished:
            return
        user, _ = User.objects.get_or_create(username="director")
        numbers = range(self.asked, self.asked + count)
        requests = [
            GenerationRequest.parse({"type": "text-to-video", "prompt": f"take {number}"}) for number in numbers
        ]
        Generation.objects.enqueue(user, Connection.configured(), requests, key=f"from {self.asked}", digest="")
        self.asked += count
        self.look()

    def look(self) -> None:
        self.counts = self.watch.look()
        self.looked = time.monotonic()

    def tick(self, plans: Iterator[Plan], *, patience: float, living: bool = False) -> None:
        self.pool.listen()
        for pid, worker in list(self.pool.workers.items()):
            self.move(pid, worker, patience)
        while self.pool.size < WORKERS and (plan := Plan() if living else self.next(plans)):
            self.pool.start(plan)
        if time.monotonic() > self.looked + LOOK:
            self.look()
        time.sleep(TICK)

    def next(self, plans: Iterator[Plan]) -> Plan | None:
        """None: first some of those that are stopped have to come back."""
        present = [worker.plan for worker in self.pool.workers.values()] + self.pool.asked
        full = sum(plan.signal == signal.SIGSTOP for plan in present) >= STOPPED_MOST
        for plan in self.again:
            if not full or plan.signal != signal.SIGSTOP:
                self.again.remove(plan)
                return plan
        if self.again:
            return None
        plan = next(plans, Plan())
        return Plan(plan.point, plan.nth, signal.SIGKILL, plan.seconds) if full else plan

    def move(self, pid: int, worker: Worker, patience: float) -> None:
        """A stopped worker goes on after a while, often past its claim, and is killed a little later. So is one whose
        plan does not come true within `patience` seconds.
        """
        now = time.monotonic()
        if worker.trapped and worker.plan.signal == signal.SIGSTOP:
            if not worker.until:
                worker.until = now + self.dice.choice((0.2, 1.4)) * settings.STUDIO_CLAIM_SECONDS
            elif now > worker.until and not worker.woken:
                self.wake(pid, worker)
            elif now > worker.until:
                self.pool.signal(pid, signal.SIGKILL)
        elif worker.trapped and now > worker.trapped + LEAVE_SECONDS + 2:
            self.slow.append(f"a worker did not leave within {LEAVE_SECONDS} s after {worker.plan}")
            self.pool.signal(pid, signal.SIGKILL)
        elif patience and not worker.trapped and now > worker.began + patience:
            self.pool.signal(pid, signal.SIGKILL)

    def wake(self, pid: int, worker: Worker) -> None:
        self.pool.signal(pid, signal.SIGCONT)
        worker.woken, worker.until = True, time.monotonic() + self.dice.uniform(0.3, 1.0)

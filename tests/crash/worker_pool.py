"""The workers of the crash test, seen from the process that makes them die."""

from __future__ import annotations

import ctypes
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .points import Plan

ROOT = Path(__file__).resolve().parent.parent.parent
LEAVE_SECONDS = 10  # what a worker has for a clean stop
PATIENCE = 60
PR_SET_PDEATHSIG = 1


def end_with_parent(number: int) -> None:
    """No orphans, where the system can see to it: this process gets the signal when its parent is gone."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


@dataclass
class Worker:
    plan: Plan
    began: float = math.inf  # when it first looked for what is due
    trapped: float = 0  # since when it is dead or stopped
    until: float = 0  # when to kill it, or to let a stopped one go on
    woken: bool = False


class WorkerPool:
    """Starts, signals and counts workers through the process that forks them. The workers' log is `log`."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self.workers: dict[int, Worker] = {}
        self.asked: list[Plan] = []  # ordered, not yet born
        self.ends: Counter[int] = Counter()  # by exit code; below zero: the signal
        self.hit: Counter[tuple[int, str]] = Counter()  # by signal and point
        self.trapped: list[tuple[str, int | None]] = []
        self.rest = b""
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.worker"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,  # Ctrl-C is for the one who ends them all
            )
        assert self.process.stdout
        os.set_blocking(self.process.stdout.fileno(), False)

    def order(self, **words: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        self.process.stdin.flush()

    def start(self, plan: Plan) -> None:
        self.asked.append(plan)
        self.order(do="start", plan=asdict(plan))

    def signal(self, pid: int, number: int) -> None:
        self.order(do="signal", pid=pid, signal=number)

    @property
    def size(self) -> int:
        return len(self.workers) + len(self.asked)

    @property
    def kills(self) -> int:
        return self.ends[-signal.SIGKILL]

    def points(self, number: int) -> dict[str, int]:
        """How often this signal came at each point."""
        return {point: times for (each, point), times in self.hit.items() if each == number}

    def listen(self) -> None:
        """What has happened since the last time."""
        assert self.process.stdout
        read = self.process.stdout.read() or b""
        if self.process.poll() is not None:
            raise RuntimeError(f"The process that forks the workers ended with {self.process.returncode}.")
        *lines, self.rest = (self.rest + read).split(b"\n")
        for line in lines:
            self.hear(**json.loads(line))

    def hear(self, said: str, pid: int, point: str = "", take: int | None = None, code: int = 0, **more: Any) -> None:
        if said == "started":
            plan = Plan(**more["plan"])
            self.asked.remove(plan)
            self.workers[pid] = Worker(plan)
        elif said == "looks":
            self.workers[pid].began = time.monotonic()
        elif said == "trapped":
            self.workers[pid].trapped = time.monotonic()
            self.hit[self.workers[pid].plan.signal, point] += 1
            self.trapped.append((point, take))
        elif said == "ended":
            self.workers.pop(pid, None)
            self.ends[code] += 1

    def leave(self) -> None:
        """A clean stop of all; raises where one needs longer than it may."""
        told: set[int] = set()
        end = time.monotonic() + LEAVE_SECONDS + 5
        while self.size:
            if time.monotonic() > end:
                raise AssertionError(f"Workers did not leave within {LEAVE_SECONDS} s: {self.workers}")
            self.listen()
            for pid, worker in self.workers.items():
                if pid not in told:
                    self.signal(pid, signal.SIGTERM)
                if worker.trapped and worker.plan.signal == signal.SIGSTOP:
                    self.signal(pid, signal.SIGCONT)
            told |= set(self.workers)
            time.sleep(0.05)

    def close(self) -> None:
        """Whatever is still there ends now: its parent ends it as soon as its own input does."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()  # each worker dies with its parent
            self.process.wait()
        self.process.stdout.close()

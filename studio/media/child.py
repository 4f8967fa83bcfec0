"""Child processes in which files that somebody else wrote are opened: see `jobs` for what they do and may take.

A child is kept warm and used again, since starting one takes a tenth of a second; it is replaced when a file was too
much for it, and now and then. Nothing of the studio's environment and none of its open files come to it, and it goes
when the studio goes.
"""

from __future__ import annotations

import atexit
import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import wire
from .checks import Broken
from .refusals import NotTaken

log = logging.getLogger("studio.media")

ROOT = Path(__file__).resolve().parent.parent.parent
MOST = 2  # at once
MOST_JOBS, MOST_RESIDENT = 200, 300 << 20  # after which a child is replaced
PATIENCE_SECONDS = 60.0  # until one is free
WALL = 3  # seconds on the clock for each second of processor time, on a busy machine
TICK_SECONDS = 1.0
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")  # of the environment
ERRORS: dict[str, Callable[..., Exception]] = {"NotTaken": NotTaken, "Broken": Broken}

# Called about once a second while a child works, with how much of its work is done, from 0 to 1; 0 where nobody knows.
# What it raises ends the child.
Waiting = Callable[[float], object]


class ChildDied(Exception):
    """A file took more memory or time than it may, or broke the library that read it. `why` is for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class AllBusy(Exception):
    """All children are at work, and none of them came free."""


class Idle(Exception):
    """A child was gone before it was asked anything."""


class Child:
    command = (sys.executable, "-m", "studio.media.jobs")

    def __init__(self) -> None:
        self.jobs = self.resident = 0
        self.progress = 0.0  # of what it is just doing
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**environment, "MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def ask(self, name: str, arguments: dict[str, Any], seconds: int, waiting: Waiting | None) -> dict[str, Any]:
        """Raises Idle, ChildDied, and what `waiting` raises."""
        self.jobs, self.progress = self.jobs + 1, 0.0
        until = time.monotonic() + WALL * seconds
        with TemporaryDirectory(prefix="dailies-child-") as scratch:  # what a killed child leaves goes with it
            request = {"do": name, "with": arguments, "seconds": seconds, "scratch": scratch}
            try:
                wire.send(self.stdin.fileno(), request)
            except OSError:
                raise Idle from None
            answer = self._heard(until, waiting)
            while "progress" in answer:
                self.progress = min(max(float(answer["progress"]), 0.0), 1.0)
                if waiting:
                    waiting(self.progress)
                answer = self._heard(until, waiting)
        if "died" in answer:
            raise ChildDied(str(answer["died"]))
        self.resident = int(answer.get("resident", 0))
        return answer

    def _heard(self, until: float, waiting: Waiting | None) -> dict[str, Any]:
        try:
            return wire.decoded(self._read(wire.length(self._read(4, until, waiting)), until, waiting))
        except wire.Garbled:
            raise ChildDied("what it said makes no sense") from None

    def _read(self, size: int, until: float, waiting: Waiting | None) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            self._wait(until, waiting)
            part = os.read(self.stdout.fileno(), size - len(parts))
            if not part:
                raise ChildDied(self._end())
            parts += part
        return bytes(parts)

    def _wait(self, until: float, waiting: Waiting | None) -> None:
        poll = select.poll()
        poll.register(self.stdout.fileno(), select.POLLIN)
        while not poll.poll(max(0.0, min(TICK_SECONDS, until - time.monotonic())) * 1000):
            if time.monotonic() >= until:
                raise ChildDied("time")
            if waiting:
                waiting(self.progress)

    def _end(self) -> str:
        """How it died, which it did just now."""
        with suppress(subprocess.TimeoutExpired):
            return f"exit code {self.process.wait(5)}"
        return "it closed its output"

    def is_used_up(self) -> bool:
        return self.jobs >= MOST_JOBS or self.resident > MOST_RESIDENT or self.process.poll() is not None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.stdin.close()
        self.stdout.close()


class Children:
    """At most so many at once, for all threads."""

    def __init__(self, most: int = MOST) -> None:
        self.free, self.lock = threading.BoundedSemaphore(most), threading.Lock()
        self.idle: list[Child] = []
        # On Linux a child dies with the thread that started it: this one lives as long as the process.
        self.starter = ThreadPoolExecutor(1, "child-starter")

    def run(self, name: str, arguments: dict[str, Any], seconds: int, waiting: Waiting | None = None) -> Any:
        """What `jobs` gives for this, in so many seconds of processor time. Raises what it raises, AllBusy, and
        ChildDied.
        """
        self._take_turn(waiting)
        try:
            answer = self._answer(name, arguments, seconds, waiting)
        except ChildDied as death:
            log.warning("a child process that was to %s a file was ended: %s", name, death.why)
            raise
        finally:
            self.free.release()
        if "raised" in answer:
            raise ERRORS[answer["raised"]](**answer["with"])
        if "fault" in answer:
            raise RuntimeError(answer["fault"])
        return answer["value"]

    def warm(self) -> None:
        """Have one ready, soon: the first file shall not wait for it."""
        self.starter.submit(self._ready_one)

    def stop(self) -> None:
        """End those that are idle."""
        with self.lock:
            idle, self.idle = self.idle, []
        for child in idle:
            child.kill()

    def _take_turn(self, waiting: Waiting | None) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.free.acquire(timeout=TICK_SECONDS):
            if waiting:
                waiting(0)
            elif time.monotonic() > until:
                raise AllBusy

    def _answer(self, name: str, arguments: dict[str, Any], seconds: int, waiting: Waiting | None) -> dict[str, Any]:
        while True:
            child, fresh = self._child()
            try:
                answer = child.ask(name, arguments, seconds, waiting)
            except Idle:
                child.kill()
                if fresh:
                    raise ChildDied("it could not be started") from None
                continue
            except BaseException:
                child.kill()
                raise
            self._give_back(child)
            return answer

    def _child(self) -> tuple[Child, bool]:
        """One that is idle, or a new one; and whether it is new."""
        with self.lock:
            if self.idle:
                return self.idle.pop(), False
        return self.starter.submit(Child).result(), True

    def _give_back(self, child: Child) -> None:
        if child.is_used_up():
            child.kill()
            self.warm()
            return
        with self.lock:
            self.idle.append(child)

    def _ready_one(self) -> None:
        with self.lock:
            if not self.idle:
                self.idle.append(Child())


children = Children()


def _anew() -> None:
    """In a copy of this process: its children are not this one's."""
    global children
    for child in children.idle:
        child.stdin.close()
        child.stdout.close()
    children = Children()


os.register_at_fork(after_in_child=_anew)
atexit.register(lambda: children.stop())

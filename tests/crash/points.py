"""Named points in the life of a take, at which a worker of the crash test dies or stops.

The studio knows nothing of them: its functions are wrapped, in the processes of this test alone.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import signal
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.transaction import Atomic

ANY = "at any moment"
BEGINS, BEFORE, AFTER = "{} begins", "{}, before its commit", "{}, after its commit"
HEAD, BODY, WRITTEN = "POST, before its first byte", "POST, between head and body", "POST, written and not answered"

ROW = "studio.generations.models.Generation"
CHANGES = {  # each in one transaction
    "claim": "studio.worker.loop.claim",
    "begin_submit": f"{ROW}.begin_submit",
    "accept": f"{ROW}.accept",
    "lose_answer": f"{ROW}.lose_answer",
    "requeue": f"{ROW}.requeue",
    "refuse": f"{ROW}.refuse",
    "succeed": f"{ROW}.succeed",
    "fail": f"{ROW}.fail",
}
STEPS = {
    "POST": "studio.providers.apiin.client.Client.submit",
    "GET": "studio.providers.apiin.client.Client.status",
    "record_running": f"{ROW}.record_running",
    "keeping the answer": "studio.worker.journal.Journal.keep",
    "drafting the answer": "studio.worker.journal._write",
    "forgetting the answer": "studio.worker.journal.Journal.forget",
    "reading what is kept": "studio.worker.journal.Journal.replay",
    "taking over": "studio.worker.loop.Worker.take_over",
}
ENDS = "{}, at its end"
KEPT = ("keeping the answer, at its end", "accept begins", "accept, before its commit", "accept, after its commit")
INSIDE = tuple(BEFORE.format(name) for name in CHANGES)
OUTSIDE = (
    *(words.format(name) for name in CHANGES for words in (BEGINS, AFTER)),
    *(words.format(name) for name in STEPS for words in (BEGINS, ENDS)),
    HEAD,
    BODY,
    WRITTEN,
)
POINTS = OUTSIDE + INSIDE


@dataclass(frozen=True)
class Plan:
    """How a worker ends: at the `nth` time that it comes to a point, by a signal that it sends to itself."""

    point: str = ""
    nth: int = 1
    signal: int = signal.SIGKILL
    seconds: float = 0  # with ANY: after so long


@dataclass
class Trap:
    """The plan at work in a worker. `report` is where it says so, just before.

    A process that is stopped while it writes to SQLite stops everyone: there, `writing` is held by whoever writes.
    """

    plan: Plan
    report: int
    writing: Any = field(default_factory=nullcontext)
    lock: threading.Lock = field(default_factory=threading.Lock)
    seen: int = 0
    begun: bool = False

    def set(self) -> None:
        if self.plan.signal == signal.SIGSTOP and connection.vendor == "sqlite":
            self.writing = threading.RLock()
            gate(self.writing)

    def begin(self) -> None:
        """The worker looks for what is due for the first time. Before that, on a busy machine, it may take seconds to
        start, in which there is nothing to interrupt.
        """
        if self.begun:
            return
        self.begun = True
        os.write(self.report, json.dumps({"said": "looks", "pid": os.getpid()}).encode() + b"\n")
        if self.plan.point == ANY:
            timer = threading.Timer(self.plan.seconds, self.spring)
            timer.daemon = True
            timer.start()

    def reached(self, point: str) -> None:
        if point != self.plan.point or (self.gated and connection.in_atomic_block):
            return
        with self.lock:
            self.seen += 1
            sprung = self.seen == self.plan.nth
        if sprung:
            self.spring()

    def spring(self) -> None:
        with self.writing:
            said = {
                "said": "trapped",
                "pid": os.getpid(),
                "point": self.plan.point,
                "take": getattr(here, "take", None),
            }
            os.write(self.report, json.dumps(said).encode() + b"\n")
            signal.pthread_kill(threading.get_ident(), self.plan.signal)  # this very thread goes no further

    @property
    def gated(self) -> bool:
        return not isinstance(self.writing, nullcontext)


here = threading.local()  # `doing`: which of the CHANGES this thread is in; `sent`: pieces of its POST; `take`
trap: Trap | None = None


def reached(point: str) -> None:
    if trap:
        trap.reached(point)


def install() -> None:
    """Wrap what has a name, once, before any worker is forked."""
    for name, path in CHANGES.items():
        wrap(path, functools.partial(change, name))
    for name, path in STEPS.items():
        wrap(path, functools.partial(step, name))
    wrap("studio.worker.loop.Worker.look", looking)
    wrap("studio.net.connection.Connection.send", sending)
    wrap("django.db.backends.base.base.BaseDatabaseWrapper.commit", committing)


def wrap(path: str, around: Callable[..., Any]) -> None:
    module, _, name = path.rpartition(".")
    try:
        owner: Any = importlib.import_module(module)
    except ModuleNotFoundError:
        module, _, kind = module.rpartition(".")
        owner = getattr(importlib.import_module(module), kind)
    inner = getattr(owner, name)

    @functools.wraps(inner)
    def wrapped(*args: Any, **options: Any) -> Any:
        return around(inner, *args, **options)

    setattr(owner, name, wrapped)


def looking(inner: Callable[..., Any], *args: Any, **options: Any) -> Any:
    if trap:
        trap.begin()
    return inner(*args, **options)


def change(name: str, inner: Callable[..., Any], *args: Any, **options: Any) -> Any:
    before, here.doing = getattr(here, "doing", ""), name
    here.take = getattr(args[0], "pk", None)
    reached(BEGINS.format(name))
    try:
        return inner(*args, **options)
    finally:
        here.doing = before


def step(name: str, inner: Callable[..., Any], *args: Any, **options: Any) -> Any:
    here.sent = 0 if name == "POST" else None
    here.take = next((pk for each in args if (pk := getattr(each, "pk", None))), None)
    reached(BEGINS.format(name))
    try:
        return inner(*args, **options)
    finally:  # an error is an answer too
        here.sent = None
        reached(ENDS.format(name))


def sending(inner: Callable[..., Any], *args: Any) -> None:
    sent = getattr(here, "sent", None)
    if sent is None:
        inner(*args)
        return
    reached(BODY if sent else HEAD)
    inner(*args)
    here.sent = sent + 1
    if sent:
        reached(WRITTEN)


def committing(inner: Callable[..., Any], wrapper: BaseDatabaseWrapper) -> None:
    doing = getattr(here, "doing", "")
    reached(BEFORE.format(doing))
    inner(wrapper)
    reached(AFTER.format(doing))


def gate(writing: Any) -> None:
    """Hold it during each transaction and each statement of this process."""

    def enter(inner: Callable[..., Any], atomic: Any) -> None:
        writing.acquire()
        try:
            inner(atomic)
        except BaseException:
            writing.release()
            raise

    def leave(inner: Callable[..., Any], *args: Any) -> None:
        try:
            inner(*args)
        finally:
            writing.release()

    def execute(inner: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with writing:
            return inner(*args, **options)

    for kind, name, around in (
        (Atomic, "__enter__", enter),
        (Atomic, "__exit__", leave),
        (SQLiteCursorWrapper, "execute", execute),
        (SQLiteCursorWrapper, "executemany", execute),
    ):
        wrap(f"{kind.__module__}.{kind.__name__}.{name}", around)

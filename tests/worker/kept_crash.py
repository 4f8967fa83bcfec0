"""A worker that keeps videos, killed again and again: run as a process of its own, which forks the workers.

It loads the studio once, so that a hundred workers cost no hundred starts. Each of them is a whole `manage.py worker`;
it dies by SIGKILL of its own hand at a named point, or when a timer ends. Prints a line for each that died.
"""

from __future__ import annotations

import functools
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import django

POINTS = {  # where it can die: before or after this call, the nth time that it comes there
    "asking": "studio.net.fetch.Fetcher.open",
    "noting the version": "studio.worker.partial_download.Part._write_note",
    "writing bytes": "studio.worker.partial_download.os.write",
    "hashing": "studio.worker.partial_download.Part._hash",
    "to the disk": "studio.worker.partial_download.os.fsync",
    "holding the claim": "studio.generations.keeping.Keeping.hold_keep",
    "noting progress": "studio.generations.keeping.Keeping.record_download",
    "examining": "studio.worker.downloads.examine",
    "poster and paper": "studio.worker.video_files.place_bytes",
    "the rename": "studio.media.storage.os.replace",
    "after the rename": "studio.media.storage.sync_folder",
    "the row": "studio.generations.keeping.Keeping.keep",
    "clearing up": "studio.worker.partial_download.Part.discard",
}
SIDES = ("before", "after")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class Trap:
    def __init__(self, point: str, side: str, nth: int) -> None:
        self.point, self.side, self.left = point, side, nth
        self.lock = threading.Lock()

    def reached(self, point: str, side: str) -> None:
        if (point, side) != (self.point, self.side):
            return
        with self.lock:
            self.left -= 1
            sprung = self.left == 0
        if sprung:
            die()


trap = Trap("", "", 0)


def install() -> None:
    """Wrap what has a name, once. Modules of the standard library are wrapped for one module of ours alone."""
    from importlib import import_module
    from types import ModuleType, SimpleNamespace

    for point, path in POINTS.items():
        parts = path.split(".")
        depth = next(n for n in range(len(parts) - 1, 0, -1) if is_module(".".join(parts[:n])))
        module = import_module(".".join(parts[:depth]))
        owner: Any = module
        for name in parts[depth:-1]:
            inner = getattr(owner, name)
            if isinstance(inner, ModuleType):
                inner = SimpleNamespace(**vars(inner))
                setattr(owner, name, inner)
            owner = inner
        setattr(owner, parts[-1], around(point, getattr(owner, parts[-1])))


def is_module(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return name.startswith("studio") and find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def around(point: str, inner: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(inner)
    def wrapped(*args: Any, **options: Any) -> Any:
        trap.reached(point, "before")
        result = inner(*args, **options)
        trap.reached(point, "after")
        return result

    return wrapped


def worker(plan: dict[str, Any]) -> None:
    """What a forked process does until it dies, or has nothing more to do."""
    from django.core.management import execute_from_command_line

    global trap
    if "seconds" in plan:
        timer = threading.Timer(plan["seconds"], die)
        timer.daemon = True
        timer.start()
    else:
        trap = Trap(plan["point"], plan["side"], plan["nth"])
    execute_from_command_line(["manage.py", "worker", "--once"])


def plans(count: int) -> list[dict[str, Any]]:
    """Every named point, some of them later on; the rest at any moment."""
    dice = random.Random(4)
    named = [{"point": point, "side": side, "nth": 1} for point in POINTS for side in SIDES]
    named += [{"point": "writing bytes", "side": "after", "nth": nth} for nth in (2, 5, 11, 23)]
    named += [{"point": point, "side": "after", "nth": 2} for point in ("poster and paper", "to the disk")]
    return named + [{"seconds": dice.uniform(0.02, 0.5)} for _ in range(count - len(named))]


def main() -> None:
    django.setup()
    import av  # noqa: F401 - not by each worker anew

    import studio.management.commands.worker
    from studio.management.commands.upgrade import upgrade

    upgrade()
    studio.management.commands.worker.require_migrated = lambda: None  # seen to; each worker would look anew
    install()
    from django.db import connections

    said = os.dup(1)
    os.dup2(2, 1)
    for plan in map(json.loads, sys.stdin):
        connections.close_all()
        pid = os.fork()
        if not pid:
            code = 70
            try:
                worker(plan)
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        os.write(said, json.dumps({"code": os.waitstatus_to_exitcode(status)}).encode() + b"\n")


if __name__ == "__main__":
    main()

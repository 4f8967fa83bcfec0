"""Real `manage.py worker` processes for the crash test: this one loads the studio once and forks them, as plans on its
standard input ask for them, and says on its standard output what became of each. When its input ends, so do they all.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import traceback
from datetime import timedelta
from typing import Any

import django
from django.core.management import call_command, execute_from_command_line

from .worker_pool import end_with_parent

LOOK_SECONDS = 0.02


class Forker:
    """All workers are its children: it alone signals and buries them, so no process id can mean another."""

    def __init__(self, report: int) -> None:
        self.children: set[int] = set()
        self.report = report
        self.rest = b""

    def run(self) -> None:
        self.say(said="ready", pid=os.getpid())
        try:
            while self.obey():
                self.bury()
        finally:
            for pid in self.children:
                os.kill(pid, signal.SIGKILL)
            for pid in self.children:
                os.waitpid(pid, 0)

    def say(self, **words: Any) -> None:
        os.write(self.report, json.dumps(words).encode() + b"\n")

    def obey(self) -> bool:
        """Do what is asked for; False when nobody is there any more."""
        if not select.select([0], [], [], LOOK_SECONDS)[0]:
            return True
        read = os.read(0, 65536)
        *lines, self.rest = (self.rest + read).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if order["do"] == "start":
                self.start(order["plan"])
            elif order["pid"] in self.children:
                os.kill(order["pid"], order["signal"])
        return bool(read)

    def bury(self) -> None:
        for pid in list(self.children):
            dead, status = os.waitpid(pid, os.WNOHANG)
            if dead:
                self.children.remove(pid)
                self.say(said="ended", pid=pid, code=os.waitstatus_to_exitcode(status))

    def start(self, plan: dict[str, Any]) -> None:
        pid = os.fork()
        if pid:
            self.children.add(pid)
            return
        code = 70
        try:
            self.say(said="started", pid=os.getpid(), plan=plan)
            code = work(plan, self.report)
        except BaseException:  # noqa: BLE001 - a child must never go on as its parent
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)


def work(plan: dict[str, Any], report: int) -> int:
    from tests.crash import points

    end_with_parent(signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    points.trap = points.Trap(points.Plan(**plan), report)
    points.trap.set()
    execute_from_command_line(["manage.py", "worker"])
    return 0


def main() -> None:
    report = os.dup(1)
    os.dup2(2, 1)  # what the workers print belongs into the log
    django.setup()
    from django.conf import settings

    import studio.generations.claim
    import studio.management.commands.worker
    import studio.worker.journal
    from tests.crash import points

    # What else has to run out before others go on fits a claim of 90 s.
    studio.generations.claim.PROBE_LEASE = timedelta(seconds=settings.STUDIO_CLAIM_SECONDS / 3)
    studio.worker.journal.ABANDONED_SECONDS = settings.STUDIO_CLAIM_SECONDS
    points.install()
    call_command("check")  # loads what each worker would load for itself
    gc.freeze()
    Forker(report).run()


if __name__ == "__main__":
    main()

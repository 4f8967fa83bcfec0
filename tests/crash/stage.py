"""One database, one provider, four workers, and what came of it: `python -m tests.crash.stage` is such a process, as
Django knows one database for the life of a process.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import django

from .crew import PATIENCE, ROOT, Crew, end_with_parent
from .machine import Machine
from .provider import Provider

OURS = ("LTX2_", "STUDIO_", "DATABASE_URL", "DJANGO_")
REPORT = "report.json"
EXPECTED = (0, -signal.SIGKILL, -signal.SIGTERM)  # the last: before it had anything in hand
COMPARED = 200  # takes, under SIGKILL alone: as other queues were tried
ROUND = 500  # takes until all workers are left alone for once


@dataclass(frozen=True)
class Wanted:
    url: str  # "": SQLite in the folder
    folder: str
    seed: int
    kills: int  # 0: each named point once
    seconds: float
    claim: float

    @property
    def database(self) -> str:
        return "postgres" if self.url else "sqlite"


@contextmanager
def raised(wanted: Wanted) -> Iterator[tuple[Provider, Crew, Machine]]:
    """The provider, those who fork the workers, the clock, and a new database that they share with this process."""
    provider = Provider(wanted.seed)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "STUDIO_ENV_FILE": os.devnull,
        "STUDIO_DATA_DIR": str(Path(wanted.folder, "data")),
        "STUDIO_CLAIM_SECONDS": str(wanted.claim),
        "LTX2_API_KEY": "aio_crash",
        "LTX2_API_BASE": provider.base,
        "LTX2_POLL_SECONDS": "0.2",
        "LTX2_MAX_RUNNING": "200",
        "LTX2_REQUESTS_PER_SECOND": "200",
    }
    if wanted.url:
        # What frees the locks of a stopped process there fits a claim of 90 s, too.
        timeout = quote(f"-c idle_in_transaction_session_timeout={wanted.claim / 2}s")
        os.environ["DATABASE_URL"] = f"{wanted.url}?options={timeout}"
    django.setup()
    logging.disable(logging.INFO)  # in this process; the workers' log is in the folder
    from studio.management.commands.upgrade import upgrade

    upgrade()
    crew = Crew(dict(os.environ), Path(wanted.folder, "workers.log"))
    machine = Machine(Path(wanted.folder))
    try:
        yield provider, crew, machine
    finally:
        machine.close()
        crew.close()
        provider.close()


def perform(wanted: Wanted) -> dict[str, Any]:
    """Everything that is to be said of it; `broken` is empty when all promises hold."""
    began = time.monotonic()
    with raised(wanted) as (provider, crew, machine):
        from .check import broken, count, lost
        from .play import GRACE, Play, every_point, everything, moments

        play, told = Play(crew, random.Random(wanted.seed), machine), {"missed": []}
        if wanted.kills:
            provider.kind = True
            play.storm(moments(play.dice), COMPARED, began + wanted.seconds)
            play.settle()
            told["compared"] = asdict(count(provider.books))
            provider.kind = False
            soak(wanted, play, began + wanted.seconds, everything(wanted.database, play.dice))
        else:
            told["missed"] = play.until_hit(every_point(wanted.database), wanted.seconds)
            play.settle()
        faults = broken(provider.books, at_rest=True) + lost(crew.trapped)
        faults += play.slow + [f"{name} was left" for name in play.answers()]
        if play.watch.longest > wanted.claim + GRACE:
            faults.append(f"stuck for {play.watch.longest:.1f} s: {play.watch.what}")
        if unclean := {code: number for code, number in crew.ends.items() if code not in EXPECTED}:
            faults.append(f"workers ended with {unclean}")
        return told | {
            "database": wanted.database,
            "seed": wanted.seed,
            "seconds": round(time.monotonic() - began, 1),
            "kills": crew.kills,
            "stops": sum(crew.points(signal.SIGSTOP).values()),
            "clean": crew.ends[0],
            "count": asdict(count(provider.books)),
            "longest": round(play.watch.longest, 1),
            "hit": crew.points(signal.SIGKILL),
            "broken": faults,
        }


def soak(wanted: Wanted, play: Any, end: float, plans: Any) -> None:
    """Rounds of takes until there were kills enough, or until the time is over."""
    while play.crew.kills < wanted.kills and time.monotonic() < end:
        play.storm(plans, ROUND, end)
        play.settle()
        print(f"{wanted.database}: {play.crew.kills} kills, {play.asked} takes", flush=True)


def elsewhere(wanted: Wanted) -> dict[str, Any]:
    """What `perform` says, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.stage", json.dumps(asdict(wanted))], cwd=ROOT, start_new_session=True
    )
    try:
        code = process.wait(wanted.seconds + 2 * PATIENCE)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE / 2)
            except subprocess.TimeoutExpired:
                process.kill()  # its workers end when their parent's input does
                process.wait()
    if code:
        raise RuntimeError(f"It ended with {code}. The end of the workers' log:\n{log(wanted)}")
    told: dict[str, Any] = json.loads(Path(wanted.folder, REPORT).read_text())
    return told


def log(wanted: Wanted) -> str:
    path = Path(wanted.folder, "workers.log")
    return path.read_text(errors="replace")[-5000:] if path.exists() else "there is none"


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    end_with_parent(signal.SIGTERM)
    wanted = Wanted(**json.loads(sys.argv[1]))
    Path(wanted.folder, REPORT).write_text(json.dumps(perform(wanted)))


if __name__ == "__main__":
    main()

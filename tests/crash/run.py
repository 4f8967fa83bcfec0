"""One database, one provider, four workers, and what came of it: `python -m tests.crash.run` is such a process, as
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

from .machine import Machine
from .provider import Provider
from .worker_pool import PATIENCE, ROOT, WorkerPool, end_with_parent

OURS = ("LTX2_", "STUDIO_", "DATABASE_URL", "DJANGO_")
REPORT = "report.json"
EXPECTED = (0, -signal.SIGKILL, -signal.SIGTERM)  # the last: before it had anything in hand
COMPARED = 200  # takes, under SIGKILL alone: as other queues were tried
ROUND = 500  # takes until all workers are left alone for once


@dataclass(frozen=True)
class Run:
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
def raised(run: Run) -> Iterator[tuple[Provider, WorkerPool, Machine]]:
    """The provider, those who fork the workers, the clock, and a new database that they share with this process."""
    provider = Provider(run.seed)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "STUDIO_ENV_FILE": os.devnull,
        "STUDIO_DATA_DIR": str(Path(run.folder, "data")),
        "STUDIO_CLAIM_SECONDS": str(run.claim),
        "LTX2_API_KEY": "aio_crash",
        "LTX2_API_BASE": provider.base,
        "LTX2_POLL_SECONDS": "0.2",
        "LTX2_MAX_RUNNING": "200",
        "LTX2_REQUESTS_PER_SECOND": "200",
    }
    if run.url:
        # What frees the locks of a stopped process there fits a claim of 90 s, too.
        timeout = quote(f"-c idle_in_transaction_session_timeout={run.claim / 2}s")
        os.environ["DATABASE_URL"] = f"{run.url}?options={timeout}"
    django.setup()
    logging.disable(logging.INFO)  # in this process; the workers' log is in the folder
    from studio.management.commands.upgrade import upgrade

    upgrade()
    pool = WorkerPool(dict(os.environ), Path(run.folder, "workers.log"))
    machine = Machine(Path(run.folder))
    try:
        yield provider, pool, machine
    finally:
        machine.close()
        pool.close()
        provider.close()


def perform(run: Run) -> dict[str, Any]:
    """Everything that is to be said of it; `broken` is empty when all promises hold."""
    began = time.monotonic()
    with raised(run) as (provider, pool, machine):
        from .check import broken, count, lost
        from .scenario import GRACE, Scenario, every_point, everything, moments

        scenario, told = Scenario(pool, random.Random(run.seed), machine), {"missed": []}
        if run.kills:
            provider.kind = True
            scenario.storm(moments(scenario.dice), COMPARED, began + run.seconds)
            scenario.settle()
            told["compared"] = asdict(count(provider.books))
            provider.kind = False
            soak(run, scenario, began + run.seconds, everything(run.database, scenario.dice))
        else:
            told["missed"] = scenario.until_hit(every_point(run.database), run.seconds)
            scenario.settle()
        faults = broken(provider.books, at_rest=True) + lost(pool.trapped)
        faults += scenario.slow + [f"{name} was left" for name in scenario.answers()]
        if scenario.watch.longest > run.claim + GRACE:
            faults.append(f"stuck for {scenario.watch.longest:.1f} s: {scenario.watch.what}")
        if unclean := {code: number for code, number in pool.ends.items() if code not in EXPECTED}:
            faults.append(f"workers ended with {unclean}")
        return told | {
            "database": run.database,
            "seed": run.seed,
            "seconds": round(time.monotonic() - began, 1),
            "kills": pool.kills,
            "stops": sum(pool.points(signal.SIGSTOP).values()),
            "clean": pool.ends[0],
            "count": asdict(count(provider.books)),
            "longest": round(scenario.watch.longest, 1),
            "hit": pool.points(signal.SIGKILL),
            "broken": faults,
        }


def soak(run: Run, scenario: Any, end: float, plans: Any) -> None:
    """Rounds of takes until there were kills enough, or until the time is over."""
    while scenario.pool.kills < run.kills and time.monotonic() < end:
        scenario.storm(plans, ROUND, end)
        scenario.settle()
        print(f"{run.database}: {scenario.pool.kills} kills, {scenario.asked} takes", flush=True)


def elsewhere(run: Run) -> dict[str, Any]:
    """What `perform` says, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.run", json.dumps(asdict(run))], cwd=ROOT, start_new_session=True
    )
    try:
        code = process.wait(run.seconds + 2 * PATIENCE)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE / 2)
            except subprocess.TimeoutExpired:
                process.kill()  # its workers end when their parent's input does
                process.wait()
    if code:
        raise RuntimeError(f"It ended with {code}. The end of the workers' log:\n{log(run)}")
    told: dict[str, Any] = json.loads(Path(run.folder, REPORT).read_text())
    return told


def log(run: Run) -> str:
    path = Path(run.folder, "workers.log")
    return path.read_text(errors="replace")[-5000:] if path.exists() else "there is none"


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    end_with_parent(signal.SIGTERM)
    run = Run(**json.loads(sys.argv[1]))
    Path(run.folder, REPORT).write_text(json.dumps(perform(run)))


if __name__ == "__main__":
    main()

"""One engine in a process of its own: `python -m tests.bench.engine ENGINE BASE steady|flat [DATABASE]`. Prints JSON.

With a DATABASE that another made it joins in there. `waiting` is no engine: it makes that database, starts four workers
on it, and measures how long a click waits for its turn to write.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import Any

import django

from studio.generations.connections import Connection

RUNNING, EVERY, SECONDS, WARM_UP, NEW, WORKERS = 1_000, 10.0, 12.0, 6.0, 24, 4


def main(engine: str, base: str, load: str, database: str = "") -> dict[str, float]:
    from django.conf import settings
    from django.db import connection

    from . import engines

    if database:
        connection.settings_dict["NAME"] = database
    else:
        fill(steady=load == "steady")
    if engine == "waiting":
        return waiting(base, connection.settings_dict["NAME"])
    seen = engines.Seen()
    steady = load == "steady"
    run, stopping = getattr(engines, engine)(base, settings.PROVIDER, EVERY if steady else 0.004, seen)
    if steady:
        threading.Thread(target=ask_for_takes, daemon=True).start()
    spent = engines.follow(run, stopping, SECONDS, WARM_UP, seen)
    return {
        "cpu": spent * 1000 / max(1, len(seen.lags)),
        "lag": p95(seen.lags),
        "rate": len(seen.lags) / SECONDS,
        "pick_up": p95(seen.waits),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)] if values else 0.0


def fill(*, steady: bool) -> None:
    """A thousand takes that run: due one after the other within ten seconds, or all at once."""
    from django.conf import settings
    from django.utils import timezone

    from studio.generations.models import Generation
    from studio.management.commands.upgrade import upgrade
    from studio.middleware import local_user

    upgrade()
    owner, now, request = local_user(), timezone.now(), heath()
    Generation.objects.bulk_create(
        Generation(
            owner=owner, connection_id=settings.PROVIDER, request=request.to_api(), digest="", type=request.type,
            prompt=request.prompt, resolution=request.resolution, seconds=request.seconds, seed=number,
            estimate_low=24, estimate_high=24, basis="published", status="running", charged="maybe",
            task_id=f"n50{number}_ltx2", status_word="IN_PROGRESS", created_at=now, asked_at=now, submitted_at=now,
            polls=10, due_at=now + timedelta(seconds=EVERY * number / RUNNING if steady else 0),
        )
        for number in range(RUNNING)
    )  # fmt: skip


def heath() -> Any:
    from studio.catalog.request import GenerationRequest

    return GenerationRequest.parse({"type": "text-to-video", "prompt": "A heath at dusk"})


def click(number: object) -> None:
    """What a press of Generate writes."""

    from studio.generations.models import Generation
    from studio.middleware import local_user

    Generation.objects.enqueue(local_user(), Connection.configured(), [heath()], key=f"bench-{number}", digest="")


def ask_for_takes() -> None:
    """New ones, one at a time, while a thousand run."""
    time.sleep(WARM_UP)
    for number in range(NEW):
        time.sleep(SECONDS / (NEW + 2))
        click(number)


def waiting(base: str, database: object) -> dict[str, float]:
    """The longest of many clicks, while four workers poll as fast as they can."""
    command = [sys.executable, "-m", "tests.bench.engine", "worker", base, "flat", str(database)]
    workers = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(WORKERS)]
    time.sleep(WARM_UP)
    waits, end = [], time.monotonic() + SECONDS
    while time.monotonic() < end:
        began = time.monotonic()
        click(began)
        waits.append(time.monotonic() - began)
        time.sleep(0.05)
    for worker in workers:
        worker.wait()
    return {"longest": max(waits), "clicks": len(waits)}


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    django.setup()
    logging.disable()
    try:
        print(json.dumps(main(*sys.argv[1:])), flush=True)
    finally:
        from django.conf import settings

        shutil.rmtree(settings.STUDIO_DATA_DIR, ignore_errors=True)
        os._exit(0)

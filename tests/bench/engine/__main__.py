"""One engine in a process of its own: `python -m tests.bench.engine ENGINE BASE steady|flat`. Prints JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from datetime import timedelta

import django

RUNNING, EVERY, SECONDS, WARM_UP, NEW = 1_000, 10.0, 20.0, 6.0, 30


def main(engine: str, base: str, load: str) -> dict[str, float]:
    from django.conf import settings
    from django.utils import timezone

    from studio.catalog.request import GenerationRequest
    from studio.management.commands.upgrade import upgrade
    from studio.middleware import local_user
    from studio.models import Generation

    from . import engines
    from .engines import Seen, follow

    upgrade()
    owner, now = local_user(), timezone.now()
    steady = load == "steady"
    request = GenerationRequest.parse({"type": "text-to-video", "prompt": "A heath at dusk"})
    rows = [
        Generation(
            owner=owner, provider=settings.PROVIDER, request=request.to_api(), digest="", type=request.type,
            prompt=request.prompt, resolution=request.resolution, seconds=request.seconds, seed=number,
            estimate_low=24, estimate_high=24, basis="published", status="running", charged="maybe",
            task_id=f"n50{number}_ltx2", status_word="IN_PROGRESS", created_at=now, asked_at=now, submitted_at=now,
            polls=10, due_at=now + timedelta(seconds=EVERY * number / RUNNING if steady else 0),
        )
        for number in range(RUNNING)
    ]  # fmt: skip
    Generation.objects.bulk_create(rows, batch_size=500)
    seen = Seen()
    run, stopping = getattr(engines, engine)(base, settings.PROVIDER, EVERY if steady else 0.004, seen)
    if steady and engine == "worker":
        threading.Thread(target=ask_for_takes, args=(owner, settings.PROVIDER, request), daemon=True).start()
    spent = follow(run, stopping, SECONDS, WARM_UP, seen)
    lags, waits = sorted(seen.lags), sorted(seen.waits)
    return {
        "polls": len(lags),
        "cpu_ms": spent * 1000 / max(1, len(lags)),
        "lag_p95": lags[int(len(lags) * 0.95)] if lags else -1,
        "jobs_per_second": len(lags) / SECONDS,
        "pick_up_p95": waits[int(len(waits) * 0.95)] if waits else -1,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }


def ask_for_takes(owner: object, provider: str, request: object) -> None:
    """New ones, one at a time, while a thousand run."""
    from studio.models import Generation

    time.sleep(WARM_UP)
    for number in range(NEW):
        time.sleep(SECONDS / (NEW + 2))
        Generation.objects.enqueue(owner, provider, [request], key=f"bench-{number}", digest="")  # type: ignore[arg-type, list-item]


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    django.setup()
    print(json.dumps(main(*sys.argv[1:])), flush=True)
    os._exit(0)

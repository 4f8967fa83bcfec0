"""The studio's worker beside the bare loop, in turns, and the medians of both."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

Line = tuple[str, str, str]
ROUNDS = 3


@contextmanager
def provider() -> Iterator[str]:
    server = subprocess.Popen([sys.executable, "-m", "tests.bench.engine.api"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}/api/v1"
    finally:
        server.kill()
        server.wait()


def measure(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.engine", *arguments]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    figures: dict[str, float] = json.loads(answer.splitlines()[-1])
    return figures


def in_turns(base: str, load: str) -> tuple[dict[str, float], dict[str, float]]:
    """Medians of the bare loop and of the worker."""
    runs: dict[str, list[dict[str, float]]] = {"bare": [], "worker": []}
    for _ in range(ROUNDS):
        for engine, seen in runs.items():
            seen.append(measure(engine, base, load))
    bare, worker = ({name: median(run[name] for run in seen) for name in seen[0]} for seen in runs.values())
    return bare, worker


def lines() -> list[Line]:
    with provider() as base:
        bare, steady = in_turns(base, "steady")
        bare_flat, flat = in_turns(base, "flat")
        wait = measure("waiting", base, "flat")
    return [
        line("1,000 takes, each polled every 10 s: CPU per poll", "cpu", bare, steady, "{:.2f} ms", "≤ 1.15 ×"),
        line("the same: lag of a poll, p95", "lag", bare, steady, "{:.2f} s", "< 0.25 s"),
        line("the same: pick-up of a new take, p95", "pick_up", bare, steady, "{:.2f} s", "< 0.25 s"),
        line("the same: most memory", "megabytes", bare, steady, "{:.0f} MB", "< 150 MB"),
        line("as fast as they can: polls per second", "rate", bare_flat, flat, "{:.0f}", "≥ 0.85 ×"),
        line("the same: CPU per poll", "cpu", bare_flat, flat, "{:.2f} ms", "≤ 1.15 ×"),
        line("the same: most memory", "megabytes", bare_flat, flat, "{:.0f} MB", "< 150 MB"),
        (
            "4 workers as fast as they can: longest wait of a click to be stored",
            f"{wait['longest']:.2f} s of {wait['clicks']:.0f} clicks",
            "< 1 s",
        ),
    ]


def line(
    name: str, what: str, bare: dict[str, float], ours: dict[str, float], shape: str, target: str
) -> tuple[str, str, str]:
    ratio = ours[what] / bare[what] if bare[what] else 0
    return name, f"{shape.format(ours[what])}, {ratio:.2f} × the bare loop ({shape.format(bare[what])})", target

"""Workers are killed and stopped over and over while takes come in, on every database that is there: `make soak`."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from random import SystemRandom
from typing import Any

from tests import postgres

from .points import ANY
from .run import COMPARED, Run, elsewhere, log

CLAIM = 3  # seconds
DATABASES = ("sqlite", "postgres")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="over all databases; 0: each named point once (1000)")
    parser.add_argument("--seconds", type=float, default=900, help="at most, over all databases (900)")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--database", choices=DATABASES, help="only this one")
    return parser.parse_args()


@contextmanager
def database(name: str) -> Iterator[str]:
    """The address of a new one; "" is SQLite's."""
    programs = postgres.find()
    if name == "sqlite" or not programs:
        yield ""
        return
    with postgres.cluster(programs) as server:
        yield server.create("soak")


def soak(name: str, seed: int, kills: int, seconds: float) -> bool:
    """Whether all promises held."""
    with tempfile.TemporaryDirectory(prefix="dailies-soak-") as folder, database(name) as url:
        run = Run(url, folder, seed, kills, seconds, CLAIM)
        told = elsewhere(run)
        print("\n".join(lines(told)), flush=True)
        if told["broken"]:
            print(f"The end of the workers' log:\n{log(run)}")
    return not (told["broken"] or told["missed"] or told["kills"] < kills)


def lines(told: dict[str, Any]) -> Iterator[str]:
    count = told["count"]
    yield f"\n{told['database']}, seed {told['seed']}, {told['seconds']:.0f} s"
    named = {point: times for point, times in told["hit"].items() if point != ANY}
    yield f"  kills: {told['kills']}, {sum(named.values())} of them at {len(named)} named points"
    yield f"  stopped and woken: {told['stops']}, told to leave: {told['clean']}"
    yield f"  takes: {count['takes']}, POSTs: {count['posts']}"
    yield f"  sent twice: {count['twice']}, unsent: {count['unsent']}, shown as unconfirmed: {count['unconfirmed']}"
    yield f"  longest stuck: {told['longest']} s (claim {CLAIM} s)"
    if told.get("compared"):
        twice, unsent, unclear = (told["compared"][name] for name in ("twice", "unsent", "unconfirmed"))
        words = f"{twice or 'none'} twice, {unsent or 'none'} unsent, {unclear} unconfirmed"
        yield f"  of {COMPARED} paid POSTs under repeated SIGKILL: {words}"
    yield from (f"  NOT REACHED: {point}" for point in told["missed"])
    yield from (f"  BROKEN: {fault}" for fault in told["broken"])


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked = options()
    names = [asked.database] if asked.database else [name for name in DATABASES if name == "sqlite" or postgres.find()]
    print(f"Seed {asked.seed}. Databases: {', '.join(names)}.", flush=True)
    share = len(names)
    held = [soak(name, asked.seed, -(-asked.kills // share), asked.seconds / share) for name in names]
    if "postgres" not in names and not asked.database:
        print(f"NOT RUN on PostgreSQL. {postgres.MISSING}")
    print("All promises held." if all(held) else "NOT ALL PROMISES HELD, or there was no time for so many kills.")
    sys.exit(not all(held))


if __name__ == "__main__":
    main()

"""The gallery with a million takes, on each database, beside a bare view."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations, product
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any

import dj_database_url
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from studio.gallery.finding import EPOCH, MICROSECOND
from studio.gallery.page import notice_for
from studio.generations.connections import Connection, WorkerHeartbeat
from studio.generations.models import Generation
from studio.library.models import Collection
from studio.middleware import local_user
from tests import postgres

from . import million
from .data import use
from .measure import Browser, no_collector, watched

Line = tuple[str, str, str]
Call = Callable[[], Any]
Calls = dict[str, Call]
MANY, ROUNDS = int(os.environ.get("BENCH_TAKES", "1000000")), 7
MILLION = MANY > 100_000
SINGLE = (
    "", "type=control", "type=text-to-video", "status=done", "status=failed", "status=running", "resolution=480p",
    "status=unconfirmed", "aspect_ratio=9:16", "seconds=10", "favorite=1", "rating=3", "rating=5", "kept=kept",
    "kept=failed", "kept=link",
    f"tag={million.TAG}", f"tag={million.BIG_TAG}", "collection={collection}",
)  # fmt: skip
DAYS = ("since={week}", "since={year}", "since={year}&until={week}")
EACH = {
    "type": ("text-to-video", "image-to-video", "lipsync", "control"),
    "status": ("done", "failed", "running", "unconfirmed"),
    "resolution": ("480p", "1080p"),
    "aspect_ratio": ("16:9", "9:16"),
    "seconds": ("5", "20"),
    "favorite": ("1",),
    "rating": ("1", "3", "5"),
    "kept": ("kept", "failed", "link"),
    "tag": (million.TAG, million.BIG_TAG),
    "collection": ("{collection}",),
}
TWO = tuple(
    f"{one}={x}&{other}={y}" for one, other in combinations(EACH, 2) for x, y in product(EACH[one], EACH[other])
)
THREE = (
    "favorite=1&type=lipsync&status=done", "rating=4&kept=kept&seconds=5", "collection={collection}&kept=kept&rating=4",
    "status=failed&resolution=1080p&type=text-to-video", "type=text-to-video&resolution=480p&seconds=5",
    "aspect_ratio=9:16&seconds=5&kept=link", "type=control&status=unconfirmed&rating=5",
    f"tag={million.BIG_TAG}&type=control&seconds=20",
)  # fmt: skip
LIKELY = 5


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, BaseDatabaseWrapper]]:
    """So many takes on each database that there is."""
    before = connections.settings["default"]
    found = {"SQLite": made({**before, "NAME": str(folder / "takes.sqlite3")})}
    programs = postgres.find()
    if programs is None:
        yield found
    else:
        with postgres.cluster(programs) as server:
            found["PostgreSQL"] = made(dj_database_url.parse(server.create("takes")))
            yield found
            found["PostgreSQL"].close()
    connections.settings["default"] = before


def made(database: Any) -> BaseDatabaseWrapper:
    connections.settings["default"] = {**database, "CONN_MAX_AGE": None}
    connections.configure_settings(connections.settings)
    del connections["default"]
    call_command("migrate", verbosity=0, skip_checks=True)
    million.make(MANY)
    Connection.of(settings.PROVIDER)
    WorkerHeartbeat.objects.create(host="bench", pid=1, seen_at=timezone.now() + timezone.timedelta(days=1))
    return connections["default"]


def timed(calls: Calls, rounds: int = ROUNDS) -> dict[str, float]:
    """The median of each in milliseconds, all in turns: of this thread's processor, with SQLite in it; of the clock
    where the database is another process.
    """
    clock = thread_time if connection.vendor == "sqlite" else perf_counter
    times: dict[str, list[float]] = {name: [] for name in calls}
    with no_collector():
        for _ in range(rounds + 1):
            for name, call in calls.items():
                start = clock()
                call()
                times[name].append((clock() - start) * 1000)
    return {name: median(taken[1:]) for name, taken in times.items()}


def addresses(queries: tuple[str, ...]) -> dict[str, str]:
    """The first page and one from the middle of the history, under each order."""
    shelf, now, found = Collection.objects.get().pk, timezone.now(), {}
    days = {name: f"{now - timezone.timedelta(days=n):%Y-%m-%d}" for name, n in (("week", 7), ("year", 365))}
    for query in queries:
        asked = query.format(collection=shelf, **days)
        for sort in ("newest", "oldest", "credits", "rating"):
            found[f"{query or 'everything'}, {sort}"] = f"?{asked}&sort={sort}"
            found[f"{query or 'everything'}, {sort}, deep"] = f"?{asked}&sort={sort}&before={deep(query, sort)}"
    return found


def deep(query: str, sort: str) -> str:
    """Where a page in the middle of what fits begins, or near it."""
    days = next((n // 2 for name, n in (("year", 365), ("week", 7)) if name in query), MANY // 2 // million.A_DAY)
    pk = MANY - days * million.A_DAY
    if sort in ("credits", "rating"):
        return f"{40 if sort == 'credits' else 5 if 'rating=' in query else 0}.{pk}"
    if "since=" in query:
        return f"{(timezone.now() - timezone.timedelta(days=days) - EPOCH) // MICROSECOND}.{pk}"
    return str(pk)


def pages(name: str, database: BaseDatabaseWrapper) -> list[Line]:
    use(database)
    browser = Browser()
    browser.prepare("GET", "/generations/")()
    bare = browser.prepare("GET", "/bare/query/")
    lines = []
    for words, queries, target in (
        ("one filter or none", SINGLE, "median ≤ 20 × bare"),
        ("days", DAYS, ""),
        ("two filters", TWO, "≤ 600 ms" if MILLION else "median ≤ 20 ×, slowest ≤ 60 ×"),
        ("three filters", THREE, "≤ 600 ms" if MILLION else ""),
    ):
        asked = {each: browser.prepare("GET", f"/generations/{at}") for each, at in addresses(queries).items()}
        lines.append((f"{name}, {MANY:,} takes, {words}", slowest(asked, bare), target))
    with watched() as spent:
        browser.prepare("GET", f"/generations/?rating=3&sort=credits&before=40.{MANY // 2}")()
    lines.append((f"{name}, a page's statements", f"{len(spent.statements)}", "≤ 4"))
    return [*lines, *searches(name, browser, bare), poll(name, browser)]


def slowest(asked: Calls, bare: Call) -> str:
    """The median of all, and the slowest of those that are likely to be: of so many, some are at the top by chance."""
    once = timed(asked, 1)
    likely = sorted(once, key=once.__getitem__, reverse=True)[:LIKELY]
    times = timed({"bare": bare, **{each: asked[each] for each in likely}})
    plain = times.pop("bare")
    worst = max(times, key=times.__getitem__)
    middle = median(once.values())
    return (
        f"median {middle / plain:.1f} × bare, slowest {times[worst] / plain:.1f} × ({times[worst]:.0f} ms)"
        f" of {len(once)}: {worst}"
    )


def searches(name: str, browser: Browser, bare: Call) -> list[Line]:
    words = {"a word in 1 %": million.RARE, "a word in half": million.COMMON, "a task id": f"n{MANY // 2}_ltx2"}
    asked = {each: browser.prepare("GET", f"/generations/?q={word}") for each, word in words.items()}
    found = timed({"bare": bare, **asked})
    targets = {"a word in 1 %": "≤ 40 ×"}
    return [
        (f"{name}, {MANY:,} takes, {each}", f"{found[each] / found['bare']:.1f} × bare", targets.get(each, ""))
        for each in words
    ]


def poll(name: str, browser: Browser) -> Line:
    takes = Generation.objects.filter(status__in=("queued", "running")).order_by("-id")[: million.UNFINISHED]
    query = "&".join(f"seen={take.pk}:{take.revision}" for take in takes)
    query += f"&newest={MANY}&notice={notice_for(local_user()).revision}"
    ask = browser.prepare("GET", f"/generations/changes/?{query}")
    assert ask() == "", "nothing has changed"
    found = timed({"poll": ask, "bare": browser.prepare("GET", f"/bare/query/?{query}")}, 200)
    return f"{name}, poll with 50 unfinished", f"{found['poll'] / found['bare']:.2f} × bare", "≤ 2 ×"


def lines(folder: Path) -> Iterator[Line]:
    with databases(folder) as found:
        for name, of in found.items():
            yield from pages(name, of)

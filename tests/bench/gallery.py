"""The gallery with a million takes, on each database, beside one with a thousand and beside a bare view."""

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
from studio.generations.models import Generation
from studio.generations.provider_state import ProviderState, WorkerHeartbeat
from studio.library.models import Collection
from studio.middleware import local_user
from tests import postgres

from . import million
from .data import use
from .measure import Browser, no_collector, watched

Line = tuple[str, str, str]
Call = Callable[[], Any]
Calls = dict[str, Call]
MANY, FEW, ROUNDS = int(os.environ.get("BENCH_TAKES", "1000000")), 1_000, 7
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
SUSPECTS, LIKELY = 40, 5


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, dict[str, BaseDatabaseWrapper]]]:
    """`few` and `many` takes on each database that there is."""
    before = connections.settings["default"]
    sqlite = {name: {**before, "NAME": str(folder / f"{name}-takes.sqlite3")} for name in ("few", "many")}
    found = {"SQLite": {name: made(each, name) for name, each in sqlite.items()}}
    programs = postgres.find()
    if programs is None:
        yield found
    else:
        with postgres.cluster(programs) as server:
            urls = {name: server.create(name) for name in ("few", "many")}
            found["PostgreSQL"] = {name: made(dj_database_url.parse(url), name) for name, url in urls.items()}
            yield found
            for wrapper in found["PostgreSQL"].values():
                wrapper.close()
    connections.settings["default"] = before


def made(database: Any, name: str) -> BaseDatabaseWrapper:
    connections.settings["default"] = {**database, "CONN_MAX_AGE": None}
    connections.configure_settings(connections.settings)
    del connections["default"]
    call_command("migrate", verbosity=0, skip_checks=True)
    million.make(MANY if name == "many" else FEW)
    ProviderState.of(settings.PROVIDER)
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


def beside(call: Call, calls: Calls) -> dict[str, float]:
    """How many times as long as `call` each takes, in turns with it: processors change their pace by the second."""
    found = {name: timed({"it": each, "other": call}) for name, each in calls.items()}
    return {name: taken["it"] / taken["other"] for name, taken in found.items()}


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


def pages(name: str, of: dict[str, BaseDatabaseWrapper]) -> list[Line]:
    browser = Browser()
    use(of["few"])
    browser.prepare("GET", "/generations/")()
    first = browser.prepare("GET", "/generations/?before=")

    def few() -> None:
        use(of["few"])
        first()
        use(of["many"])

    use(of["many"])
    bare = browser.prepare("GET", "/bare/query/")
    lines = []
    for words, queries, target in (("one filter or none", SINGLE, "≤ 1.20 ×"), ("days", DAYS, "")):
        asked = {each: browser.prepare("GET", f"/generations/{at}") for each, at in addresses(queries).items()}
        lines += slowest(f"{name}, {words}", asked, few, bare, target)
    for words, queries in (("two filters", TWO), ("three filters", THREE)):
        asked = {each: browser.prepare("GET", f"/generations/{at}") for each, at in addresses(queries).items()}
        times, empty = once(asked)
        for group, what in ((set(asked) - empty, ""), (empty, " that nothing fits")):
            suspects = sorted(group, key=times.__getitem__, reverse=True)[:SUSPECTS]
            told = f"{name}, {words}{what}, {len(suspects)} suspects of {len(group)} pages"
            lines += slowest(told, {each: asked[each] for each in suspects}, few, bare, "≤ 5 ×") if suspects else []
    with watched() as spent:
        browser.prepare("GET", f"/generations/?rating=3&sort=credits&before=40.{MANY // 2}")()
    lines.append((f"{name}, a page's statements", f"{len(spent.statements)}", "≤ 4"))
    return [*lines, *searches(name, browser, bare), poll(name, browser)]


def slowest(words: str, asked: Calls, few: Call, bare: Call, target: str) -> list[Line]:
    """The slowest of those that are likely to be: of so many, some are at the top only by chance."""
    found = beside(few, asked)
    likely = sorted(found, key=found.__getitem__, reverse=True)[:LIKELY]
    times = {each: timed({"it": asked[each], "few": few, "bare": bare}, 3 * ROUNDS) for each in likely}
    worst = max(likely, key=lambda each: times[each]["it"] / times[each]["few"])
    first, plain = (times[worst]["it"] / times[worst][other] for other in ("few", "bare"))
    told = f"{first:.2f} × 1,000's first page ({worst}), median {median(found.values()):.2f} ×"
    return [
        (f"{words}: slowest of {len(found)}", told, target),
        ("  the same, against the bare view", f"{plain:.1f} × bare", "≤ 20 ×"),
    ]


def once(asked: Calls) -> tuple[dict[str, float], set[str]]:
    """How long each takes, and which of them have no card."""
    times, empty = {}, set()
    for each, call in asked.items():
        start = perf_counter()
        body = call()
        times[each] = perf_counter() - start
        empty |= set() if "<article" in body else {each}
    return times, empty


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
    return f"{name}, poll with 50 unfinished", f"{found['poll'] / found['bare']:.2f} × bare", "≤ 1.5 ×"


def lines(folder: Path) -> Iterator[Line]:
    with databases(folder) as found:
        for name, of in found.items():
            yield from pages(name, of)

"""What the pages cost, against bare views of the same process."""

from __future__ import annotations

from collections.abc import Callable
from tempfile import TemporaryFile
from time import process_time
from typing import Any

from django.contrib.auth import get_user_model

from studio.gallery.page import PAGE, notice_for
from studio.generations.models import Generation
from studio.worker.zip_export import ZipExport

from .data import UNFINISHED, use
from .measure import Browser, Spent, interleaved, split, watched

Line = tuple[str, str, str]
FORM = {
    "type": "text-to-video",
    "prompt": "A lighthouse downloads climbs the last stairs at dusk, lantern swinging",
    "duration": "13",
    "resolution": "1080p",
    "aspect_ratio": "16:9",
    "seed": "",
    "takes": "4",
    "submission_key": "bench",
}


def against(measured: float, bare: float, more: str = "") -> str:
    return f"{measured / bare:.2f} × bare ({measured:.2f} / {bare:.2f} ms){more}"


def changes(browser: Browser, seen: int) -> Line:
    """A poll that has nothing to tell, with so many cards on the page that may still change."""
    user = get_user_model().objects.get()
    unfinished = Generation.objects.filter(status__in=("queued", "running")).order_by("-id")[:seen]
    query = [f"seen={take.pk}:{take.revision}" for take in unfinished]
    query += [f"newest={Generation.objects.latest('id').pk}", f"notice={notice_for(user).revision}"]
    poll = browser.prepare("GET", f"/generations/changes/?{'&'.join(query)}")
    with watched() as spent:
        assert poll() == "", "nothing has changed"
    measured, bare = interleaved(400, poll, browser.prepare("GET", f"/bare/query/?{'&'.join(query)}"))
    name = f"GET /generations/changes/, nothing changed, {len(unfinished)} cards seen"
    return name, against(measured, bare, f", {len(spent.for_data)} queries"), "≤ 2 ×"


def estimate(browser: Browser) -> list[Line]:
    headers = {"x-csrftoken": browser.cookies["dailies_csrf"]}
    posts = [browser.prepare("POST", path, FORM, **headers) for path in ("/estimate/", "/bare/form/", "/bare/fields/")]
    measured, form, fields = interleaved(400, *posts)
    return [
        ("POST /estimate/, bare view with a form of the same fields", against(measured, form), "≤ 2 ×"),
        ("POST /estimate/, bare view without any form", against(measured, fields), ""),
    ]


def page(browser: Browser, databases: dict[str, Any], path: str) -> list[Line]:
    """A page of 24 cards on each of the databases, in turns."""
    ask = browser.prepare("GET", path, **{"hx-request": "false"})

    def on(name: str) -> Callable[[], str]:
        def call() -> str:
            use(databases[name])
            return ask()

        return call

    calls = {name: on(name) for name in databases}
    assert all(call().count("<article ") == PAGE for call in calls.values()), f"{path} shows {PAGE} cards"
    few, many = interleaved(60, calls["few"], calls["many"])
    [dense] = interleaved(5, calls["dense"])
    spent = {name: split(30 if name != "dense" else 5, call) for name, call in calls.items()}
    name = f"GET {path}, {PAGE} cards"
    return [
        (f"{name}, 1,000 rows", told(few, spent["few"]), ""),
        (f"{name}, 100,000 rows", f"{many / few:.2f} ×: {told(many, spent['many'])}", "≤ 1.20 ×"),
        (f"{name}, 100,000 on one day", f"{dense / few:.2f} ×: {told(dense, spent['dense'])}", "(hard case)"),
    ]


def told(total: float, spent: Spent) -> str:
    return f"{total:.1f} ms: {spent.sql:.1f} in {len(spent.statements)} queries, {spent.template:.1f} in templates"


def lines(browser: Browser, databases: dict[str, Any]) -> list[Line]:
    use(databases["many"])
    browser.prepare("GET", "/")()
    polls = [changes(browser, seen) for seen in (24, UNFINISHED)]
    pages = [*page(browser, databases, "/"), *page(browser, databases, "/generations/")]
    return [*polls, *estimate(browser), *pages, *exports()]


def exports() -> list[Line]:
    """Lists of all takes, as a worker writes them."""
    owner = get_user_model().objects.get()
    ids = list(Generation.objects.owned_by(owner).order_by("-pk").values_list("pk", flat=True))
    return [(f"{len(ids):,} takes as {kind.upper()}", export(ids, kind), "≤ 5 s") for kind in ("csv", "json")]


def export(ids: list[int], kind: str) -> str:
    began = process_time()
    with TemporaryFile() as file:
        ZipExport(ids, lambda done: None).write_list(file, kind)
    return f"{process_time() - began:.1f} s of processor time"

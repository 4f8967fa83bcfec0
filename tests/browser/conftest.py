"""A real Chromium, and a real studio for it to look at.

`page` is a fresh window that can reach this machine only. A test fails if the browser complains in it: an uncaught
error, a broken rule of the content security policy, any other error in the console. A test that expects a complaint
says so: `allowed_errors.append("status of 503")`.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.files import write_film, write_picture, write_sound
from tests.browser.history import remove_takes
from tests.browser.process import Studio

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the tests' thread
expect.set_options(timeout=20_000)

ONLY_THIS_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# htmx says so where a newer question takes the place of one without an answer yet; what fails says "sendError" as well.
REPLACED = re.compile(r"^htmx:(sendAbort|afterRequest), ")
CHECK = pytest.StashKey[Callable[[], None]]()
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield
    if check := item.stash.get(CHECK, None):
        check()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(chromium.ADVICE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*chromium.FLAGS, ONLY_THIS_MACHINE])
        yield browser
        browser.close()


@pytest.fixture
def allowed_errors() -> list[str]:
    """Regular expressions: what the browser may complain about in this test."""
    return []


@pytest.fixture
def new_page(request: pytest.FixtureRequest, browser: Browser, allowed_errors: list[str]) -> Iterator[Callable]:
    """Makes a page in a context of its own: `new_page(viewport={"width": 390, "height": 844}, has_touch=True)`."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(**options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        context.on("weberror", lambda error: complaints.append(f"Uncaught: {error.error}"))
        context.on("console", lambda message: message.type == "error" and complaints.append(told(message)))
        context.tracing.start(snapshots=True)
        return context.new_page()

    def check() -> None:
        for page in (page for context in contexts for page in context.pages):
            with suppress(Error):  # a round trip brings what the page said last; a closed page has said everything
                page.evaluate("1")
        allowed = [REPLACED, *allowed_errors]
        unexpected = [one for one in complaints if not any(re.search(each, one) for each in allowed)]
        if unexpected:
            pytest.fail("The browser complained:\n" + "\n".join(unexpected), pytrace=False)

    request.node.stash[CHECK] = check
    yield make
    kept = results_of(request) if request.node.stash.get(FAILED, False) else None
    for number, context in enumerate(contexts):
        with suppress(Error):
            close(context, kept and kept / str(number))


def told(message: object) -> str:
    where = message.location.get("url")
    return f"{message.text} ({where})" if where else message.text


def results_of(request: pytest.FixtureRequest) -> Path:
    """Where a failed test leaves its pictures and traces (`playwright show-trace FILE` opens one)."""
    folder = request.config.rootpath / "test-results" / re.sub(r"[^\w.-]+", "-", request.node.name)
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def close(context: BrowserContext, kept: Path | None) -> None:
    try:
        if kept:
            context.tracing.stop(path=f"{kept}-trace.zip")
            for number, page in enumerate(context.pages):
                page.screenshot(path=f"{kept}-{number}.png", full_page=True)
    finally:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """`assert axe(page) == []`: what would shut somebody out, a line each."""

    def violations(page: Page) -> list[str]:
        page.evaluate(AXE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {node['target']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    return violations


@pytest.fixture
def studio(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Studio]:
    """A studio of this test's own, with the sandbox as its provider."""
    yield from running(tmp_path, request)


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Studio]:
    """One studio for all tests of a file: faster, for tests that can live with what the others made."""
    yield from running(tmp_path_factory.mktemp("studio"), request)


@pytest.fixture
def empty_studio(shared_studio: Studio) -> Studio:
    """The studio of a file without a take: as good as a new one where all else in it is nobody's concern."""
    remove_takes(shared_studio)
    return shared_studio


def running(folder: Path, request: pytest.FixtureRequest) -> Iterator[Studio]:
    studio = Studio(request.config.rootpath, folder)
    try:
        studio.start()
        yield studio
    finally:
        studio.end()
        print(studio.log())  # pytest shows it where a test failed


@pytest.fixture(scope="session")
def own_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What people hand over, by what it is here."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "notes.txt").write_text("no picture, no sound, no video")
    (folder / "false.png").write_text("not what its name says")
    return {
        "picture": write_picture(folder / "Ufer am Abend.png"),
        "clip": write_picture(folder / "clip.png", (800, 450)),
        "upright": write_picture(folder / "upright.jpg", (360, 640)),
        "voice": write_sound(folder / "voice.wav", 7.4),
        "short": write_sound(folder / "short.wav", 3),
        "long": write_sound(folder / "long.wav", 25),
        "large": write_sound(folder / "large.wav", 19, rate=48000),
        "film": write_film(folder / "film.mp4", 9),
        "notes": folder / "notes.txt",
        "false": folder / "false.png",
    }

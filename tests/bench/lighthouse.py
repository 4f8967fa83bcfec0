"""Lighthouse, on pages with 24 videos that the sandbox made and the studio keeps, served by `manage.py studio`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

from tests.browser import chromium
from tests.browser.process import Studio

from .process import ROOT, Line
from .views import FORM
from .zips import TOKEN, told

LIGHTHOUSE = "lighthouse@12.8.2"  # run by npx, which fetches it
FLAGS = "--headless=new --no-sandbox --disable-gpu"
CARDS, AT_ONCE, RUNS, TRIES, PATIENCE = 24, 8, 5, 4, 600
CATEGORIES = ("performance", "accessibility")
PAGES = {"/": "the studio", "/generations/": "the gallery"}
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}
Report = dict[str, dict[str, dict[str, float]]]
NAME = f"Lighthouse with {CARDS} kept videos"


def lines(folder: Path) -> list[Line]:
    npx, browser = shutil.which("npx"), chromium.find()
    if npx is None or browser is None:
        return [(NAME, f"not measured: there is no {'npx (Node.js)' if browser else 'Chromium'}", "≥ 95")]
    studio = Studio(ROOT, folder)
    try:
        studio.start()
        make_takes(studio)
        return [
            (f"{NAME}: {words}, {device}", scores(npx, browser, studio.url + path, options, folder), "≥ 95 each")
            for path, words in PAGES.items()
            for device, options in DEVICES.items()
        ]
    finally:
        studio.end()


def make_takes(studio: Studio) -> None:
    """Ask for them as a person does, and wait until they are kept."""
    browser = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))
    found = TOKEN.search(browser.open(f"{studio.url}/").read().decode())
    assert found, "the page has a token"
    for press in range(CARDS // AT_ONCE):
        asked = {
            **FORM,
            "duration": "5",
            "resolution": "720p",
            "takes": str(AT_ONCE),
            "submission_key": f"press-{press}",
        }
        headers = {"X-CSRFToken": found[1], "HX-Request": "true"}
        told(browser, Request(f"{studio.url}/generations/", urlencode(asked).encode(), headers))  # noqa: S310
    deadline = time.monotonic() + PATIENCE
    while kept(studio, browser) < CARDS:
        assert time.monotonic() < deadline, "the videos were not kept in time"
        time.sleep(1)


def kept(studio: Studio, browser: OpenerDirector) -> int:
    return told(browser, Request(f"{studio.url}/generations/?kept=kept")).count("<article ")  # noqa: S310


def scores(npx: str, browser: str, url: str, options: list[str], folder: Path) -> str:
    """Each category's median, of 100."""
    reports = [report(npx, browser, url, options, folder) for _ in range(RUNS)]
    found = {name: median(each["categories"][name]["score"] * 100 for each in reports) for name in CATEGORIES}
    return ", ".join(f"{name} {score:.0f}" for name, score in found.items())


def report(npx: str, browser: str, url: str, options: list[str], folder: Path) -> Report:
    """It asks by itself to be run again now and then, when the browser's trace came out empty."""
    path = folder / "report.json"
    command = [npx, "--yes", LIGHTHOUSE, url, "--quiet", "--output=json", f"--output-path={path}", *options]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}"]
    env = {**os.environ, "CHROME_PATH": browser}
    for _ in range(TRIES):
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found: Report = json.loads(path.read_text())
            return found
    raise AssertionError(done.stderr or done.stdout)

"""A zip of 200 videos of 5 MB, packed by the real `manage.py studio`: memory, progress, and who waits for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

from studio.generations.connections import Connection
from tests.browser.process import Studio

from .process import ROOT, Line, megabytes, visited

VIDEOS, EACH = 200, 5_000_000
PAGES = 40
TOKEN = re.compile(r'"X-CSRFToken": "(\w+)"')
DONE = re.compile(r"Packing (\d+) of")
ARCHIVE = re.compile(r"/archives/(\d+)/")


def lines(folder: Path) -> list[Line]:
    studio = Studio(ROOT, folder)
    browser = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))
    try:
        studio.start()
        fill(studio)
        idle = visited(studio)
        alone = [page(studio, browser) for _ in range(PAGES)]
        began = monotonic()
        archive = ask(studio, browser)
        beside, seen, peak = watch(studio, browser, archive)
        took = monotonic() - began
        size, serving = download(studio, browser, archive, folder)
    finally:
        studio.end()
    slower = f"{median(beside) / median(alone):.1f} × the median without it, the slowest {max(beside) * 1000:.0f} ms"
    zipped = f"{size / 1e6:,.0f} MB in {took:.1f} s, {len(seen)} steps of progress shown"
    return [
        (f"Zip of {VIDEOS} videos of {EACH / 1e6:.0f} MB", zipped, "progress shown"),
        ("Memory while it is packed, above idle", f"{peak - idle:+.0f} MB ({idle:.0f} MB idle)", "flat"),
        ("Memory while it is downloaded, above idle", f"{serving - idle:+.0f} MB", "flat"),
        ("A gallery page while it is packed", slower, "no page waits"),
    ]


def fill(studio: Studio) -> None:
    """Takes and their videos, made by a process of its own with the studio's own models."""
    command = [sys.executable, "-m", "tests.bench.zips"]
    subprocess.run(command, cwd=ROOT, env={**studio.env, "DJANGO_SETTINGS_MODULE": "studio.settings"}, check=True)


def page(studio: Studio, browser: OpenerDirector) -> float:
    began = monotonic()
    browser.open(f"{studio.url}/generations/").read()
    return monotonic() - began


def ask(studio: Studio, browser: OpenerDirector) -> str:
    """Ask for all of them; where to look how far it is."""
    text = browser.open(f"{studio.url}/").read().decode()
    found = TOKEN.search(text)
    assert found, "the page has a token"
    data = urlencode({"action": "archive", "all": "1"}).encode()
    headers = {"X-CSRFToken": found[1], "HX-Request": "true"}
    answer = told(browser, Request(f"{studio.url}/selection/", data, headers))  # noqa: S310 - our own address
    number = ARCHIVE.search(answer)
    assert number, answer
    return f"{studio.url}/archives/{number[1]}/"


def told(browser: OpenerDirector, request: Request) -> str:
    return str(browser.open(request).read().decode())


def watch(studio: Studio, browser: OpenerDirector, archive: str) -> tuple[list[float], set[str], float]:
    """Until it is packed: how long pages took, which numbers were shown, and the most memory."""
    pages, seen, peak = [], set(), 0.0
    while True:
        text = told(browser, Request(archive, headers={"HX-Request": "true"}))  # noqa: S310 - our own address
        seen |= set(DONE.findall(text))
        assert 'data-status="failed"' not in text, text
        if 'data-status="ready"' in text:
            return pages or [page(studio, browser)], seen, peak
        pages.append(page(studio, browser))
        peak = max(peak, megabytes(studio.pid))
        sleep(0.05)


def download(studio: Studio, browser: OpenerDirector, archive: str, folder: Path) -> tuple[int, float]:
    """Bytes of the zip, whole and sound, and the most memory meanwhile."""
    peak, path = 0.0, folder / "all.zip"
    with browser.open(f"{archive}file/") as answer, path.open("wb") as file:
        number = 0
        while chunk := answer.read(1 << 20):
            file.write(chunk)
            number += 1
            peak = max(peak, megabytes(studio.pid)) if number % 50 == 0 else peak
    with zipfile.ZipFile(path) as packed:
        assert len(packed.namelist()) == VIDEOS + 2
        assert packed.testzip() is None
    return path.stat().st_size, peak


def make() -> None:
    """In the studio's data folder, while it runs."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.db import transaction
    from django.utils import timezone

    from studio.catalog.request import GenerationRequest
    from studio.generations.kept_video import KeptVideo
    from studio.generations.models import Generation
    from studio.middleware import local_user

    request = GenerationRequest.parse({"type": "text-to-video", "prompt": "A bay", "seed": 7})
    for number in range(VIDEOS):
        name = default_storage.save(f"videos/2026-11-22/{number:04}_bay.mp4", ContentFile(os.urandom(EACH)))
        with transaction.atomic():  # never to be sent: it is finished before anybody sees it
            (take,) = Generation.objects.enqueue(
                local_user(), Connection.named("sandbox"), [request], key="", digest=""
            )
            Generation.objects.filter(pk=take.pk).update(status="succeeded", keeping="kept", due_at=None)
            KeptVideo.objects.create(
                generation=take, name=name, content_type="video/mp4", sha256="0" * 64, bytes=EACH, width=1280,
                height=720, seconds=5, has_sound=True, kept_at=timezone.now(),
            )  # fmt: skip


if __name__ == "__main__":
    import logging

    import django

    django.setup()
    logging.disable(logging.INFO)
    make()

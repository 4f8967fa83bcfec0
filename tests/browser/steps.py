"""What a person does again and again, and what tests look at."""

from __future__ import annotations

import itertools
import random
import sqlite3
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from studio.gallery.folding import fold
from tests.browser.process import Studio

SOON = 60_000  # milliseconds: a test clip takes some seconds, on a busy machine some more
# The sandbox waits 4 to 9 seconds, as the seed says; these make it quick.
_quick = (seed for seed in itertools.count(1) if random.Random(seed).uniform(4, 9) < 4.3)


def asks(
    page: Page,
    prompt: str,
    *,
    seconds: float | None = None,
    takes: int = 1,
    seed: str | None = None,
    resolution: str = "480p",
) -> Locator:
    """Ask for takes; the newest card."""
    page.fill("#id_prompt", prompt)
    choose(page, resolution)
    if seconds is not None:
        page.fill("[name$=duration]", str(seconds))
    page.fill("#id_takes", str(takes))
    page.fill("#id_seed", str(next(_quick)) if seed is None else seed)
    before = page.locator(".take").count()
    page.click("#generate")
    expect(page.locator(".take")).to_have_count(before + takes)
    return card(page)


def choose(page: Page, words: str) -> None:
    page.locator(".choices label", has_text=words).click()


def switch(page: Page, mode: str) -> None:
    if page.locator(f"#composer[data-mode={mode}]").count():
        return
    page.click(f"#mode-{mode}")
    expect(page.locator(f"#composer[data-mode={mode}]")).to_be_visible()


def card(page: Page, number: int = 0) -> Locator:
    """A card by its place now, bound to its id: it stays the same when others come in above."""
    return page.locator("#" + str(page.locator(".take").nth(number).get_attribute("id")))


def number_of(card: Locator) -> int:
    return int(str(card.get_attribute("id")).removeprefix("generation-"))


def becomes(card: Locator, status: str) -> Locator:
    expect(card).to_have_attribute("data-status", status, timeout=SOON)
    return card


def ready(card: Locator) -> Locator:
    """The card's video, when it is there."""
    return becomes(card, "succeeded").locator("video")


def plays(video: Locator) -> None:
    """Hover over it, and see that time goes on."""
    video.locator("xpath=..").hover()
    goes_on(video)


def goes_on(video: Locator) -> None:
    """It is loaded, it plays, and time advances."""
    video.evaluate(
        """video => new Promise((resolve, reject) => {
             const from = video.currentTime;
             const look = () => video.readyState === 4 && Math.abs(video.currentTime - from) > 0.2 && resolve();
             video.addEventListener("timeupdate", look);
             setTimeout(() => reject(new Error(`stuck at ${video.currentTime}, ready ${video.readyState}`)), 10000);
           })"""
    )


def database(studio: Studio) -> sqlite3.Connection:
    connection = sqlite3.connect(Path(studio.data_dir) / "dailies.sqlite3", timeout=20)
    connection.create_function("dailies_fold", 1, fold, deterministic=True)  # which the triggers call
    connection.row_factory = sqlite3.Row
    return connection


def rows(studio: Studio, where: str = "1=1") -> list[sqlite3.Row]:
    """The stored takes, oldest first."""
    connection = database(studio)
    try:
        return connection.execute(f"SELECT * FROM studio_generation WHERE {where} ORDER BY id").fetchall()
    finally:
        connection.close()

"""What tests of the lightbox do again and again."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.kept import keep
from tests.browser.process import Studio
from tests.browser.steps import database

COUNT = 30
VIDEO = "#lightbox-video"


def with_thirty(studio: Studio) -> Studio:
    """30 kept takes, one of them upright; ids from 1."""
    sizes = {29: (180, 320)}
    keep(studio, *({"prompt": f"Shot of {n}", "size": sizes.get(n, (320, 180))} for n in range(1, COUNT + 1)))
    return studio


def stored(studio: Studio, number: int, column: str) -> object:
    connection = database(studio)
    try:
        return connection.execute(f"SELECT {column} FROM studio_generation WHERE id = ?", (number,)).fetchone()[0]
    finally:
        connection.close()


def becomes_stored(page: Page, studio: Studio, number: int, column: str, value: object) -> None:
    for _ in range(100):
        if stored(studio, number, column) == value:
            return
        page.wait_for_timeout(100)
    assert stored(studio, number, column) == value


def opened(page: Page, number: int) -> None:
    page.locator(f"#generation-{number}-play").focus()
    page.keyboard.press("Enter")
    shows(page, number)


def shows(page: Page, number: int) -> None:
    expect(page.get_by_role("dialog", name=f"Take {number}")).to_be_visible()


def now(page: Page) -> float:
    return page.locator(VIDEO).evaluate("v => v.currentTime")

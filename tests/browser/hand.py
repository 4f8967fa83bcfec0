"""A person's hand: a mouse comes along, rests and then presses; a finger is simply there.

Playwright's own `click()` presses the moment it arrives, and does not see what hovering brings up.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page

REST = 350  # milliseconds, longer than anything takes to come up


def middle(target: Locator) -> tuple[float, float]:
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box, "there is nothing to point at"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def hover(page: Page, target: Locator, rest: int = REST) -> tuple[float, float]:
    """Go there in steps, and rest."""
    x, y = middle(target)
    page.mouse.move(x - 40, y - 12)
    page.mouse.move(x, y, steps=5)
    page.wait_for_timeout(rest)
    return x, y


def press(page: Page, target: Locator) -> tuple[float, float]:
    """Hover over the card, go on to the button, and press what lies there then, whatever it is. Where that was."""
    take = target.locator("xpath=ancestor::article[1]")
    if take.count():
        hover(page, take.locator(".media, .facts").first)
    place = hover(page, target)
    press_again(page)
    return place


def press_again(page: Page) -> None:
    """Without having moved."""
    page.mouse.down()
    page.mouse.up()


def tap(page: Page, target: Locator) -> None:
    page.touchscreen.tap(*middle(target))


COVERED = (Path(__file__).parent / "covered.js").read_text(encoding="utf-8")


def covered(target: Locator) -> list[str]:
    """What lies over something that can be pressed or read in it, as it stands now."""
    found: list[str] = target.evaluate(COVERED)
    return found

"""Two to four takes side by side, in step, and one that is kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.kept import RATE, SECONDS, keep
from tests.browser.process import Studio
from tests.browser.steps import rows

Axe = Callable[[Page], list[str]]
TIMES = "[...document.querySelectorAll('.compare video')].map(one => one.currentTime)"
PAUSED = "[...document.querySelectorAll('.compare video')].map(one => one.paused)"
READY = "[...document.querySelectorAll('.compare video')].every(one => one.readyState > 2)"


@pytest.fixture(scope="module")
def full(shared_studio: Studio) -> Studio:
    """Takes 1 to 4, of which one is upright, and some more above them, so that the gallery can be scrolled."""
    keep(
        shared_studio,
        {"prompt": "A sea", "seed": 1},
        {"prompt": "A sea", "seed": 2},
        {"prompt": "A sea, upright", "seed": 2, "size": (180, 320)},
        {"prompt": "A sea", "seed": 2, "resolution": "720p"},
        *({"prompt": f"Filler {number}"} for number in range(20)),
    )
    return shared_studio


def apart(page: Page) -> float:
    times = page.evaluate(TIMES)
    return max(times) - min(times)


def opened(page: Page, studio: Studio, ids: str) -> None:
    page.goto(f"{studio.url}/compare/?ids={ids}")
    page.wait_for_function(f"() => {READY}")


def test_four_play_in_step_under_one_set_of_keys(full: Studio, page: Page) -> None:
    opened(page, full, "1,2,3,4")
    page.wait_for_function(f"() => {TIMES}[0] > 0.4")
    assert page.evaluate(PAUSED) == [False] * 4
    press = page.keyboard.press
    press("Space")
    page.wait_for_function(f"() => {PAUSED}.every(Boolean)")
    assert apart(page) < 1 / RATE
    at = page.evaluate(TIMES)[0]
    press(".")
    press(".")
    press(",")
    assert 0 < page.evaluate(TIMES)[0] - at < 1.1 / RATE
    assert apart(page) < 0.01
    page.locator(".seek").evaluate("one => { one.value = 2; one.dispatchEvent(new Event('input', {bubbles: true})); }")
    assert page.evaluate(TIMES) == pytest.approx([2, 2, 2, 2], abs=0.01)
    press("ArrowLeft")
    assert page.evaluate(TIMES) == pytest.approx([1, 1, 1, 1], abs=0.01)
    press("[")
    assert page.evaluate("[...document.querySelectorAll('.compare video')].map(one => one.playbackRate)") == [0.75] * 4
    # One that lags is brought back to the others.
    press("Space")
    page.locator("#compare-2 video").evaluate("one => { one.currentTime = 0.1; }")
    page.wait_for_function(f"() => Math.max(...{TIMES}) - Math.min(...{TIMES}) < 0.1")
    # At the end all begin again.
    page.wait_for_function(f"() => {TIMES}.every(one => one > {SECONDS - 0.6})")
    page.wait_for_function(f"() => {TIMES}.every(one => one < 1) && !{PAUSED}.some(Boolean)")


def test_each_keeps_its_shape_and_only_what_differs_is_told(full: Studio, page: Page) -> None:
    opened(page, full, "1,3")
    shapes = page.locator(".compare video").evaluate_all("all => all.map(one => one.videoWidth / one.videoHeight)")
    assert [round(one, 2) for one in shapes] == [1.78, 0.56]
    fits = page.locator(".compare video").evaluate_all("all => all.map(one => getComputedStyle(one).objectFit)")
    assert fits == ["contain"] * 2
    table = page.locator("table")
    expect(table.locator("tbody th")).to_have_text(["prompt", "shape", "seed", "credits"])
    expect(table.locator("tbody tr").first.locator("td")).to_have_text(["A sea", "A sea, upright"])
    opened(page, full, "2,4")
    expect(table.locator("tbody th")).to_have_text(["resolution", "credits"])


def test_from_the_selection_to_the_one_that_is_kept_and_back(full: Studio, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 600})
    page.goto(f"{full.url}/?q=sea")
    for number in (2, 1):
        page.locator(f"#generation-{number}-pick").check(force=True)
    page.locator(f"#generation-{1}-play").scroll_into_view_if_needed()
    at = page.evaluate("scrollY")
    page.keyboard.press("c")
    page.wait_for_url("**/compare/?ids=2,1")
    page.wait_for_function(f"() => {READY}")
    page.locator("#compare-1").get_by_role("button", name="Keep this one").click()
    page.wait_for_url("**/?q=sea")
    [kept] = rows(full, "id = 1")
    assert (kept["rating"], kept["favorite"]) == (5, 1)
    expect(page.locator("#generation-1 .rated")).to_be_visible()
    expect(page.locator("#bar")).to_be_hidden()
    page.wait_for_function(f"() => Math.abs(scrollY - {at}) < 120")
    opened(page, full, "2,4")
    page.keyboard.press("2")
    page.wait_for_url("**/?q=sea")
    assert [row["id"] for row in rows(full, "rating = 5")] == [1, 4]


@pytest.mark.parametrize(("scheme", "width", "ids"), [("dark", 1440, "1,2,3"), ("light", 390, "1,2,3,4")])
def test_it_shuts_nobody_out(
    scheme: str, width: int, ids: str, full: Studio, new_page: Callable[..., Page], axe: Axe
) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 844})
    opened(page, full, ids)
    assert all(page.evaluate(PAUSED)), "nothing moves by itself"
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(f"() => {TIMES}.every(one => one > 0.1)")
    page.get_by_role("button", name="Pause").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []


def test_too_few_are_said_in_words(full: Studio, page: Page) -> None:
    page.goto(f"{full.url}/compare/?ids=1")
    expect(page.get_by_role("alert")).to_contain_text("Choose 2 to 4 takes to compare.")

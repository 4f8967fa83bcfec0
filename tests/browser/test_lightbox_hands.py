"""The lightbox under fingers, in both lights and while takes come in; and the cards, by pointer and by keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import press
from tests.browser.kept import keep
from tests.browser.lightbox import VIDEO, becomes_stored, opened, shows, with_thirty
from tests.browser.process import Studio
from tests.browser.steps import SOON, asks, becomes, goes_on, number_of, ready

Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def full(shared_studio: Studio) -> Studio:
    return with_thirty(shared_studio)


@pytest.fixture
def gallery(full: Studio, page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(full.url)
    return page


def test_nothing_that_comes_in_disturbs_it(studio: Studio, page: Page) -> None:
    [kept] = keep(studio, {"prompt": "It plays on"})
    page.goto(studio.url)
    waiting = asks(page, "It waits", seconds=5)
    failing = asks(page, "It fails [fail]", seconds=5)
    opened(page, kept)
    goes_on(page.locator(VIDEO))
    page.locator(VIDEO).evaluate(
        "v => { v.stops = 0; for (const e of ['pause', 'emptied']) v.addEventListener(e, () => v.stops += 1); }"
    )
    becomes(failing, "failed")
    ready(waiting)
    shows(page, kept)
    goes_on(page.locator(VIDEO))
    assert page.locator(VIDEO).evaluate("v => v.stops") == 0
    page.keyboard.press("ArrowLeft")
    shows(page, number_of(waiting))
    goes_on(page.locator(VIDEO))
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#lightbox-story")).to_contain_text("flagged by the safety filter")
    page.keyboard.press("Escape")
    rendering = asks(page, "It becomes a video under one's eyes", seconds=5)
    opened(page, number_of(rendering))
    expect(page.locator("#lightbox-story")).to_be_visible()
    expect(page.locator(VIDEO)).to_be_visible(timeout=SOON)
    goes_on(page.locator(VIDEO))


def test_fingers_swipe_and_tap(full: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(full.url)
    page.locator("#generation-30-play").tap()
    shows(page, 30)
    hand = page.context.new_cdp_session(page)

    def swipe(from_x: int, to_x: int) -> None:
        hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": from_x, "y": 300}]})
        for step in range(1, 6):
            x = from_x + (to_x - from_x) * step / 5
            hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": 302}]})
        hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe(300, 80)
    shows(page, 29)
    swipe(80, 300)
    shows(page, 30)
    stage = page.locator("#lightbox-stage").bounding_box()
    assert stage
    page.touchscreen.tap(380, stage["y"] + stage["height"] / 2)
    shows(page, 29)
    goes_on(page.locator(VIDEO))
    page.touchscreen.tap(195, stage["y"] + stage["height"] / 2)
    assert page.locator(VIDEO).evaluate("v => v.paused")
    for name in ("#lightbox-favorite", "#lightbox-close", "#lightbox-info", "#lightbox-delete", "#lightbox .i-play"):
        target = page.locator(name).bounding_box()
        assert target
        assert min(target["width"], target["height"]) >= 40, name
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_shuts_nobody_out(scheme: str, full: Studio, new_page: Callable[..., Page], axe: Axe) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce", viewport={"width": 1440, "height": 900})
    page.goto(full.url)
    page.locator("#generation-29-media").hover()
    assert page.locator("#generation-29 video").evaluate("v => v.paused"), "nothing moves by itself"
    assert axe(page) == []
    opened(page, 29)
    assert page.locator(VIDEO).evaluate("v => v.paused")
    expect(page.locator("#lightbox-note")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert axe(page) == []


def test_a_card_plays_under_the_pointer_and_its_bar_scrubs(gallery: Page) -> None:
    media = gallery.locator("#generation-30-media")
    video = media.locator("video")
    media.hover()
    goes_on(video)
    place = media.bounding_box()
    assert place
    gallery.mouse.move(place["x"] + place["width"] * 0.75, place["y"] + place["height"] - 4)
    gallery.wait_for_function("v => Math.abs(v.currentTime - 2.25) < 0.1 && v.paused", arg=video.element_handle())
    gallery.mouse.move(place["x"] + place["width"] * 0.25, place["y"] + place["height"] - 4)
    gallery.wait_for_function("v => Math.abs(v.currentTime - 0.75) < 0.1", arg=video.element_handle())
    gallery.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    goes_on(video)


def test_keys_work_on_the_card_in_focus(gallery: Page, full: Studio) -> None:
    gallery.locator("#generation-30-play").focus()
    key = gallery.keyboard.press
    key("ArrowRight")
    expect(gallery.locator("#generation-29-play")).to_be_focused()
    columns = gallery.evaluate(
        "getComputedStyle(document.getElementById('takes')).gridTemplateColumns.split(' ').length"
    )
    key("ArrowDown")
    expect(gallery.locator(f"#generation-{29 - columns}-play")).to_be_focused()
    key("ArrowUp")
    expect(gallery.locator("#generation-29-play")).to_be_focused()
    key("f")
    key("2")
    becomes_stored(gallery, full, 29, "rating", 2)
    becomes_stored(gallery, full, 29, "favorite", 1)
    expect(gallery.locator("#generation-29-play")).to_be_focused()
    expect(gallery.locator("#generation-29 .rated")).to_contain_text("★★")
    star = gallery.locator("#generation-29-star-5")
    press(gallery, star)
    becomes_stored(gallery, full, 29, "rating", 5)
    press(gallery, star)
    becomes_stored(gallery, full, 29, "rating", 0)
    press(gallery, gallery.locator("#generation-29-favorite"))
    becomes_stored(gallery, full, 29, "favorite", 0)
    key("?")
    expect(gallery.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()

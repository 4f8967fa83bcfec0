"""One take at a time: everything by keys, by mouse and by touch, and the page behind stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.kept import RATE, SECONDS, keep
from tests.browser.process import Studio
from tests.browser.steps import SOON, asks, becomes, database, goes_on, number_of, ready

COUNT = 30
BOX, VIDEO = "#lightbox", "#lightbox-video"
Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def full(shared_studio: Studio) -> Studio:
    """30 kept takes, one of them upright; ids from 1."""
    takes = [{"prompt": f"Shot of {number}"} for number in range(1, COUNT + 1)]
    keep(shared_studio, *({**take, "size": (180, 320)} if take["prompt"].endswith("29") else take for take in takes))
    return shared_studio


@pytest.fixture
def gallery(full: Studio, page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(full.url)
    return page


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


def test_every_key(gallery: Page, full: Studio) -> None:
    gallery.locator("#generation-26-play").scroll_into_view_if_needed()
    at = gallery.evaluate("scrollY")
    opened(gallery, 28)
    goes_on(gallery.locator(VIDEO))
    press = gallery.keyboard.press
    press("Space")
    assert gallery.locator(VIDEO).evaluate("v => v.paused")
    press(".")
    before = now(gallery)
    press(".")
    assert now(gallery) - before == pytest.approx(1 / RATE, abs=0.002)
    press(",")
    assert now(gallery) == pytest.approx(before, abs=0.002)
    press("]")
    press("]")
    press("ArrowUp")
    press("[")
    assert gallery.locator(VIDEO).evaluate("v => v.playbackRate") == 1.5
    assert gallery.locator(VIDEO).evaluate("v => v.loop")
    press("l")
    assert not gallery.locator(VIDEO).evaluate("v => v.loop")
    muted = gallery.locator(VIDEO).evaluate("v => v.muted")
    press("m")
    assert gallery.locator(VIDEO).evaluate("v => v.muted") != muted
    press("f")
    expect(gallery.locator("#lightbox-favorite")).to_have_attribute("aria-pressed", "true")
    becomes_stored(gallery, full, 28, "favorite", 1)
    for key in "34":
        press(key)
    becomes_stored(gallery, full, 28, "rating", 4)
    press("ArrowRight")
    shows(gallery, 27)
    expect(gallery.locator("#announcer")).to_contain_text("Take 27: Ready, 4 of 24+. Shot of 27")
    press("5")
    press("ArrowLeft")
    shows(gallery, 28)
    becomes_stored(gallery, full, 27, "rating", 5)
    press("0")
    becomes_stored(gallery, full, 28, "rating", 0)
    press("x")
    expect(gallery.locator("#generation-28-pick")).to_be_checked()
    expect(gallery.locator("#lightbox-select")).to_have_attribute("aria-pressed", "true")
    press("x")
    expect(gallery.locator("#generation-28-pick")).not_to_be_checked()
    panel = gallery.locator("#lightbox-panel")
    expect(panel).to_contain_text("Shot of 28")
    press("i")
    expect(panel).to_be_hidden()
    with gallery.expect_download() as download:
        press("d")
    assert download.value.suggested_filename.endswith("_0028.mp4")
    press("?")
    expect(gallery.get_by_role("dialog", name="Keys")).to_be_visible()
    press("Escape")
    expect(gallery.locator("#keys")).to_be_hidden()
    shows(gallery, 28)
    press("Escape")
    expect(gallery.locator(BOX)).to_be_hidden()
    expect(gallery.locator("#generation-28-play")).to_be_focused()
    assert gallery.evaluate("scrollY") == at
    assert gallery.locator("#generation-28-favorite").get_attribute("aria-pressed") == "true"
    gallery.reload()
    opened(gallery, 28)
    assert gallery.locator(VIDEO).evaluate("v => [v.playbackRate, v.loop]") == [1.5, False]
    expect(gallery.locator("#lightbox-panel")).to_be_hidden()


def test_every_button(gallery: Page, full: Studio) -> None:
    gallery.locator("#generation-26-media").click(position={"x": 100, "y": 80})
    shows(gallery, 26)
    video = gallery.locator(VIDEO)
    goes_on(video)
    box = gallery.locator(BOX)
    gallery.locator("#lightbox-stage").click()
    assert video.evaluate("v => v.paused")
    box.get_by_role("button", name="Play", exact=True).click()
    goes_on(video)
    box.get_by_role("button", name="One frame on").click()
    assert video.evaluate("v => v.paused")
    box.get_by_role("button", name="One frame back").click()
    seek = box.get_by_label("Time", exact=True)
    place = seek.bounding_box()
    assert place
    gallery.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    assert now(gallery) == pytest.approx(SECONDS / 2, abs=0.15)
    box.get_by_label("Speed").select_option("0.5")
    assert video.evaluate("v => v.playbackRate") == 0.5
    box.get_by_role("button", name="Loop").click()
    box.get_by_role("button", name="Mute").click()
    box.get_by_role("button", name="Favourite").click()
    box.get_by_role("button", name="3 of 5").click()
    becomes_stored(gallery, full, 26, "rating", 3)
    becomes_stored(gallery, full, 26, "favorite", 1)
    gallery.locator("#lightbox-next").click()
    shows(gallery, 25)
    gallery.locator("#lightbox-previous").click()
    shows(gallery, 26)
    box.get_by_role("button", name="List of keys").click()
    gallery.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
    box.get_by_role("button", name="Select", exact=True).click()
    expect(gallery.locator("#generation-26-pick")).to_be_checked()
    box.get_by_role("button", name="Select", exact=True).click()
    with gallery.expect_download():
        box.get_by_role("link", name="Download").click()
    box.get_by_role("button", name="Close").click()
    expect(box).to_be_hidden()


def test_what_is_deleted_makes_room_for_the_next_and_comes_back_to_its_place(gallery: Page, full: Studio) -> None:
    order = "all => all.map(one => one.id)"
    before = gallery.locator(".take").evaluate_all(order)
    opened(gallery, 24)
    gallery.keyboard.press("Delete")
    shows(gallery, 23)
    expect(gallery.locator("#generation-24")).to_have_count(0)
    expect(gallery.locator("#toast")).to_contain_text("1 take")
    assert stored(full, 24, "deleted_at") is not None
    gallery.get_by_role("button", name="Undo").click()
    expect(gallery.locator("#generation-24")).to_have_count(1)
    becomes_stored(gallery, full, 24, "deleted_at", None)
    assert gallery.locator(".take").evaluate_all(order) == before
    gallery.locator("#lightbox-delete").click()
    shows(gallery, 22)
    expect(gallery.locator("#toast-act")).to_be_visible()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("z")
    expect(gallery.locator("#generation-23")).to_have_count(1)
    becomes_stored(gallery, full, 23, "deleted_at", None)
    assert gallery.locator(".take").evaluate_all(order) == before


def test_the_last_one_of_a_page_is_followed_by_the_next_page(gallery: Page) -> None:
    opened(gallery, 9)
    for number in (8, 7, 6, 5):
        gallery.keyboard.press("ArrowRight")
        shows(gallery, number)
    expect(gallery.locator(".take")).to_have_count(COUNT)
    gallery.keyboard.press("Escape")
    expect(gallery.locator("#generation-5-play")).to_be_focused()
    expect(gallery.locator("#generation-5-play")).to_be_in_viewport()


def test_what_is_written_beside_the_picture_is_kept_and_is_no_key(gallery: Page, full: Studio) -> None:
    gallery.set_viewport_size({"width": 1440, "height": 900})
    opened(gallery, 20)
    panel = gallery.locator("#lightbox-panel")
    if panel.is_hidden():
        gallery.keyboard.press("i")
    note = panel.get_by_label("Note")
    written = f"{note.input_value()}fox 5, delete"
    note.press("End")
    note.press_sequentially("fox 5, delete")
    gallery.keyboard.press("Escape")
    shows(gallery, 20)
    expect(gallery.locator("#announcer")).to_have_text("Saved")
    becomes_stored(gallery, full, 20, "note", written)
    assert stored(full, 20, "favorite") == 0
    panel.get_by_label("Tags").fill("night, wide")
    gallery.keyboard.press("Enter")
    panel.get_by_label("A new collection").fill("Scene 4")
    gallery.keyboard.press("Enter")
    expect(panel.get_by_label("Scene 4")).to_be_checked()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("ArrowRight")
    expect(panel.get_by_label("Scene 4")).not_to_be_checked()
    gallery.keyboard.press("ArrowLeft")
    expect(panel.get_by_label("Scene 4")).to_be_checked()
    expect(panel.get_by_label("Tags")).to_have_value("night, wide")
    expect(panel.get_by_label("Note")).to_have_value(written)


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
    press = gallery.keyboard.press
    press("ArrowRight")
    expect(gallery.locator("#generation-29-play")).to_be_focused()
    columns = gallery.evaluate(
        "getComputedStyle(document.getElementById('takes')).gridTemplateColumns.split(' ').length"
    )
    press("ArrowDown")
    expect(gallery.locator(f"#generation-{29 - columns}-play")).to_be_focused()
    press("ArrowUp")
    expect(gallery.locator("#generation-29-play")).to_be_focused()
    press("f")
    press("2")
    becomes_stored(gallery, full, 29, "rating", 2)
    becomes_stored(gallery, full, 29, "favorite", 1)
    expect(gallery.locator("#generation-29-play")).to_be_focused()
    expect(gallery.locator("#generation-29 .judged")).to_contain_text("★★")
    star = gallery.locator("#generation-29-star-5")
    star.click()
    becomes_stored(gallery, full, 29, "rating", 5)
    star.click()
    becomes_stored(gallery, full, 29, "rating", 0)
    gallery.locator("#generation-29-favorite").click()
    becomes_stored(gallery, full, 29, "favorite", 0)
    press("?")
    expect(gallery.get_by_role("dialog", name="Keys")).to_be_visible()

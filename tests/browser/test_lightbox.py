"""One take at a time: everything by keys and by buttons, and the page behind stays as it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.kept import RATE, SECONDS
from tests.browser.lightbox import COUNT, VIDEO, becomes_stored, now, opened, shows, stored, with_thirty
from tests.browser.process import Studio
from tests.browser.steps import goes_on

BOX = "#lightbox"


@pytest.fixture(scope="module")
def full(shared_studio: Studio) -> Studio:
    return with_thirty(shared_studio)


@pytest.fixture
def gallery(full: Studio, page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(full.url)
    return page


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
    expect(gallery.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
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
    box.get_by_role("button", name="One frame forward").click()
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
    box.get_by_role("button", name="Keyboard shortcuts").click()
    gallery.get_by_role("dialog", name="Keyboard shortcuts").get_by_role("button", name="Close").click()
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
    panel.get_by_label("New collection").fill("Scene 4")
    gallery.keyboard.press("Enter")
    expect(panel.get_by_label("Scene 4")).to_be_checked()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("ArrowRight")
    expect(panel.get_by_label("Scene 4")).not_to_be_checked()
    gallery.keyboard.press("ArrowLeft")
    expect(panel.get_by_label("Scene 4")).to_be_checked()
    expect(panel.get_by_label("Tags")).to_have_value("night, wide")
    expect(panel.get_by_label("Note")).to_have_value(written)


def test_what_is_still_being_saved_when_one_goes_on_is_saved_and_shown(gallery: Page, full: Studio) -> None:
    gallery.set_viewport_size({"width": 1440, "height": 900})
    held: list[Route] = []
    gallery.route("**/generations/18/note/", lambda route: held.append(route))
    opened(gallery, 18)
    panel = gallery.locator("#lightbox-panel")
    if panel.is_hidden():
        gallery.keyboard.press("i")
    panel.get_by_label("Note").fill("slow line")
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("ArrowRight")
    shows(gallery, 17)
    gallery.wait_for_timeout(500)
    for each in held:
        each.continue_()
    becomes_stored(gallery, full, 18, "note", "slow line")
    expect(panel.locator("form[action='/generations/17/note/']")).to_be_visible()
    expect(panel.get_by_label("Note")).to_have_value("")

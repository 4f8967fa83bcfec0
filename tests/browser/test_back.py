"""Back closes what was opened over the page, and leaves the studio only where nothing is open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import add_takes
from tests.browser.lightbox import opened, shows
from tests.browser.process import Studio
from tests.browser.steps import switch

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(scope="module")
def full(shared_studio: Studio) -> Studio:
    add_takes(shared_studio, [{"prompt": f"Take {number}", "status": "failed"} for number in range(40)])
    return shared_studio


@pytest.fixture
def gallery(full: Studio, page: Page) -> Page:
    """The studio, after another page."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{full.url}/trash/")
    page.goto(full.url)
    expect(page.locator("#takes > .take").first).to_be_visible()
    return page


def back(page: Page) -> None:
    page.evaluate("history.back()")


def settles(page: Page) -> None:
    page.wait_for_timeout(250)  # steps that the page takes by itself


def leaves(page: Page, full: Studio) -> None:
    """One more Back leads to the page before: no dead step is left."""
    settles(page)
    back(page)
    page.wait_for_url(f"{full.url}/trash/")


OPENS: dict[str, tuple[str, str]] = {
    "lightbox": ("#takes .take .play >> nth=2", "#lightbox"),
    "keys": ("", "#keys"),
    "filters": ("#filter-button", "#filter .panel"),
    "jobs": ("#jobs-tally", "#job-list"),
    "menu": ("#menu summary", "#menu .panel"),
    "earlier files": ("#earlier-image", "#earlier"),
}


def opens(page: Page, what: str) -> str:
    button, layer = OPENS[what]
    if what == "keys":
        page.locator("body").press("?")
    elif what == "earlier files":
        switch(page, "image-to-video")
        page.click(button)
    elif what == "lightbox":
        page.locator("#takes .take .play").nth(2).focus()
        page.keyboard.press("Enter")
    else:
        page.click(button)
    expect(page.locator(layer)).to_be_visible()
    settles(page)
    return layer


@pytest.mark.parametrize("what", OPENS)
def test_back_closes_it_and_forward_does_no_harm(gallery: Page, full: Studio, what: str) -> None:
    layer = opens(gallery, what)
    address = gallery.url
    back(gallery)
    expect(gallery.locator(layer)).to_be_hidden()
    assert gallery.url == address
    gallery.evaluate("history.forward()")
    settles(gallery)
    expect(gallery.locator(layer)).to_be_hidden()
    assert gallery.url == address
    if what == "earlier files":  # the mode is a step of its own
        back(gallery)
        expect(gallery.locator("#composer[data-mode=text-to-video]")).to_be_visible()
    leaves(gallery, full)


@pytest.mark.parametrize("what", ["lightbox", "keys", "filters", "earlier files"])
def test_closed_by_hand_it_leaves_no_dead_step(gallery: Page, full: Studio, what: str) -> None:
    for _ in range(2):
        layer = opens(gallery, what)
        gallery.keyboard.press("Escape")
        expect(gallery.locator(layer)).to_be_hidden()
        settles(gallery)
    if what == "earlier files":
        back(gallery)
        expect(gallery.locator("#composer[data-mode=text-to-video]")).to_be_visible()
    leaves(gallery, full)


def test_what_lies_over_the_lightbox_closes_first(gallery: Page, full: Studio) -> None:
    opened(gallery, 30)
    settles(gallery)
    gallery.keyboard.press("?")
    expect(gallery.locator("#keys")).to_be_visible()
    settles(gallery)
    back(gallery)
    expect(gallery.locator("#keys")).to_be_hidden()
    shows(gallery, 30)
    settles(gallery)
    back(gallery)
    expect(gallery.locator("#lightbox")).to_be_hidden()
    leaves(gallery, full)


def test_the_place_that_was_come_to_in_the_lightbox_stays_in_sight(gallery: Page, full: Studio) -> None:
    for way in ("back", "close"):
        gallery.evaluate("scrollTo(0, 0)")
        opened(gallery, 39)
        settles(gallery)
        for number in range(38, 20, -1):
            gallery.keyboard.press("ArrowRight")
            shows(gallery, number)
        if way == "back":
            back(gallery)
        else:
            gallery.click("#lightbox-close")
        expect(gallery.locator("#lightbox")).to_be_hidden()
        settles(gallery)
        expect(gallery.locator("#generation-21")).to_be_in_viewport()
        expect(gallery.locator("#generation-21-play")).to_be_focused()
    leaves(gallery, full)


def test_filters_that_are_set_in_the_panel_are_steps_and_the_panel_goes_with_them(gallery: Page, full: Studio) -> None:
    opens(gallery, "filters")
    gallery.select_option("#filter-type", "lipsync")
    gallery.wait_for_url("**type=lipsync**")
    expect(gallery.locator("#filter .panel")).to_be_visible()
    gallery.mouse.click(900, 700)
    expect(gallery.locator("#filter .panel")).to_be_hidden()
    settles(gallery)
    back(gallery)
    expect(gallery.locator("#takes > .take").first).to_be_visible()
    assert "type=" not in gallery.url
    gallery.evaluate("history.forward()")
    gallery.wait_for_url("**type=lipsync**")
    expect(gallery.locator("#empty-title")).to_have_text("Nothing matches.")
    settles(gallery)
    back(gallery)
    expect(gallery.locator("#takes > .take").first).to_be_visible()
    leaves(gallery, full)


def test_loaded_again_while_it_is_open_it_leaves_no_dead_step(gallery: Page, full: Studio) -> None:
    opened(gallery, 30)
    settles(gallery)
    gallery.reload()
    expect(gallery.locator("#takes > .take").first).to_be_visible()
    expect(gallery.locator("#lightbox")).to_be_hidden()
    leaves(gallery, full)


def test_a_link_beside_an_open_panel_leads_where_it_leads_and_back_leads_back(gallery: Page, full: Studio) -> None:
    opens(gallery, "jobs")
    gallery.locator("#generation-33-open").click()
    gallery.wait_for_url("**/generations/33/")
    back(gallery)
    expect(gallery.locator("#generation-33")).to_be_visible()
    expect(gallery.locator("#job-list")).to_be_hidden()
    leaves(gallery, full)


def test_a_link_within_it_leads_away_and_back_leads_to_the_gallery(gallery: Page, full: Studio) -> None:
    opens(gallery, "menu")
    gallery.locator("#menu a", has_text="Collections").click()
    gallery.wait_for_url("**/collections/")
    back(gallery)
    expect(gallery.locator("#takes > .take").first).to_be_visible()
    expect(gallery.locator("#menu .panel")).to_be_hidden()
    leaves(gallery, full)


def test_on_a_phone_back_closes_the_composer_and_what_was_typed_stays(
    full: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(**PHONE)
    page.goto(f"{full.url}/trash/")
    page.goto(full.url)
    page.tap("#new-take")
    expect(page.locator("#desk")).to_be_visible()
    page.fill("#id_prompt", "Typed on the phone")
    settles(page)
    back(page)
    expect(page.locator("#desk")).to_be_hidden()
    page.tap("#new-take")
    expect(page.locator("#id_prompt")).to_have_value("Typed on the phone")
    settles(page)
    switch(page, "control")
    settles(page)
    back(page)
    expect(page.locator("#desk")).to_be_hidden()
    page.tap("#new-take")
    expect(page.locator("#id_prompt")).to_have_value("Typed on the phone")
    page.locator("#desk .shut").tap()
    expect(page.locator("#desk")).to_be_hidden()
    leaves(page, full)


def test_on_a_phone_the_settings_of_a_take_stay_when_the_composer_is_closed(
    full: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(**PHONE)
    page.goto(f"{full.url}/trash/")
    page.goto(full.url)
    page.tap("#new-take")
    switch(page, "lipsync")
    page.locator("#desk .shut").tap()
    expect(page.locator("#desk")).to_be_hidden()
    settles(page)
    page.locator("#generation-40-same").evaluate("link => link.click()")
    expect(page.locator("#composer[data-mode=text-to-video]")).to_be_visible()
    expect(page.locator("#desk")).to_be_visible()
    settles(page)
    back(page)
    expect(page.locator("#desk")).to_be_hidden()
    settles(page)
    page.reload()
    page.tap("#new-take")
    expect(page.locator("#composer[data-mode=text-to-video]")).to_be_visible()

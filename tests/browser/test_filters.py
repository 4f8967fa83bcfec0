"""Finding takes: tabs, search and filters by mouse, by keyboard, by touch and without scripts; all in the address."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import add_takes
from tests.browser.process import Studio
from tests.browser.steps import database

Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def library(shared_studio: Studio) -> Studio:
    """30 takes, of every kind that the tests look for."""
    waves = [{"prompt": f"A grey wave number {n}", "resolution": "480p", "days_ago": 40} for n in range(20)]
    others = [
        {"prompt": "A red canoe on a lake", "resolution": "1080p", "rating": 5, "favorite": 1, "status": "succeeded"},
        {"prompt": "A red barn", "resolution": "1080p", "rating": 3, "status": "succeeded", "seconds": 10},
        {"prompt": "A blue canoe", "resolution": "720p", "type": "image-to-video", "status": "succeeded"},
        {"prompt": "A canoe at night", "aspect_ratio": "9:16", "status": "unconfirmed"},
        *({"prompt": f"A hill {n}", "resolution": "720p"} for n in range(6)),
    ]
    made = add_takes(shared_studio, [*waves, *others])
    with closing(database(shared_studio)) as connection, connection:
        owner = connection.execute("SELECT id FROM auth_user").fetchone()[0]
        for table in ("tag", "collection"):
            known = {"owner_id": owner, "name": "Boats", "key": "boats", "created_at": "2026-01-01 00:00:00"}
            columns = [row["name"] for row in connection.execute(f"PRAGMA table_info(studio_{table})")]
            columns = [name for name in columns if name in known]
            insert = f"INSERT INTO studio_{table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            pk = connection.execute(insert, [known[name] for name in columns]).lastrowid
            links = {"tag": "tagging", "collection": "membership"}[table]
            link = f"INSERT INTO studio_{links} (generation_id, {table}_id) VALUES (?, ?)"
            connection.executemany(link, [[made[number], pk] for number in (20, 22)])
    return shared_studio


@pytest.fixture
def gallery(page: Page, library: Studio) -> Page:
    page.goto(library.url)
    expect(page.locator(".take")).to_have_count(24)
    return page


def shows(page: Page, *prompts: str) -> None:
    expect(page.locator("#takes .take .line a")).to_have_text(list(prompts))


def test_filters_by_mouse_are_chips_and_a_step_of_the_history_each(gallery: Page, library: Studio) -> None:
    gallery.click("#filter-button")
    gallery.select_option("#filter-resolution", "1080p")
    shows(gallery, "A red barn", "A red canoe on a lake")
    expect(gallery).to_have_url(f"{library.url}/?resolution=1080p")
    gallery.select_option("#filter-rating", "5")
    shows(gallery, "A red canoe on a lake")
    gallery.keyboard.press("Escape")
    expect(gallery.locator("#filter .panel")).to_be_hidden()
    expect(gallery.locator("#filter-button")).to_have_attribute("data-count", "2")
    expect(gallery.locator(".chip")).to_have_count(2)
    gallery.click("#chip-resolution")
    shows(gallery, "A red canoe on a lake")
    expect(gallery.locator(".chip")).to_have_count(1)
    gallery.go_back()
    expect(gallery.locator(".chip")).to_have_count(2)
    expect(gallery.locator("#filter-resolution")).to_have_value("1080p")
    gallery.go_back()
    shows(gallery, "A red barn", "A red canoe on a lake")
    gallery.go_forward()
    shows(gallery, "A red canoe on a lake")
    gallery.reload()
    shows(gallery, "A red canoe on a lake")
    gallery.click("#clear")
    expect(gallery.locator(".take")).to_have_count(24)
    expect(gallery).to_have_url(f"{library.url}/")
    expect(gallery.locator("#composer")).to_be_visible()


@pytest.mark.parametrize(("field", "value", "found"), [
    ("type", "image-to-video", ["A blue canoe"]),
    ("aspect_ratio", "9:16", ["A canoe at night"]),
    ("seconds", "10", ["A red barn"]),
    ("tag", "boats", ["A blue canoe", "A red canoe on a lake"]),
    ("collection", "Boats", ["A blue canoe", "A red canoe on a lake"]),
    ("favorite", "", ["A red canoe on a lake"]),
])  # fmt: skip
def test_each_filter_finds_its_takes(field: str, value: str, found: list[str], gallery: Page) -> None:
    gallery.click("#filter-button")
    place = gallery.locator(f"#filter-{field}")
    if field == "favorite":
        place.check()
    elif field == "collection":
        expect(place.locator("option")).to_have_count(2)
        place.select_option(label=value)
    elif place.evaluate("one => one.tagName") == "SELECT":
        place.select_option(value)
    else:
        place.fill(value)
        place.press("Enter")
    shows(gallery, *found)
    gallery.reload()
    shows(gallery, *found)
    expect(gallery.locator("#composer")).to_have_attribute("data-mode", "text-to-video")


def test_dates_and_an_order(gallery: Page) -> None:
    gallery.select_option("#sort", "rating")
    expect(gallery.locator("#takes .take .line a").first).to_have_text("A red canoe on a lake")
    gallery.select_option("#sort", "oldest")
    expect(gallery.locator("#takes .take .line a").first).to_have_text("A grey wave number 0")
    gallery.click("#filter-button")
    gallery.fill("#filter-since", gallery.evaluate("new Date(Date.now() - 864e5 * 3).toISOString().slice(0, 10)"))
    gallery.press("#filter-since", "Enter")
    expect(gallery.locator(".take")).to_have_count(10)
    expect(gallery.locator("#takes .take .line a").first).to_have_text("A red canoe on a lake")


def test_typing_searches_by_keyboard_and_is_one_step_of_the_history(gallery: Page, library: Studio) -> None:
    gallery.keyboard.press("/")
    expect(gallery.locator("#search")).to_be_focused()
    gallery.keyboard.type("cano", delay=40)
    expect(gallery.locator(".take")).to_have_count(3)
    expect(gallery.locator("#search")).to_be_focused()
    gallery.keyboard.type("e -blue", delay=40)
    shows(gallery, "A canoe at night", "A red canoe on a lake")
    expect(gallery).to_have_url(re.compile(r"/\?q=canoe(\+|%20)-blue$"))
    expect(gallery.locator("#announcer")).to_have_text("2 takes")
    gallery.go_back()
    expect(gallery.locator(".take")).to_have_count(24)
    expect(gallery).to_have_url(f"{library.url}/")
    gallery.go_forward()
    shows(gallery, "A canoe at night", "A red canoe on a lake")
    expect(gallery.locator("#search")).to_have_value("canoe -blue")


def test_nothing_found_is_said_and_offers_a_way_out(gallery: Page) -> None:
    gallery.fill("#search", "no such thing")
    expect(gallery.locator("#empty-title")).to_have_text("Nothing matches.")
    expect(gallery.locator("#announcer")).to_have_text("Nothing matches.")
    gallery.get_by_role("link", name="Clear all filters").click()
    expect(gallery.locator(".take")).to_have_count(24)
    expect(gallery.locator("#search")).to_have_value("")


def test_tabs_have_counts_and_go_with_the_filters(gallery: Page, library: Studio) -> None:
    tabs = gallery.locator("#tabs a")
    expect(tabs).to_have_text(["All 30", "Running", "Done 3", "Failed 26", "Unconfirmed 1"])
    gallery.locator("#tab-done").focus()
    gallery.keyboard.press("Enter")
    shows(gallery, "A blue canoe", "A red barn", "A red canoe on a lake")
    expect(gallery.locator("#tab-done")).to_have_attribute("aria-current", "page")
    expect(gallery.locator("#tab-done")).to_be_focused()
    gallery.fill("#search", "red")
    shows(gallery, "A red barn", "A red canoe on a lake")
    expect(gallery).to_have_url(f"{library.url}/?q=red&status=done")
    gallery.click("#tab-unconfirmed")
    expect(gallery.locator("#empty-title")).to_have_text("Nothing matches.")
    gallery.click("#chip-q")
    shows(gallery, "A canoe at night")


def test_the_mode_of_the_composer_and_that_of_the_gallery_stay_apart(gallery: Page, library: Studio) -> None:
    gallery.click("#mode-lipsync")
    expect(gallery.locator("#composer[data-mode=lipsync]")).to_be_visible()
    gallery.click("#filter-button")
    gallery.select_option("#filter-type", "image-to-video")
    shows(gallery, "A blue canoe")
    gallery.keyboard.press("Escape")
    gallery.reload()
    shows(gallery, "A blue canoe")
    expect(gallery.locator("#composer[data-mode=lipsync]")).to_be_visible()
    gallery.click("#mode-control")
    expect(gallery.locator("#composer[data-mode=control]")).to_be_visible()
    gallery.reload()
    shows(gallery, "A blue canoe")
    expect(gallery.locator("#composer[data-mode=control]")).to_be_visible()


def test_without_scripts_it_is_a_form(library: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(library.url)
    page.fill("#search", "canoe")
    page.click("#filter-button")
    page.select_option("#filter-resolution", "1080p")
    page.click("#filter-show")
    shows(page, "A red canoe on a lake")
    page.click("#chip-q")
    shows(page, "A red barn", "A red canoe on a lake")
    page.click("#tab-unconfirmed")
    expect(page.locator("#empty-title")).to_be_visible()


def test_by_touch_the_filters_are_a_sheet(library: Studio, new_page: Callable[..., Page], axe: Axe) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce")
    page.goto(library.url)
    page.locator("#filter-button").tap()
    panel = page.locator("#filter .panel").bounding_box()
    assert panel
    assert round(panel["y"] + panel["height"]) == 844, "it stands at the lower edge"
    page.select_option("#filter-resolution", "1080p")
    shows(page, "A red barn", "A red canoe on a lake")
    assert axe(page) == []
    page.touchscreen.tap(195, 20)
    expect(page.locator("#filter .panel")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_back_to_a_page_from_the_middle_shows_that_page(gallery: Page, library: Studio) -> None:
    """Such an address is had from the way on, opened by itself."""
    middle = gallery.locator("#more").get_attribute("href")
    gallery.goto(f"{library.url}{middle}")
    expect(gallery.locator("#takes .take")).to_have_count(6)
    oldest = gallery.locator("#takes .take .line a").all_text_contents()
    gallery.click("#tab-done")
    expect(gallery.locator("#tab-done")).to_have_attribute("aria-current", "page")
    gallery.go_back()
    shows(gallery, *oldest)
    assert "before=" in gallery.url


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_nobody_is_shut_out(scheme: str, library: Studio, new_page: Callable[..., Page], axe: Axe) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{library.url}/generations/?q=red&resolution=1080p&status=done&sort=rating")
    page.click("#filter-button")
    expect(page.locator("#filter-collection option")).to_have_count(2)
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#filter-button")).to_be_focused()
    page.click("#jobs-tally")
    expect(page.locator("#job-list")).to_contain_text("A canoe at night")
    assert axe(page) == []
    page.click("#menu summary")
    expect(page.locator("#job-list")).to_be_hidden()
    assert axe(page) == []

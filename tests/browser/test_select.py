"""Many takes at once: selected by click, range, rectangle, key or filter, and what is done to them."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.kept import keep
from tests.browser.process import Studio
from tests.browser.steps import SOON, database, rows

COUNT = 30
Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def full(shared_studio: Studio) -> Studio:
    """30 kept takes, ids from 1; every tenth has a fox in it."""
    keep(shared_studio, *({"prompt": f"{'Fox' if n % 10 == 0 else 'Shot'} number {n}"} for n in range(1, COUNT + 1)))
    return shared_studio


@pytest.fixture
def gallery(full: Studio, page: Page) -> Page:
    with closing(database(full)) as connection, connection:  # a test that is run again may have been cut off before
        connection.execute("UPDATE studio_generation SET deleted_at = NULL WHERE deleted_at IS NOT NULL")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(full.url)
    return page


def pick(page: Page, number: int) -> Locator:
    return page.locator(f"#generation-{number}-pick")


def picked(page: Page) -> list[int]:
    return page.locator(".pick input:checked").evaluate_all("all => all.map(one => Number(one.value))")


def words(page: Page, text: str) -> None:
    expect(page.locator("#bar-words")).to_contain_text(text)


def middle(page: Page, number: int) -> tuple[float, float]:
    box = page.locator(f"#generation-{number}-media").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def stored(studio: Studio, where: str) -> list[int]:
    return [row["id"] for row in rows(studio, where)]


def test_by_clicks_and_ranges(gallery: Page) -> None:
    bar = gallery.get_by_role("region", name="Selected takes")
    expect(bar).to_be_hidden()
    gallery.locator("#generation-30-media").hover()
    pick(gallery, 30).check()
    words(gallery, "1 take")
    expect(bar.locator("#bar-compare")).not_to_have_attribute("href", re.compile("."))
    pick(gallery, 27).click(modifiers=["Shift"])
    assert picked(gallery) == [30, 29, 28, 27]
    words(gallery, "4 takes")
    words(gallery, "KB")
    expect(bar.locator("#bar-compare")).to_have_attribute("href", "/compare/?ids=30,29,28,27")
    gallery.locator("#generation-25-media").click(modifiers=["Control"])
    gallery.locator("#generation-23-media").click(modifiers=["Shift"])
    assert picked(gallery) == [30, 29, 28, 27, 25, 24, 23]
    expect(gallery.locator("#lightbox")).to_be_hidden()
    pick(gallery, 28).uncheck()
    words(gallery, "6 takes")
    gallery.locator("#more").scroll_into_view_if_needed()
    expect(gallery.locator(".take")).to_have_count(COUNT)
    assert picked(gallery) == [30, 29, 27, 25, 24, 23]
    pick(gallery, 2).check(force=True)
    gallery.reload()
    words(gallery, "7 takes")
    assert picked(gallery)[:6] == [30, 29, 27, 25, 24, 23], "by id, on whatever page they are"
    gallery.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    assert picked(gallery) == []


def test_by_keys_alone(gallery: Page) -> None:
    gallery.locator("#generation-30-play").focus()
    gallery.keyboard.press("x")
    for _ in range(2):
        gallery.keyboard.press("Shift+ArrowRight")
    assert picked(gallery) == [30, 29, 28]
    gallery.keyboard.press("x")
    assert picked(gallery) == [30, 29]
    gallery.keyboard.press("Tab")
    expect(pick(gallery, 28)).to_be_focused()
    gallery.keyboard.press("Space")
    assert picked(gallery) == [30, 29, 28]
    expect(gallery.locator("#announcer")).to_have_text("Take 28 selected, 3 in all")
    gallery.locator("#bar-clear").focus()
    gallery.keyboard.press("Enter")
    assert picked(gallery) == []


def test_by_a_rectangle(gallery: Page) -> None:
    day = gallery.locator(".day").first.bounding_box()
    assert day
    gallery.mouse.move(day["x"] + day["width"] - 6, day["y"] + day["height"] / 2)
    gallery.mouse.down()
    gallery.mouse.move(*middle(gallery, 29), steps=6)
    expect(gallery.locator(".lasso")).to_be_visible()
    gallery.mouse.up()
    expect(gallery.locator(".lasso")).to_have_count(0)
    first = picked(gallery)
    assert 29 in first
    assert 30 not in first
    expect(gallery.locator("#lightbox")).to_be_hidden()
    x, y = middle(gallery, 30)  # once something is selected, from anywhere
    gallery.mouse.move(x, y)
    gallery.mouse.down()
    gallery.mouse.move(x + 20, y + 10, steps=3)
    gallery.mouse.up()
    assert picked(gallery) == [30, *first]
    expect(gallery.locator("#lightbox")).to_be_hidden()
    gallery.keyboard.press("Escape")
    gallery.keyboard.down("Alt")
    gallery.mouse.move(x, y)
    gallery.mouse.down()
    gallery.mouse.move(x + 20, y + 10, steps=3)
    gallery.mouse.up()
    gallery.keyboard.up("Alt")
    assert picked(gallery) == [30]
    gallery.keyboard.press("Escape")
    gallery.mouse.click(x, y)
    expect(gallery.locator("#lightbox")).to_be_visible()


def test_what_is_done_to_them(gallery: Page, full: Studio) -> None:
    pick(gallery, 19).check(force=True)
    pick(gallery, 17).check(force=True)
    gallery.get_by_role("button", name="Favourite all").click()
    expect(gallery.locator("#toast")).to_contain_text("2 takes marked as favourite.")
    expect(gallery.locator("#generation-19-favorite")).to_have_attribute("aria-pressed", "true")
    gallery.get_by_role("button", name="Rate all 4 of 5").click()
    expect(gallery.locator("#toast")).to_contain_text("2 takes rated 4.")
    assert stored(full, "favorite AND rating = 4") == [17, 19]
    assert picked(gallery) == [19, 17], "they stay selected"
    gallery.locator("#bar-tag summary").click()
    gallery.get_by_label("Tags, separated by commas").fill("rain, night")
    gallery.keyboard.press("Enter")
    expect(gallery.locator("#toast")).to_contain_text("2 takes tagged rain, night.")
    expect(gallery.locator("#bar-tag form")).to_be_hidden()
    gallery.locator("#bar-collect summary").click()
    gallery.get_by_label("Collection, existing or new").fill("Shortlist")
    gallery.get_by_role("button", name="Add", exact=True).click()
    expect(gallery.locator("#toast")).to_contain_text("2 takes put into “Shortlist”.")
    connection = database(full)
    for table in ("tagging", "membership"):
        sql = f"SELECT generation_id FROM studio_{table} GROUP BY 1 ORDER BY 1"
        assert [row[0] for row in connection.execute(sql)] == [17, 19]
    connection.close()
    with gallery.expect_download() as csv:
        gallery.get_by_role("button", name="CSV").click()
    assert csv.value.path().read_text().count("\n") == 3
    with gallery.expect_download() as listed:
        gallery.get_by_role("button", name="JSON").click()
    assert len(json.loads(listed.value.path().read_text())) == 2
    with gallery.expect_download(timeout=SOON) as packed:
        gallery.get_by_role("button", name="Download zip").click()
    names = zipfile.ZipFile(packed.value.path()).namelist()
    assert sum(name.endswith(".mp4") for name in names) == 2
    assert "metadata.json" in "".join(names)


def test_deleting_many_and_thinking_again(gallery: Page, full: Studio) -> None:
    before = gallery.locator(".take").evaluate_all("all => all.map(one => one.id)")
    for number in (14, 13, 12):
        pick(gallery, number).check(force=True)
    gallery.locator("#bar-delete").click()
    expect(gallery.locator("#toast")).to_contain_text("3 takes")
    expect(gallery.locator(".take")).to_have_count(len(before) - 3)
    expect(gallery.locator("#bar")).to_be_hidden()
    assert stored(full, "deleted_at IS NOT NULL") == [12, 13, 14]
    gallery.get_by_role("button", name="Undo").click()
    expect(gallery.locator("#announcer")).to_have_text("Back again")
    assert gallery.locator(".take").evaluate_all("all => all.map(one => one.id)") == before
    assert stored(full, "deleted_at IS NOT NULL") == []


def test_all_that_match_the_filter(gallery: Page, full: Studio) -> None:
    gallery.goto(f"{full.url}/?q=fox")
    expect(gallery.locator(".take")).to_have_count(3)
    pick(gallery, 30).check(force=True)
    gallery.get_by_role("button", name="Select all that match").click()
    words(gallery, "3 takes")
    gallery.get_by_role("button", name="Rate all 2 of 5").click()
    expect(gallery.locator("#toast")).to_contain_text("3 takes rated 2.")
    assert stored(full, "rating = 2") == [10, 20, 30]
    gallery.goto(full.url)
    pick(gallery, 30).check(force=True)
    gallery.get_by_role("button", name="Select all that match").click()
    words(gallery, f"{COUNT} takes")
    gallery.locator("#more").scroll_into_view_if_needed()
    expect(gallery.locator(".take")).to_have_count(COUNT)
    assert len(picked(gallery)) == COUNT


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1440), ("light", 390)])
def test_it_shuts_nobody_out(scheme: str, width: int, full: Studio, new_page: Callable[..., Page], axe: Axe) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 844})
    page.goto(full.url)
    pick(page, 29).check(force=True)
    pick(page, 30).check(force=True)
    words(page, "2 takes")
    page.locator("#bar-tag summary").click()
    expect(page.get_by_label("Tags, separated by commas")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []

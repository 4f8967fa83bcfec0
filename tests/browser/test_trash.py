"""Nothing is lost by a slip: the trash, and the collections that takes stay in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import add_takes
from tests.browser.process import Studio
from tests.browser.steps import rows

Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def furnished(shared_studio: Studio) -> Studio:
    add_takes(shared_studio, [{"prompt": f"Take of {n}"} for n in range(4)])
    return shared_studio


def test_a_take_goes_from_its_page_and_comes_back(furnished: Studio, page: Page) -> None:
    page.goto(f"{furnished.url}/generations/1/")
    page.locator("#generation-1-delete").press("Enter")
    expect(page.locator("#record")).to_contain_text("In the trash since")
    page.goto(f"{furnished.url}/trash/")
    expect(page.locator(".take")).to_have_count(1)
    expect(page.locator(".take")).to_contain_text("30 days left")
    page.get_by_role("button", name="Restore take 1").click()
    expect(page.locator(".take")).to_have_count(0)
    assert rows(furnished, "id = 1")[0]["deleted_at"] is None


def test_the_trash_is_emptied_only_after_a_question(furnished: Studio, page: Page) -> None:
    page.goto(f"{furnished.url}/generations/2/")
    page.click("#generation-2-delete")
    expect(page.locator("#record")).to_contain_text("In the trash since")
    page.goto(f"{furnished.url}/trash/")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.click("#empty-trash")
    assert asked
    assert asked[0].startswith("Delete 1 take")
    expect(page.locator(".take")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#empty-trash")
    expect(page.locator(".take")).to_have_count(0)
    expect(page.locator(".page-words")).to_contain_text("The trash has been emptied.")


def test_collections_are_made_renamed_and_deleted_by_keyboard(furnished: Studio, page: Page) -> None:
    page.goto(f"{furnished.url}/collections/")
    page.fill("#new-collection", "Opening")
    page.keyboard.press("Enter")
    shelf = page.locator(".collections li")
    expect(shelf.locator(".name")).to_have_text("Opening")
    expect(shelf).to_contain_text("0 takes · 0 credits")
    page.fill("#new-collection", "opening")
    page.keyboard.press("Enter")
    expect(page.locator("#collections-problem")).to_contain_text("There is a collection")
    name = shelf.get_by_label("Name of Opening")
    name.fill("The ending")
    name.press("Enter")
    expect(shelf.locator(".name")).to_have_text("The ending")
    shelf.locator(".name").click()
    expect(page.locator(".chip")).to_contain_text("The ending")
    page.goto(f"{furnished.url}/collections/")
    page.once("dialog", lambda dialog: dialog.accept())
    shelf.get_by_role("button", name="Delete").click()
    expect(shelf).to_have_count(0)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nobody_is_shut_out(
    scheme: str, width: int, furnished: Studio, new_page: Callable[..., Page], axe: Axe
) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 800})
    page.goto(f"{furnished.url}/generations/3/")
    if page.locator("#generation-3-delete").is_visible():
        page.click("#generation-3-delete")
        expect(page.locator("#record")).to_contain_text("In the trash since")
    page.goto(f"{furnished.url}/collections/")
    page.fill("#new-collection", f"{scheme} {width}")
    page.click("#make-collection")
    expect(page.locator(".collections .name", has_text=f"{scheme} {width}")).to_be_visible()
    for path in ("/trash/", "/collections/"):
        page.goto(furnished.url + path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

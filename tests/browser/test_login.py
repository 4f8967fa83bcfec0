"""With STUDIO_PASSWORD there is one door, and it can be locked again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import asks, becomes

PASSWORD = "twelve letters and more"  # noqa: S105 - a test's own


@pytest.fixture(scope="module")
def locked(shared_studio: Studio) -> Studio:
    shared_studio.restart(STUDIO_PASSWORD=PASSWORD)
    return shared_studio


def log_in(page: Page, password: str = PASSWORD) -> None:
    page.fill("#id_password", password)
    page.get_by_role("button", name="Log in").click()


def test_the_password_opens_the_studio_and_logging_out_closes_it(locked: Studio, page: Page) -> None:
    page.goto(f"{locked.url}/?type=lipsync")
    expect(page.locator("#id_password")).to_be_focused()
    log_in(page)
    expect(page.locator("#composer[data-mode=lipsync]")).to_be_visible()
    page.locator("#menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#id_password")).to_be_visible()
    page.goto(locked.url)
    expect(page.locator("#id_password")).to_be_visible()


def test_a_wrong_password_is_said_so(locked: Studio, page: Page) -> None:
    page.goto(locked.url)
    log_in(page, "not the password")
    expect(page.locator("#login-error")).to_have_text("That is not the password. Try again.")
    log_in(page)
    expect(page.locator("#composer")).to_be_visible()


def test_behind_the_door_takes_are_made_as_ever(locked: Studio, page: Page) -> None:
    page.goto(locked.url)
    log_in(page)
    becomes(asks(page, "Behind the door [refuse]", seconds=5), "failed")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_nothing_shuts_anybody_out_of_the_login_page(
    scheme: str, locked: Studio, new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    page = new_page(color_scheme=scheme)
    page.goto(locked.url)
    assert axe(page) == []
    if scheme == "dark":  # five tries a minute are all that one gets
        log_in(page, "not the password")
        expect(page.locator("#login-error")).to_be_visible()
        assert axe(page) == []
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_too_many_tries_are_slowed_down(studio: Studio, page: Page, allowed_errors: list[str]) -> None:
    allowed_errors.append("status of 429")
    studio.restart(STUDIO_PASSWORD=PASSWORD)
    page.goto(studio.url)
    for _ in range(6):
        log_in(page, "a wrong guess")
    expect(page.locator("#login-error")).to_contain_text("Too many tries")

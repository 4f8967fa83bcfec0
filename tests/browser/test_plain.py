"""Without JavaScript everything works, only less quickly."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import SOON, rows


@pytest.fixture
def plain(new_page: Callable[..., Page], shared_studio: Studio) -> Page:
    page = new_page(java_script_enabled=False)
    page.goto(shared_studio.url)
    return page


def ask(page: Page, prompt: str) -> None:
    page.fill("#id_prompt", prompt)
    page.locator(".choices label", has_text="480p").click()
    page.fill("#id_seed", "12")
    page.click("#generate")


def test_a_form_leads_to_the_take_s_page_which_reloads_itself_until_the_video_is_there(
    plain: Page, shared_studio: Studio
) -> None:
    ask(plain, "Without scripts [slow]")
    plain.wait_for_url("**/generations/*/")
    expect(plain.locator(".status")).to_contain_text("Rendering", timeout=SOON)
    expect(plain.locator("video[controls]")).to_be_visible(timeout=SOON)
    assert plain.locator("meta[http-equiv=refresh]").count() == 0
    plain.get_by_role("link", name="All takes").click()
    expect(plain.locator(".take", has_text="Without scripts")).to_have_count(1)


def test_what_is_wrong_stands_beside_the_fields(plain: Page, shared_studio: Studio) -> None:
    plain.get_by_role("link", name="Control", exact=True).click()
    plain.wait_for_url("**mode=control")
    plain.fill("#id_prompt", "Kept")
    plain.fill("#id_video_duration", "30")
    plain.click("#generate")
    expect(plain.locator("#video-error")).to_contain_text("Paste a link to the video.")
    expect(plain.locator("#video_duration-error")).to_contain_text("5 to 20 seconds; this is 30")
    expect(plain.locator("#id_prompt")).to_have_value("Kept")
    expect(plain.locator("#id_video_duration")).to_have_value("30")


def test_an_unconfirmed_take_can_be_resolved(plain: Page) -> None:
    ask(plain, "Plainly unconfirmed [reset]")
    expect(plain.locator(".status")).to_have_text("Unconfirmed", timeout=SOON)
    plain.get_by_role("button", name="It never arrived").click()
    expect(plain.locator(".status")).to_have_text("Never arrived")


def test_a_queued_take_can_be_canceled(studio: Studio, new_page: Callable[..., Page]) -> None:
    studio.restart(LTX2_MAX_RUNNING="1")
    page = new_page(java_script_enabled=False)
    for prompt in ("First [late]", "Second"):
        page.goto(studio.url)
        ask(page, prompt)
    expect(page.locator(".status")).to_contain_text("Queued")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".status")).to_have_text("Canceled")
    assert rows(studio)[-1]["status"] == "canceled"


def test_no_page_has_inline_styles_or_handlers(plain: Page, shared_studio: Studio, allowed_errors: list[str]) -> None:
    allowed_errors.append("status of 404")
    for path in ("/", "/?type=lipsync", "/generations/", "/generations/1/", "/compose/control/", "/nowhere"):
        plain.goto(shared_studio.url + path)
        inline = plain.locator("[style], style, script:not([src]), [onclick], [onload], [onerror], [hx-on]").count()
        assert inline == 0, path

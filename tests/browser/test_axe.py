"""axe-core finds nothing that would shut somebody out, in any state, in either light."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import asks, becomes, number_of, switch

Axe = Callable[[Page], list[str]]
STATES = {
    "failed": "[fail]", "unconfirmed": "[reset]", "running": "[late]", "succeeded": "", "queued": "[broke]",
}  # fmt: skip


@pytest.fixture(scope="module")
def takes(shared_studio: Studio, browser: object) -> dict[str, int]:
    """A take in each state, by number."""
    page = browser.new_page()  # type: ignore[attr-defined]
    page.set_default_timeout(10_000)
    page.goto(shared_studio.url)
    cards = {}
    for status, word in STATES.items():
        if status == "queued":
            for done in cards:
                becomes(cards[done], done)
        cards[status] = asks(page, f"A knight in the rain {word}", seconds=5)
    becomes(cards["queued"], "queued")
    expect(page.locator("#send-held")).to_be_visible()
    numbers = {status: number_of(card) for status, card in cards.items()}
    page.close()
    return numbers


@pytest.fixture(params=["dark", "light"])
def lit(request: pytest.FixtureRequest, new_page: Callable[..., Page]) -> Page:
    return new_page(color_scheme=request.param, reduced_motion="reduce")


def test_an_empty_studio(lit: Page, axe: Axe, empty_studio: Studio) -> None:
    lit.goto(empty_studio.url)
    expect(lit.locator("#empty")).to_be_visible()
    assert axe(lit) == []


@pytest.mark.parametrize("mode", ["text-to-video", "image-to-video", "lipsync", "control"])
def test_each_mode_with_its_errors(mode: str, lit: Page, axe: Axe, shared_studio: Studio) -> None:
    lit.goto(shared_studio.url)
    switch(lit, mode)
    lit.fill("[name$=duration]", "30")
    lit.fill("#id_seed", "none")
    lit.fill("#id_takes", "9")
    if mode == "lipsync":
        lit.check("#id_send_image")
    lit.click("#basis summary")
    lit.click("#generate")
    expect(lit.locator("#seed-error")).to_be_visible()
    expect(lit.locator("#takes-error")).to_be_visible()
    assert axe(lit) == []


def test_a_mixed_gallery(lit: Page, axe: Axe, shared_studio: Studio, takes: dict[str, int]) -> None:
    lit.goto(shared_studio.url)
    expect(lit.locator(".take")).to_have_count(len(takes))
    assert axe(lit) == []
    lit.locator(".take[data-status=succeeded]").hover()
    expect(lit.locator(".take[data-status=succeeded] .actions")).to_have_css("opacity", "1")
    assert axe(lit) == []


def test_the_page_of_a_take_in_each_state(lit: Page, axe: Axe, shared_studio: Studio, takes: dict[str, int]) -> None:
    for status, number in takes.items():
        lit.goto(f"{shared_studio.url}/generations/{number}/")
        lit.click("#wire summary")
        expect(lit.locator("#curl")).to_be_visible()
        assert axe(lit) == [], status


def test_a_page_that_is_not_there(lit: Page, axe: Axe, shared_studio: Studio, allowed_errors: list[str]) -> None:
    allowed_errors.append("status of 404")
    lit.goto(f"{shared_studio.url}/nowhere/")
    assert axe(lit) == []

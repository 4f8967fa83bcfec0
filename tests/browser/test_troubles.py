"""What does not come: failed, refused, held, canceled, late and lost takes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import SOON, asks, becomes, card, ready, rows


@pytest.fixture
def gallery(page: Page, shared_studio: Studio) -> Page:
    page.goto(shared_studio.url)
    return page


def test_a_failed_take_says_why_in_full(gallery: Page) -> None:
    take = becomes(asks(gallery, "A knight [fail]", seconds=5), "failed")
    expect(take.locator(".reason")).to_contain_text("Please adjust the prompt and try again.")
    gallery.mouse.move(0, 0)
    expect(take.locator(".reason")).to_be_visible()


def test_a_refused_take_says_why_and_that_it_is_not_charged(gallery: Page, shared_studio: Studio) -> None:
    take = becomes(asks(gallery, "A knight [refuse]", seconds=5), "failed")
    expect(take.locator(".reason")).to_contain_text("this prompt was refused")
    assert rows(shared_studio)[-1]["charged"] == "no"


def test_a_busy_provider_is_asked_again_by_itself(gallery: Page) -> None:
    take = asks(gallery, "A knight [busy]", seconds=5)
    expect(take.locator(".story")).to_contain_text("We keep trying.")
    ready(take)


def test_a_take_that_is_never_done_runs_on_with_a_clock(gallery: Page) -> None:
    take = becomes(asks(gallery, "A knight [late]", seconds=5), "running")
    expect(take.locator(".status")).to_contain_text(re.compile(r"Rendering\s+· 0:0[2-9]\s+· usually a few seconds"))
    take.hover()
    expect(take.locator(".story")).to_contain_text("You can close this tab; keep this computer awake.")
    expect(take.locator(".story")).to_contain_text("Once sent, a take cannot be stopped.")
    expect(take.get_by_role("button", name="Give up")).to_have_count(0)


def test_a_take_without_a_link_is_late_and_can_be_given_up(gallery: Page) -> None:
    take = asks(gallery, "A knight [nolink]", seconds=5)
    expect(take.locator(".status")).to_contain_text("Late", timeout=SOON)
    expect(take.locator(".story")).to_contain_text("holds no link that we know")
    take.get_by_role("button", name="Give up").click()
    becomes(take, "closed")


def test_a_take_that_the_provider_does_not_know_is_lost_and_can_be_given_up(gallery: Page) -> None:
    take = asks(gallery, "A knight [lost]", seconds=5)
    expect(take.locator(".status")).to_contain_text("Lost", timeout=SOON)
    expect(take.locator(".story")).to_contain_text("We keep asking.")
    take.get_by_role("button", name="Give up").click()
    becomes(take, "closed")


def test_without_credits_takes_are_held_until_a_click(studio: Studio, page: Page) -> None:
    page.goto(studio.url)
    held = asks(page, "A knight [broke]", seconds=5)
    expect(held.locator(".status")).to_have_text("Held")
    expect(page.locator("#notice")).to_contain_text("Credits used up.")
    other = asks(page, "A squire", seconds=5)
    expect(other.locator(".status")).to_have_text("Held")
    expect(page.locator("#send-held")).to_have_text("Send 2 held takes · free")
    held.get_by_role("button", name="Cancel").click()
    becomes(held, "canceled")
    expect(page.locator("#send-held")).to_have_text("Send 1 held take · free")
    page.click("#send-held")
    ready(other)
    expect(page.locator("#notice")).to_be_empty()

    again = asks(page, "Another knight [broke]", seconds=5, takes=2)
    expect(page.locator("#send-held")).to_have_text("Send 2 held takes · free")
    page.click("#cancel-held")
    becomes(again, "canceled")
    becomes(card(page, 1), "canceled")
    expect(page.locator("#send-held")).to_have_count(0)
    assert [row["status"] for row in rows(studio)] == ["canceled", "succeeded", "canceled", "canceled"]


def test_a_queued_take_can_be_canceled(studio: Studio, page: Page) -> None:
    studio.restart(LTX2_MAX_RUNNING="1")
    page.goto(studio.url)
    becomes(asks(page, "First [late]", seconds=5), "running")
    queued = becomes(asks(page, "Second", seconds=5), "queued")
    expect(queued.locator(".status")).to_contain_text(re.compile(r"Queued\s+· 0:0\d"))
    queued.get_by_role("button", name="Cancel").click()
    becomes(queued, "canceled")
    expect(queued.get_by_role("button", name="Cancel")).to_have_count(0)
    assert [row["status"] for row in rows(studio)] == ["running", "canceled"]
    expect(page.locator("#today")).to_contain_text("1 test take, free")

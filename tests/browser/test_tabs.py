"""Two tabs, two drafts: what is typed in one is never in the other, and what is in a form moves along with its mode."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import press
from tests.browser.process import Studio
from tests.browser.steps import asks, choose, number_of, rows, switch


@pytest.fixture
def first(page: Page, shared_studio: Studio) -> Page:
    page.goto(shared_studio.url)
    return page


def type_in(page: Page, prompt: str, takes: str, seed: str) -> None:
    page.fill("#id_prompt", prompt)
    page.fill("#id_takes", takes)
    page.fill("#id_seed", seed)


def holds(page: Page, prompt: str, takes: str, seed: str) -> None:
    expect(page.locator("#id_prompt")).to_have_value(prompt)
    expect(page.locator("#id_takes")).to_have_value(takes)
    expect(page.locator("#id_seed")).to_have_value(seed)


def test_two_tabs_never_mix(first: Page, shared_studio: Studio) -> None:
    second = first.context.new_page()
    second.goto(shared_studio.url)
    type_in(first, "Of the first", "2", "11")
    type_in(second, "Of the second", "8", "22")
    choose(second, "1080p")
    switch(first, "image-to-video")
    holds(first, "Of the first", "2", "11")
    expect(first.locator("[name=resolution][value='720p']")).to_be_checked()
    second.fill("#id_prompt", "Of the second, later")
    first.reload()
    expect(first.locator("#composer[data-mode=image-to-video]")).to_be_visible()
    holds(first, "Of the first", "2", "11")
    first.go_back()
    expect(first.locator("#composer[data-mode=text-to-video]")).to_be_visible()
    holds(first, "Of the first", "2", "11")
    second.reload()
    holds(second, "Of the second, later", "8", "22")


def test_a_tab_that_nobody_typed_in_takes_nothing_from_another(first: Page, shared_studio: Studio) -> None:
    second = first.context.new_page()
    second.goto(shared_studio.url)
    type_in(second, "Typed elsewhere", "8", "3")
    switch(first, "control")
    holds(first, "", "1", "")
    first.reload()
    expect(first.locator("#composer[data-mode=control]")).to_be_visible()
    holds(first, "", "1", "")


def test_a_new_tab_begins_with_what_was_typed_last(first: Page, shared_studio: Studio) -> None:
    type_in(first, "Typed last", "3", "5")
    new = first.context.new_page()
    new.goto(shared_studio.url)
    holds(new, "Typed last", "3", "5")
    expect(new.locator("#generate")).to_contain_text("3 test clips")


@pytest.mark.parametrize("way", ["composer", "page"])
def test_the_settings_of_a_take_move_along_with_the_mode(first: Page, shared_studio: Studio, way: str) -> None:
    take = number_of(asks(first, f"A take by the {way} [late]", seconds=10, seed="77", resolution="1080p"))
    type_in(first, "An old draft", "8", "")
    choose(first, "480p")
    if way == "page":
        first.goto(f"{shared_studio.url}/generations/{take}/")
        first.click("#detail-same")
    else:
        press(first, first.locator(f"#generation-{take}-same"))
    holds(first, f"A take by the {way} [late]", "1", "77")
    for mode in ("image-to-video", "lipsync", "control", "text-to-video"):
        switch(first, mode)
        holds(first, f"A take by the {way} [late]", "1", "77")
        expect(first.locator("[name=resolution][value='1080p']")).to_be_checked()
    expect(first.locator("#id_duration")).to_have_value("10")
    first.fill("#id_prompt", "Edited since")
    first.reload()
    holds(first, "Edited since", "1", "77")


def test_what_was_edited_in_a_takes_settings_outlives_a_reload(first: Page, shared_studio: Studio) -> None:
    take = number_of(asks(first, "To be edited [late]", seconds=5, seed="78"))
    first.goto(f"{shared_studio.url}/?from={take}")
    holds(first, "To be edited [late]", "1", "78")
    first.fill("#id_prompt", "Edited, then reloaded")
    first.reload()
    holds(first, "Edited, then reloaded", "1", "78")
    assert first.locator("[name=parent]").input_value() == str(take)


def test_a_duplicated_tab_has_the_draft_and_a_key_of_its_own(first: Page, shared_studio: Studio) -> None:
    type_in(first, "Twice over [late]", "1", "")
    with first.expect_popup() as popup:
        first.evaluate("window.open(location.href)")  # begins with a copy of the tab's memory, as a duplicate does
    second = popup.value
    holds(second, "Twice over [late]", "1", "")
    assert first.input_value("#submission-key") != second.input_value("#submission-key")
    for page in (first, second):
        page.click("#generate")
    expect(first.locator(".take", has_text="Twice over").first).to_be_visible()
    expect(second.locator(".take", has_text="Twice over").first).to_be_visible()
    assert len(rows(shared_studio, "prompt LIKE 'Twice over%'")) == 2
    second.fill("#id_prompt", "Only in the second")
    first.reload()
    holds(first, "Twice over [late]", "1", "")

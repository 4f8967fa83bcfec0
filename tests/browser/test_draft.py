"""What was typed is never lost: not by a switch, a closed tab, a way back, a submit or a server that is gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import becomes, card, choose, rows, switch


@pytest.fixture
def form(page: Page, shared_studio: Studio) -> Page:
    page.goto(shared_studio.url)
    return page


def type_all(page: Page) -> None:
    page.fill("#id_prompt", "A sea at night\nwith ships")
    page.fill("#id_duration", "7")
    page.fill("#id_takes", "3")
    page.fill("#id_seed", "41")
    choose(page, "1080p")


def is_all_there(page: Page) -> None:
    expect(page.locator("#id_prompt")).to_have_value("A sea at night\nwith ships")
    expect(page.locator("#id_duration")).to_have_value("7")
    expect(page.locator("#id_takes")).to_have_value("3")
    expect(page.locator("#id_seed")).to_have_value("41")
    expect(page.locator("[name=resolution][value='1080p']")).to_be_checked()
    expect(page.locator("#prompt-count")).to_have_text("25 / 2,500")


def test_a_mode_switch_keeps_what_the_modes_share(form: Page) -> None:
    type_all(form)
    for mode in ("image-to-video", "lipsync", "control"):
        switch(form, mode)
        expect(form.locator("#id_prompt")).to_have_value("A sea at night\nwith ships")
        expect(form.locator("#id_takes")).to_have_value("3")
        expect(form.locator("[name=resolution][value='1080p']")).to_be_checked()
    switch(form, "text-to-video")
    is_all_there(form)


def test_a_mode_keeps_its_own_fields_while_another_is_shown(form: Page) -> None:
    switch(form, "control")
    form.fill("#id_video", "http://127.0.0.1:9/clip.mp4")
    expect(form.locator("#preview-video p")).to_contain_text("cannot open")
    choose(form, "Outlines")
    switch(form, "text-to-video")
    switch(form, "control")
    expect(form.locator("#id_video")).to_have_value("http://127.0.0.1:9/clip.mp4")
    expect(form.locator("[name=mode][value=canny]")).to_be_checked()


@pytest.fixture(autouse=True)
def nobody_at_port_9(allowed_errors: list[str]) -> None:
    allowed_errors.append("ERR_UNSAFE_PORT|ERR_CONNECTION_REFUSED")


def test_the_draft_survives_closing_the_tab(form: Page, shared_studio: Studio) -> None:
    type_all(form)
    context = form.context
    form.close()
    again = context.new_page()
    again.goto(shared_studio.url)
    is_all_there(again)
    expect(again.locator("#estimate strong")).to_have_text("102–132")


def test_the_draft_of_another_mode_survives_closing_the_tab(form: Page, shared_studio: Studio) -> None:
    switch(form, "control")
    form.fill("#id_prompt", "As a charcoal drawing")
    form.fill("#id_video_duration", "6.5")
    choose(form, "Silent")
    context = form.context
    form.close()
    again = context.new_page()
    again.goto(shared_studio.url)
    expect(again.locator("#composer[data-mode=control]")).to_be_visible()
    expect(again.locator("#id_prompt")).to_have_value("As a charcoal drawing")
    expect(again.locator("#id_video_duration")).to_have_value("6.5")
    expect(again.locator("[name=audio_mode][value=none]")).to_be_checked()


def test_on_a_phone_the_draft_of_another_mode_waits_below_the_gallery(
    shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(shared_studio.url)
    page.click("#new-take")
    switch(page, "control")
    page.goto(shared_studio.url)
    expect(page.locator("#composer[data-mode=control]")).to_be_attached()
    expect(page.locator("#desk")).to_be_hidden()
    page.click("#new-take")
    expect(page.locator("#id_video")).to_be_in_viewport()


def test_a_reload_keeps_the_mode_and_what_was_typed(form: Page) -> None:
    switch(form, "image-to-video")
    form.fill("#id_prompt", "It begins to rain")
    form.reload()
    expect(form.locator("#composer[data-mode=image-to-video]")).to_be_visible()
    expect(form.locator("#id_prompt")).to_have_value("It begins to rain")


def test_back_and_forward_restore_the_mode_and_what_was_typed(form: Page, shared_studio: Studio) -> None:
    type_all(form)
    switch(form, "lipsync")
    form.fill("#id_prompt", "A presenter")
    switch(form, "control")
    expect(form).to_have_url(f"{shared_studio.url}/?mode=control")
    form.go_back()
    expect(form.locator("#composer[data-mode=lipsync]")).to_be_visible()
    expect(form.locator("#id_prompt")).to_have_value("A presenter")
    expect(form).to_have_url(f"{shared_studio.url}/?mode=lipsync")
    form.go_back()
    expect(form.locator("#composer[data-mode=text-to-video]")).to_be_visible()
    expect(form.locator("#id_duration")).to_have_value("7")
    form.go_forward()
    expect(form.locator("#composer[data-mode=lipsync]")).to_be_visible()
    form.fill("#id_prompt", "Another presenter")
    form.goto(f"{shared_studio.url}/generations/")
    form.go_back()
    expect(form.locator("#composer[data-mode=lipsync]")).to_be_visible()
    expect(form.locator("#id_prompt")).to_have_value("Another presenter")
    expect(form.locator("#theme")).to_be_visible()


def test_after_a_submit_everything_stays_as_typed(form: Page, shared_studio: Studio) -> None:
    form.fill("#id_prompt", "[late] one")
    form.fill("#id_seed", "7")
    form.fill("#id_duration", "6")
    before, key = len(rows(shared_studio)), form.input_value("#submission-key")
    form.click("#generate")
    becomes(card(form), "running")
    for name, value in {"#id_prompt": "[late] one", "#id_seed": "7", "#id_duration": "6"}.items():
        expect(form.locator(name)).to_have_value(value)
    assert form.input_value("#submission-key") != key
    assert len(rows(shared_studio)) == before + 1


def test_ctrl_enter_generates(form: Page, shared_studio: Studio) -> None:
    before = len(rows(shared_studio))
    form.fill("#id_prompt", "[late] by keyboard")
    form.press("#id_prompt", "Control+Enter")
    expect(form.locator(".take", has_text="[late] by keyboard")).to_have_count(1)
    assert len(rows(shared_studio)) == before + 1


def test_the_same_settings_and_seed_are_said_and_a_new_seed_is_offered(form: Page, shared_studio: Studio) -> None:
    form.fill("#id_prompt", "[late] twice")
    form.fill("#id_seed", "99")
    form.click("#generate")
    becomes(card(form), "running")
    before = len(rows(shared_studio))
    form.click("#generate")
    expect(form.locator("#seed-error")).to_contain_text("You have this take already")
    assert len(rows(shared_studio)) == before
    form.get_by_role("button", name="new seed").click()
    expect(form.locator("#id_seed")).to_have_value("")
    form.click("#generate")
    expect(form.locator(".take", has_text="[late] twice")).to_have_count(2)
    assert rows(shared_studio)[-1]["seed"] != 99


def test_a_studio_that_is_gone_is_said_in_words_and_nothing_typed_is_lost(
    studio: Studio, new_page: Callable[..., Page], allowed_errors: list[str]
) -> None:
    allowed_errors.append(
        "ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|CONTENT_LENGTH_MISMATCH)|htmx:(sendError|afterRequest)"
    )
    page = new_page()
    page.goto(studio.url)
    page.fill("#id_prompt", "[late] kept")
    studio.stop()
    page.click("#generate")
    expect(page.locator("#composer .trouble")).to_contain_text("The studio does not answer")
    expect(page.locator("#id_prompt")).to_have_value("[late] kept")
    expect(page.locator("#basis")).to_have_count(1)
    studio.start()
    page.click("#generate")
    becomes(card(page), "running")
    expect(page.locator(".trouble")).to_have_count(0)
    expect(page.locator("#id_prompt")).to_have_value("[late] kept")

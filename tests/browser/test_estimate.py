"""What a take costs is said before the click, while it is typed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import choose, switch


@pytest.fixture
def form(page: Page, shared_studio: Studio) -> Page:
    page.goto(shared_studio.url)
    return page


def test_the_estimate_changes_while_typing_and_sliding_on_the_button_too(form: Page) -> None:
    price, button = form.locator("#estimate strong"), form.locator("#generate")
    expect(price).to_have_text("24")
    expect(button).to_have_text("Generate test clip · free (24 credits with a key)")
    form.fill("#id_duration", "10")
    expect(price).to_have_text("40")
    expect(button).to_contain_text("(40 credits with a key)")
    form.locator("#composer input[type=range]").press("ArrowRight")
    expect(price).to_have_text("56")
    choose(form, "1080p")
    expect(price).to_have_text("60")
    form.fill("#id_takes", "4")
    expect(price).to_have_text("240")
    expect(button).to_have_text("Generate 4 test clips · free (240 credits with a key)")


def test_a_range_is_shown_as_a_range(form: Page) -> None:
    form.fill("#id_duration", "13")
    choose(form, "1080p")
    expect(form.locator("#estimate strong")).to_have_text("54–60")
    switch(form, "lipsync")
    choose(form, "720p")
    form.fill("#id_audio_duration", "12.5")
    expect(form.locator("#estimate strong")).to_have_text("80–94")
    expect(form.locator("#generate")).to_contain_text("80–94 credits")


def test_a_hover_or_a_tap_says_what_the_figure_rests_on(form: Page) -> None:
    summary = form.locator("#basis summary")
    expect(summary).to_have_attribute("title", "The provider shows this very price.")
    words = form.locator("#basis .help")
    expect(words).to_be_hidden()
    summary.click()
    expect(words).to_be_visible()
    form.fill("#id_duration", "7")
    expect(form.locator("#basis summary")).to_have_attribute("title", re.compile("whether a started 5 s"))
    expect(words).to_be_visible()
    form.fill("#id_duration", "10")
    expect(words).to_contain_text("between prices that the provider shows")


def test_the_slider_snaps_and_any_second_can_be_typed(form: Page) -> None:
    slider, seconds = form.locator("#composer input[type=range]"), form.locator("#id_duration")
    reached = [seconds.input_value()]
    for _ in range(4):
        slider.press("ArrowRight")
        reached.append(seconds.input_value())
    assert reached == ["5", "10", "15", "20", "20"]
    seconds.fill("13")
    expect(form.locator("#estimate strong")).to_have_text("50–56")
    assert (slider.input_value(), seconds.input_value()) == ("15", "13")


def test_a_half_filled_form_gets_a_price_and_a_word_on_what_is_missing(form: Page) -> None:
    form.fill("#id_duration", "")
    expect(form.locator("#estimate strong")).to_have_text("24")
    form.fill("#id_prompt", "")
    form.fill("#id_duration", "5")
    expect(form.locator("#missing")).to_contain_text("this mode needs a prompt")
    form.fill("#id_prompt", "A sea")
    expect(form.locator("#missing")).to_have_count(0)


def test_the_prompt_is_counted(form: Page) -> None:
    counter = form.locator("#prompt-count")
    expect(counter).to_have_text("0 / 2,500")
    form.fill("#id_prompt", "A sea 🌊")
    expect(counter).to_have_text("7 / 2,500")
    form.fill("#id_prompt", "x" * 2501)
    expect(counter).to_have_text("2,501 / 2,500")
    assert "over" in str(counter.get_attribute("class"))
    form.click("#generate")
    expect(form.locator("#prompt-error")).to_contain_text("1 too long")
    assert len(form.input_value("#id_prompt")) == 2501


def test_lipsync_says_above_the_button_what_is_not_documented(form: Page) -> None:
    switch(form, "lipsync")
    caution = form.locator(".caution")
    expect(caution).to_contain_text("documents no face picture and no shape")
    expect(caution).to_contain_text("Try 5 s at 480p first")
    above = caution.evaluate("c => c.compareDocumentPosition(document.getElementById('generate')) & 4")
    assert above, "the button comes after it"
    expect(form.locator("#id_image")).to_be_hidden()
    form.check("#id_send_image")
    expect(form.locator("#id_image")).to_be_visible()
    expect(form.locator("#send-image-help")).to_contain_text("it may be ignored, and you would still pay")


def test_help_says_what_a_step_costs(form: Page) -> None:
    expect(form.locator("#seconds-help")).to_contain_text("5 s more: 16 credits; 1080p: only 4 more than 720p.")
    switch(form, "control")
    expect(form.locator("#seconds-help")).to_contain_text("5 s more: 56 credits; 1080p: only 12 more than 720p.")


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(form: Page) -> None:
    switch(form, "control")
    form.fill("#id_prompt", "As a charcoal drawing")
    form.fill("#id_video", "ftp://example.com/a.mp4")
    form.fill("#id_seed", "a lot")
    choose(form, "Depth and layout")
    form.click("#generate")
    expect(form.locator("#video-error")).to_contain_text("This is not a link")
    expect(form.locator("#seed-error")).to_contain_text("A seed is a whole number")
    expect(form.locator("#id_video")).to_be_focused()
    assert form.input_value("#id_prompt") == "As a charcoal drawing"
    assert form.input_value("#id_seed") == "a lot"
    assert form.is_checked("[name=mode][value=depth]")
    assert form.is_checked("[name=audio_mode][value=preserve]")
    expect(form.locator(".take")).to_have_count(0)

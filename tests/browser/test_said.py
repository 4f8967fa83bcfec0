"""What the button said when it was pressed is what is asked for: whatever is edited, swapped or learned meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.browser.files import drop, in_place
from tests.browser.process import Studio
from tests.browser.steps import choose, rows, switch

WAITS = "Waits for the upload, then generates."


@pytest.fixture
def form(page: Page, shared_studio: Studio) -> Page:
    page.goto(shared_studio.url)
    return page


def hold(page: Page, pattern: str) -> list[Route]:
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))
    return held


def presses(page: Page, target: str = "#generate") -> None:
    """As a hand does it: the pointer comes over, rests, and presses."""
    box = page.locator(target).bounding_box()
    assert box
    page.mouse.move(box["x"] - 40, box["y"] + 4)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=6)
    page.wait_for_timeout(120)
    page.mouse.down()
    page.mouse.up()


def waits(page: Page, mode: str, kind: str, file: Path, type_: str) -> list[Route]:
    """Generate is pressed while a file is on its way. The file is in once the route goes on."""
    switch(page, mode)
    page.fill("#id_prompt", "It waits [late]")
    held = hold(page, "**/uploads/")
    drop(page, file, type_)
    expect(page.locator(f"#field-{kind} .sending")).to_be_visible()
    presses(page)
    expect(page.locator("#file-note")).to_have_text(WAITS)
    expect(page.locator("#announcer")).to_have_text(WAITS)
    return held


def arrives(page: Page, held: list[Route], kind: str, name: str) -> None:
    held[-1].continue_()
    in_place(page, kind, name)


def nothing_is_asked_for(page: Page, studio: Studio, before: int, words: str) -> None:
    expect(page.locator("#file-note")).to_contain_text(words)
    page.wait_for_timeout(600)
    assert len(rows(studio)) == before
    expect(page.locator("#file-note")).to_contain_text(words)


def test_what_waits_for_a_file_is_sent_as_it_was_pressed(
    form: Page, shared_studio: Studio, own_files: dict[str, Path]
) -> None:
    before = len(rows(shared_studio))
    held = waits(form, "image-to-video", "image", own_files["picture"], "image/png")
    form.press("#id_prompt", "Control+Enter")
    expect(form.locator("#file-note")).to_contain_text("Still waits for the upload")
    arrives(form, held, "image", own_files["picture"].name)
    expect(form.locator(f"#generation-{before + 1}")).to_be_visible()
    made = rows(shared_studio)[before:]
    assert [json.loads(row["request"])["resolution"] for row in made] == ["720p"]


@pytest.mark.parametrize("edit", ["takes", "resolution", "prompt", "new seed", "slider"])
def test_an_edit_ends_the_wait_aloud(form: Page, shared_studio: Studio, own_files: dict[str, Path], edit: str) -> None:
    before = len(rows(shared_studio))
    held = waits(form, "image-to-video", "image", own_files["picture"], "image/png")
    if edit == "takes":
        form.locator("#id_takes").press("ArrowUp")
    elif edit == "resolution":
        choose(form, "1080p")
    elif edit == "prompt":
        form.locator("#id_prompt").press_sequentially(", slowly")
    elif edit == "slider":
        form.locator("#composer-form input[data-slides=id_duration]").press("ArrowRight")
    else:
        form.evaluate("document.getElementById('id_seed').dispatchEvent(new Event('input', {bubbles: true}))")
    expect(form.locator("#announcer")).to_contain_text("nothing was generated")
    arrives(form, held, "image", own_files["picture"].name)
    nothing_is_asked_for(form, shared_studio, before, "Press Generate again")
    presses(form)
    expect(form.locator("#file-note")).to_be_hidden()
    expect(form.locator(f"#generation-{before + 1}")).to_be_visible()


@pytest.mark.parametrize("way", ["mode", "back", "cancel", "another file", "earlier take", "fails"])
def test_what_else_ends_the_wait_says_so_and_sends_nothing(
    form: Page, shared_studio: Studio, own_files: dict[str, Path], allowed_errors: list[str], way: str
) -> None:
    allowed_errors.append("ERR_FAILED|ERR_ABORTED|status of 422")
    form.fill("#id_prompt", "Some take [late]")
    form.fill("#id_seed", "7")

    form.click("#generate")
    expect(form.locator(".take").first).to_be_visible()
    before = len(rows(shared_studio))
    held = waits(form, "image-to-video", "image", own_files["picture"], "image/png")
    words = "nothing was generated"
    if way == "mode":
        switch(form, "text-to-video")
    elif way == "back":
        form.go_back()
        expect(form.locator("#composer[data-mode=text-to-video]")).to_be_visible()
    elif way == "cancel":
        presses(form, "#field-image [data-cancel]")
        words = "Nothing was generated"
    elif way == "another file":
        drop(form, own_files["clip"], "image/png")
    elif way == "earlier take":
        form.locator(".take [id$=-same]").first.evaluate("link => link.click()")
        expect(form.locator("#composer[data-mode=text-to-video]")).to_be_visible()
    else:
        held[-1].abort()
        held.clear()
    expect(form.locator("#announcer")).to_contain_text(words)
    for route in held:
        with suppress(Error):  # what was called off is gone
            route.continue_()
    nothing_is_asked_for(form, shared_studio, before, words)


def test_a_length_that_the_file_turns_out_to_have_is_not_paid_for_unseen(
    form: Page, shared_studio: Studio, own_files: dict[str, Path]
) -> None:
    before = len(rows(shared_studio))
    switch(form, "lipsync")
    form.fill("#id_audio_duration", "5")
    expect(form.locator("#generate")).to_contain_text("(38 credits with a key)")
    held = waits(form, "lipsync", "audio", own_files["voice"], "audio/wav")
    arrives(form, held, "audio", "voice.wav")
    error = form.locator("#composer-form > .error")
    expect(error).to_contain_text(
        "This is 1 take · free (51–66 credits with a key) now. The button said 1 take · free (38"
    )
    expect(error).to_contain_text("press Generate again")
    expect(form.locator("#audio-error, #field-audio .error:visible")).to_have_count(0)
    assert len(rows(shared_studio)) == before
    presses(form)
    expect(form.locator(f"#generation-{before + 1}")).to_be_visible()
    assert json.loads(rows(shared_studio)[-1]["request"])["audio_duration"] == 7.4


def test_the_button_follows_the_keys_and_what_it_said_is_what_is_asked_for(form: Page, shared_studio: Studio) -> None:
    """The studio's own answer takes its time, or never comes."""
    form.route("**/estimate/", lambda route: None)
    before = len(rows(shared_studio))
    form.fill("#id_prompt", "Eight at once [late]")
    form.locator("#id_takes").fill("8")
    choose(form, "1080p")
    expect(form.locator("#generate")).to_have_text("Generate 8 test clips · free (224 credits with a key)", timeout=100)
    form.locator("#id_takes").press("Enter")
    expect(form.locator(".take", has_text="Eight at once")).to_have_count(8)
    assert len(rows(shared_studio)) == before + 8


def test_a_price_that_is_late_is_not_shown_for_what_was_typed_since(form: Page) -> None:
    held = hold(form, "**/estimate/")
    form.fill("#id_duration", "10")
    form.wait_for_timeout(400)  # the studio is asked by then
    form.fill("#id_takes", "4")
    held[0].continue_()
    form.wait_for_timeout(300)
    expect(form.locator("#generate")).to_contain_text("4 test clips")


def test_a_price_that_changed_meanwhile_comes_back_with_the_form_as_typed(form: Page, shared_studio: Studio) -> None:
    before = len(rows(shared_studio))
    form.fill("#id_prompt", "Dearer now [late]")
    form.fill("#id_takes", "2")
    expect(form.locator("#estimate strong")).to_have_text("48")
    form.locator("#generate-label").evaluate("label => { label.dataset.offer = '2x40-40 free'; }")
    presses(form)
    error = form.locator("#composer-form > .error")
    expect(error).to_contain_text("This is 2 takes · free (48 credits with a key) now. The button said")
    expect(error).to_contain_text("press Generate again")
    expect(form.locator("#id_prompt")).to_have_value("Dearer now [late]")
    expect(form.locator("#generate")).to_be_focused()
    assert len(rows(shared_studio)) == before
    presses(form)
    expect(form.locator(".take", has_text="Dearer now")).to_have_count(2)


def test_an_empty_length_is_asked_for_and_a_measured_one_goes_with_its_file(
    form: Page, shared_studio: Studio, own_files: dict[str, Path], allowed_errors: list[str]
) -> None:
    allowed_errors.append("ERR_NAME_NOT_RESOLVED")
    before = len(rows(shared_studio))
    switch(form, "lipsync")
    expect(form.locator("#id_audio_duration")).to_have_value("")
    expect(form.locator("#generate")).to_contain_text("(38–122 credits with a key)")
    drop(form, own_files["voice"], "audio/wav")
    in_place(form, "audio", "voice.wav")
    expect(form.locator("#id_audio_duration")).to_have_value("7.4")
    expect(form.locator("#generate")).to_contain_text("(51–66 credits with a key)")
    presses(form, "#remove-audio")
    expect(form.locator("#id_audio_duration")).to_have_value("")
    expect(form.locator("#generate")).to_contain_text("(38–122 credits with a key)")
    form.fill("#id_audio", "https://example.invalid/a.wav")
    presses(form)
    expect(form.locator("#audio_duration-error")).to_contain_text("what will be paid for")
    form.locator("#id_audio_duration").fill("5,5")
    expect(form.locator("#generate")).to_contain_text("(41–66 credits with a key)")
    assert len(rows(shared_studio)) == before
    switch(form, "text-to-video")
    form.fill("#id_duration", "")
    expect(form.locator("#id_duration")).to_have_attribute("placeholder", "5")
    form.focus("#id_prompt")
    expect(form.locator("#id_duration")).to_have_value("5")


def test_without_scripts_the_button_promises_no_price_and_sends(
    new_page: Callable[..., Page], shared_studio: Studio
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(shared_studio.url)
    assert "credits" not in page.locator("#generate").inner_text()
    page.fill("#id_prompt", "Plain, two [late]")
    page.fill("#id_takes", "2")
    page.click("#generate")
    page.wait_for_url("**/generations/*/")
    assert len(rows(shared_studio, "prompt LIKE 'Plain, two%'")) == 2


def test_closing_the_tab_while_it_waits_is_asked_about_and_sends_nothing(
    form: Page, shared_studio: Studio, own_files: dict[str, Path], allowed_errors: list[str]
) -> None:
    allowed_errors.append("ERR_FAILED|ERR_ABORTED")
    before = len(rows(shared_studio))
    waits(form, "image-to-video", "image", own_files["picture"], "image/png")
    questions: list[str] = []
    form.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.accept()))
    form.goto(f"{shared_studio.url}/trash/")
    assert questions == ["beforeunload"]
    assert len(rows(shared_studio)) == before

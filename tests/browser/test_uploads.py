"""A person's own files: from a drop to a playing video."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.files import drag, drop, write_film, write_picture, write_sound
from tests.browser.process import Studio
from tests.browser.steps import SOON, asks, number_of, plays, ready, rows, switch

Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    (folder / "notes.txt").write_text("no picture, no sound, no video")
    (folder / "false.png").write_text("not what its name says")
    return {
        "picture": write_picture(folder / "Ufer am Abend.png"),
        "clip": write_picture(folder / "clip.png", (800, 450)),
        "upright": write_picture(folder / "upright.jpg", (360, 640)),
        "voice": write_sound(folder / "voice.wav", 7.4),
        "short": write_sound(folder / "short.wav", 3),
        "long": write_sound(folder / "long.wav", 25),
        "large": write_sound(folder / "large.wav", 19, rate=48000),
        "film": write_film(folder / "film.mp4", 9),
        "notes": folder / "notes.txt",
        "false": folder / "false.png",
    }


def in_place(page: Page, kind: str, name: str) -> str:
    """The field shows the file in place of a link; what it will send."""
    field = page.locator(f"#field-{kind}")
    expect(field.locator(".own-file .name")).to_have_text(name)
    expect(field.locator("[type=url]")).to_have_count(0)
    token = field.locator(f"[type=hidden][name={kind}]").input_value()
    assert re.fullmatch(r"upload:\d+", token)
    return token


def mode_is(page: Page, mode: str) -> None:
    expect(page.locator(f"#composer[data-mode={mode}]")).to_be_visible()


def picture_shows(page: Page) -> None:
    expect(page.locator("#preview-image img")).to_have_js_property("complete", True)
    assert page.locator("#preview-image img").evaluate("i => i.naturalWidth") > 0


def test_from_a_drop_to_a_playing_video_in_every_mode_and_over_a_restart(
    studio: Studio, page: Page, files: dict[str, Path], allowed_errors: list[str]
) -> None:
    allowed_errors.append("ERR_CONNECTION|ERR_EMPTY_RESPONSE|htmx:sendError|htmx:afterRequest")
    page.goto(studio.url)
    page.fill("#id_prompt", "Typed before")
    data = drag(page, files["picture"], "image/png")
    expect(page.locator("#composer.dropping")).to_have_count(1)
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    mode_is(page, "image-to-video")
    expect(page.locator("#composer.dropping")).to_have_count(0)
    picture = in_place(page, "image", "Ufer am Abend.png")
    picture_shows(page)
    expect(page.locator("#field-image .own-file")).to_contain_text("640 × 360")
    expect(page.locator("#id_prompt")).to_have_value("Typed before")
    moving = asks(page, "The shore begins to move", seconds=5)

    drop(page, files["voice"], "audio/wav")
    mode_is(page, "lipsync")
    voice = in_place(page, "audio", "voice.wav")
    expect(page.locator("#id_audio_duration")).to_have_value("7.4")
    expect(page.locator("#estimate strong")).to_have_text("45–60")
    expect(page.locator("#file-note")).to_have_text("A recording goes to Lipsync.")
    speaking = asks(page, "A presenter at a desk")

    studio.restart()
    page.reload()
    mode_is(page, "lipsync")
    assert in_place(page, "audio", "voice.wav") == voice, "the draft remembers the file"
    drop(page, files["film"], "video/mp4")
    mode_is(page, "control")
    film = in_place(page, "video", "film.mp4")
    expect(page.locator("#id_video_duration")).to_have_value("9")
    drawn = asks(page, "As a charcoal drawing")

    for card, length in ((moving, 5), (speaking, 7.4), (drawn, 9)):
        video = ready(card)
        plays(video)
        assert abs(video.evaluate("v => v.duration") - length) < 0.15
    stored = rows(studio)
    names = ("image", "audio", "video")
    assert [json.loads(row["request"])[name] for row, name in zip(stored, names, strict=True)] == [picture, voice, film]
    for row, name in zip(stored, names, strict=True):
        assert json.loads(row["sent_links"])[name].startswith("http"), "what was sent is a link"


def test_a_file_is_pasted_chosen_by_keyboard_picked_again_taken_away_and_missed(
    new_page: Callable[..., Page], shared_studio: Studio, files: dict[str, Path]
) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(shared_studio.url)
    page.focus("#id_prompt")
    page.route("**/handed-over/clip.png", lambda route: route.fulfill(path=files["clip"]))
    page.evaluate(
        """async () => {
             const picture = await (await fetch("/handed-over/clip.png")).blob();
             await navigator.clipboard.write([new ClipboardItem({"image/png": picture})]);
           }"""
    )
    page.keyboard.press("Control+V")
    mode_is(page, "image-to-video")
    pasted = in_place(page, "image", "image.png")
    picture_shows(page)

    page.focus("#id_image_file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(files["upright"])
    chosen = in_place(page, "image", "upright.jpg")
    assert chosen != pasted
    page.focus("#earlier-image")
    page.keyboard.press("Enter")
    expect(page.locator("#earlier")).to_be_visible()
    expect(page.locator("#earlier .own-files .name")).to_have_text(["upright.jpg", "image.png"])
    page.locator("#earlier [data-token]", has_text="image.png").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#earlier")).to_be_hidden()
    assert in_place(page, "image", "image.png") == pasted

    page.click("#remove-image")
    expect(page.locator("#id_image")).to_have_value("")
    page.reload()
    expect(page.locator("#id_image")).to_be_visible()
    page.click("#earlier-image")
    page.locator("#earlier [data-token]", has_text="upright.jpg").click()
    in_place(page, "image", "upright.jpg")
    page.click("#earlier-image")
    page.get_by_role("button", name="Delete upright.jpg").click()
    expect(page.locator("#earlier .own-files .name")).to_have_text(["image.png"])
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#image-error")).to_contain_text("not in the studio any more")
    expect(page.locator("#id_image")).to_have_value("")


def test_what_is_too_long_is_said_before_anything_is_sent_and_cut_to_the_part_chosen(
    page: Page, shared_studio: Studio, files: dict[str, Path]
) -> None:
    page.goto(shared_studio.url)
    drop(page, files["short"], "audio/wav")
    expect(page.locator("#field-audio")).to_contain_text("3 s is too short: the API takes 5 to 20 seconds")
    expect(page.locator(".trim")).to_have_count(0)
    drop(page, files["long"], "audio/wav")
    in_place(page, "audio", "long.wav")
    expect(page.locator("#field-audio")).to_contain_text("25 s is too long: the API takes 5 to 20 seconds")
    expect(page.locator("#id_audio_duration")).to_have_value("25")
    before = len(rows(shared_studio))
    page.click("#generate")
    expect(page.locator("#audio-error")).to_contain_text("25 s long")
    assert len(rows(shared_studio)) == before
    page.fill("#trim-audio-start", "3")
    page.fill("#trim-audio-seconds", "30")
    page.click("#trim-audio-go")
    expect(page.locator("#trim-audio-error")).to_be_visible()
    page.fill("#trim-audio-seconds", "12")
    page.click("#trim-audio-go")
    expect(page.locator("#field-audio .own-file")).to_contain_text("12 s")
    expect(page.locator("#field-audio .error:visible")).to_have_count(0)
    expect(page.locator("#id_audio_duration")).to_have_value("12")
    expect(page.locator("#id_audio_duration")).not_to_have_attribute("aria-invalid", "true")
    heard = page.locator("#preview-audio audio")
    expect(heard).to_have_js_property("readyState", 4)
    assert abs(heard.evaluate("a => a.duration") - 12) < 0.1


def test_what_is_no_such_file_is_refused_in_words_beside_the_field_and_nothing_typed_is_lost(
    page: Page, shared_studio: Studio, files: dict[str, Path], allowed_errors: list[str]
) -> None:
    allowed_errors.append("status of 422|ERR_UNSAFE_PORT|ERR_CONNECTION_REFUSED")
    page.goto(shared_studio.url)
    switch(page, "image-to-video")
    page.fill("#id_prompt", "Kept")
    page.fill("#id_image", "http://127.0.0.1:9/kept.jpg")
    drop(page, files["notes"], "text/plain")
    expect(page.locator("#file-note")).to_contain_text("notes.txt is no picture, recording or video")
    drop(page, files["false"], "image/png")
    expect(page.locator("#field-image .sending .error")).to_be_visible()
    expect(page.locator("#field-image [data-again]")).to_be_hidden()
    expect(page.locator("#id_image")).to_have_value("http://127.0.0.1:9/kept.jpg")
    page.set_input_files("#id_image_file", files["voice"])
    expect(page.locator("#field-image .sending .name")).to_have_text("voice.wav")
    expect(page.locator("#field-image .sending .error")).to_contain_text("picture")
    page.click("#field-image [data-cancel]")
    expect(page.locator("#field-image .sending")).to_have_count(0)
    expect(page.locator("#id_prompt")).to_have_value("Kept")


def test_an_upload_shows_how_far_it_is_can_be_stopped_and_tried_again_and_generate_waits_for_it(
    page: Page, shared_studio: Studio, files: dict[str, Path], allowed_errors: list[str]
) -> None:
    allowed_errors.append("ERR_INTERNET_DISCONNECTED|ERR_FAILED|htmx:")
    page.goto(shared_studio.url)
    switch(page, "lipsync")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")

    def upload_at(speed: int, *, offline: bool = False) -> None:
        limits = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed}
        network.send("Network.emulateNetworkConditions", limits)

    upload_at(400_000)
    drop(page, files["large"], "audio/wav")
    bar = page.locator("#field-audio progress")
    expect(bar).to_have_attribute("aria-label", "Uploading large.wav")
    expect(page.locator("#field-audio .sending .faint")).to_have_text(re.compile(r"^[1-9]\d? % · .+ of 1\.8 MB$"))
    assert 0 < bar.evaluate("bar => bar.value") < 100
    page.click("#field-audio [data-cancel]")
    expect(page.locator("#id_audio")).to_be_focused()
    expect(page.locator("#field-audio .sending")).to_have_count(0)

    upload_at(-1, offline=True)
    drop(page, files["large"], "audio/wav")
    expect(page.locator("#field-audio .sending .error")).to_contain_text("The studio does not answer")
    upload_at(400_000)
    page.click("#field-audio [data-again]")
    before = page.locator(".take").count()
    page.fill("#id_prompt", "Typed while it comes in")
    switch(page, "text-to-video")
    switch(page, "lipsync")
    expect(bar).to_be_visible()
    page.click("#generate")
    expect(page.locator("#file-note")).to_have_text("Waits for the upload, then generates.")
    expect(page.locator(".take")).to_have_count(before + 1)
    upload_at(-1)
    in_place(page, "audio", "large.wav")
    expect(page.locator("#file-note")).to_be_hidden()
    request = json.loads(rows(shared_studio)[-1]["request"])
    assert (request["prompt"], request["audio_duration"]) == ("Typed while it comes in", 19)


def test_a_kept_video_gives_frames_to_image_mode_and_itself_to_control_mode(page: Page, shared_studio: Studio) -> None:
    page.goto(shared_studio.url)
    switch(page, "text-to-video")
    take = asks(page, "A ridge to go on from", seconds=5, seed="12")
    ready(take)
    number = number_of(take)
    expect(page.locator(f"#generation-{number}-frame")).to_have_count(1, timeout=SOON)
    take.hover()
    page.click(f"#generation-{number}-frame")
    film = page.locator("#frames-video")
    expect(film).to_be_visible()
    expect(film).to_have_js_property("readyState", 4)
    film.evaluate("video => { video.currentTime = 2; }")
    page.click("#frames-on-one")
    page.click("#frames-this")
    mode_is(page, "image-to-video")
    expect(page.locator("#field-image .own-file .name")).to_contain_text(re.compile(r"\b2\.\d+ s frame"))
    shown = page.locator("#field-image [type=hidden]").input_value()
    picture_shows(page)
    page.click("#earlier-image")
    page.locator(f"#use-{number}").click()
    page.click("#frames-last")
    expect(page.locator("#field-image [type=hidden]")).not_to_have_value(shown)
    picture_shows(page)

    take.hover()
    page.click(f"#generation-{number}-control")
    mode_is(page, "control")
    expect(page.locator("#id_video_duration")).to_have_value("5")
    expect(page.locator("#preview-video video")).to_have_js_property("readyState", 4)
    page.click("#remove-video")
    expect(page.locator("#id_video")).to_have_value("")
    page.goto(f"{shared_studio.url}/?type=control&video_from={number}")
    expect(page.locator("#field-video .own-file")).to_be_visible()
    page.goto(f"{shared_studio.url}/?type=image-to-video&frame_from={number}&at=first")
    expect(page.locator("#field-image .own-file .name")).to_contain_text("first frame")
    assert "frame_from" not in page.url
    page.goto(f"{shared_studio.url}/generations/{number}/")
    page.click("#use-in-control")
    mode_is(page, "control")
    expect(page.locator("#field-video .own-file")).to_be_visible()
    expect(page.locator("#id_video_duration")).to_have_value("5")
    assert page.url.endswith("/?type=control")


def test_without_scripts_a_file_goes_with_the_form(
    new_page: Callable[..., Page], shared_studio: Studio, files: dict[str, Path]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{shared_studio.url}/?type=image-to-video")
    expect(page.locator("#earlier-image")).to_be_hidden()
    page.set_input_files("#id_image_file", files["picture"])
    page.click("#generate")
    expect(page.locator("#prompt-error")).to_be_visible()
    in_place(page, "image", "Ufer am Abend.png")
    page.fill("#id_prompt", "Plainly")
    page.fill("#id_seed", "12")
    page.click("#generate")
    page.wait_for_url("**/generations/*/")
    expect(page.locator("video[controls]")).to_be_visible(timeout=SOON)
    assert re.fullmatch(r"upload:\d+", json.loads(rows(shared_studio)[-1]["request"])["image"])


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_nobody_is_shut_out_and_it_fits_a_phone(
    scheme: str, new_page: Callable[..., Page], axe: Axe, shared_studio: Studio, files: dict[str, Path]
) -> None:
    page = new_page(
        color_scheme=scheme, viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce"
    )
    page.goto(shared_studio.url)
    page.click("#new-take")
    for mode, kind, name in (
        ("image-to-video", "image", "picture"),
        ("lipsync", "audio", "long"),
        ("control", "video", "film"),
    ):
        switch(page, mode)
        page.set_input_files(f"#id_{kind}_file", files[name])
        in_place(page, kind, files[name].name)
        assert axe(page) == [], mode
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click(".trim summary")
    page.click("#earlier-video")
    expect(page.locator("#earlier #files")).to_be_visible()
    assert axe(page) == []
    assert page.locator("#earlier").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")

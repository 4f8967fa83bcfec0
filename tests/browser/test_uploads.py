"""A person's own files: from a drop to a playing video."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.files import drag, drop, in_place, mode_is, picture_shows
from tests.browser.process import Studio, free_ports
from tests.browser.steps import SOON, asks, plays, ready, rows, switch

Axe = Callable[[Page], list[str]]


def test_from_a_drop_to_a_playing_video_in_every_mode_and_over_a_restart(
    studio: Studio, page: Page, own_files: dict[str, Path], allowed_errors: list[str]
) -> None:
    allowed_errors.append("ERR_CONNECTION|ERR_EMPTY_RESPONSE|htmx:sendError|htmx:afterRequest")
    page.goto(studio.url)
    page.fill("#id_prompt", "Typed before")
    data = drag(page, own_files["picture"], "image/png")
    expect(page.locator("#composer.dropping")).to_have_count(1)
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    mode_is(page, "image-to-video")
    expect(page.locator("#composer.dropping")).to_have_count(0)
    picture = in_place(page, "image", "Ufer am Abend.png")
    picture_shows(page)
    expect(page.locator("#field-image .own-file")).to_contain_text("640 × 360")
    expect(page.locator("#id_prompt")).to_have_value("Typed before")
    moving = asks(page, "The shore begins to move", seconds=5)

    drop(page, own_files["voice"], "audio/wav")
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
    drop(page, own_files["film"], "video/mp4")
    mode_is(page, "control")
    film = in_place(page, "video", "film.mp4")
    expect(page.locator("#id_video_duration")).to_have_value("9")
    drawn = asks(page, "As a charcoal drawing")

    for card, length in ((moving, 5), (speaking, 7.4), (drawn, 9)):
        video = ready(card)
        expect(card.locator("[data-use=video]")).to_have_count(1, timeout=SOON)  # kept: the studio's own copy plays now
        plays(video)
        assert abs(video.evaluate("v => v.duration") - length) < 0.15
    stored = rows(studio)
    names = ("image", "audio", "video")
    assert [json.loads(row["request"])[name] for row, name in zip(stored, names, strict=True)] == [picture, voice, film]
    for row, name in zip(stored, names, strict=True):
        assert json.loads(row["sent_links"])[name].startswith("http"), "what was sent is a link"


def test_an_upload_shows_how_far_it_is_can_be_stopped_and_tried_again_and_generate_waits_for_it(
    page: Page, shared_studio: Studio, own_files: dict[str, Path], allowed_errors: list[str]
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
    drop(page, own_files["large"], "audio/wav")
    bar = page.locator("#field-audio progress")
    expect(bar).to_have_attribute("aria-label", "Uploading large.wav")
    expect(page.locator("#field-audio .sending .faint")).to_have_text(re.compile(r"^[1-9]\d? % · .+ of 1\.8 MB$"))
    assert 0 < bar.evaluate("bar => bar.value") < 100
    page.click("#field-audio [data-cancel]")
    expect(page.locator("#id_audio")).to_be_focused()
    expect(page.locator("#field-audio .sending")).to_have_count(0)

    upload_at(-1, offline=True)
    drop(page, own_files["large"], "audio/wav")
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


def test_what_the_provider_could_not_fetch_is_taken_and_priced_and_generate_says_the_ways_out(
    studio: Studio, new_page: Callable[..., Page], axe: Axe, own_files: dict[str, Path]
) -> None:
    studio.restart(LTX2_API_KEY="aio_nobody_listens", LTX2_API_BASE=f"http://127.0.0.1:{free_ports(1)[0]}/api/v1")
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(studio.url)
    drop(page, own_files["voice"], "audio/wav")
    in_place(page, "audio", "voice.wav")
    expect(page.locator("#generate")).to_have_text("Generate · 51–66 credits")
    expect(page.locator(".ways-out")).to_have_count(0)
    page.fill("#id_prompt", "A presenter")
    page.click("#generate")
    expect(page.locator("#audio-error")).to_contain_text("The provider can fetch only public links")
    expect(page.locator(".ways-out summary")).to_have_text(["Start a temporary link", "Use S3", "Paste a link"])
    in_place(page, "audio", "voice.wav")
    expect(page.locator("#id_prompt")).to_have_value("A presenter")
    for way in page.locator(".ways-out summary").all():
        way.click()
    assert axe(page) == []
    page.click("#copy-tunnel-button")
    expect(page.locator("#copy-tunnel-button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("cloudflared tunnel --url http://127.0.0.1:")
    assert rows(studio) == []


def test_without_scripts_a_file_goes_with_the_form(
    new_page: Callable[..., Page], shared_studio: Studio, own_files: dict[str, Path]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{shared_studio.url}/?type=image-to-video")
    expect(page.locator("#earlier-image")).to_be_hidden()
    page.set_input_files("#id_image_file", own_files["picture"])
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
    scheme: str, new_page: Callable[..., Page], axe: Axe, shared_studio: Studio, own_files: dict[str, Path]
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
        page.set_input_files(f"#id_{kind}_file", own_files[name])
        in_place(page, kind, own_files[name].name)
        assert axe(page) == [], mode
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click(".trim summary")
    page.click("#earlier-video")
    expect(page.locator("#earlier #files")).to_be_visible()
    assert axe(page) == []
    assert page.locator("#earlier").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")

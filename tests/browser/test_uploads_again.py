"""A person's own files: pasted, chosen, picked again, cut to fit, refused, and taken from kept videos."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.files import drop, in_place, length_of, mode_is, picture_shows, write_sound
from tests.browser.process import Studio
from tests.browser.steps import SOON, asks, number_of, ready, rows, switch
from tests.media.others import written


def test_a_file_is_pasted_chosen_by_keyboard_picked_again_taken_away_and_missed(
    new_page: Callable[..., Page], shared_studio: Studio, own_files: dict[str, Path]
) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(shared_studio.url)
    page.focus("#id_prompt")
    page.route("**/handed-over/clip.png", lambda route: route.fulfill(path=own_files["clip"]))
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
    chooser.value.set_files(own_files["upright"])
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
    expect(page.locator("#image-error")).to_contain_text("no longer in the studio")
    expect(page.locator("#id_image")).to_have_value("")


def test_a_file_that_is_in_before_its_mode_is_shown_stands_there_when_it_is(
    page: Page, shared_studio: Studio, own_files: dict[str, Path]
) -> None:
    page.goto(shared_studio.url)
    mode_is(page, "text-to-video")
    held: list[Route] = []
    page.route("**/compose/lipsync/", lambda route: held.append(route), times=1)
    with page.expect_response("**/uploads/") as uploaded:
        drop(page, own_files["voice"], "audio/wav")
    uploaded.value.finished()
    page.wait_for_timeout(300)  # the page has looked at the answer
    held[0].continue_()
    in_place(page, "audio", "voice.wav")
    expect(page.locator("#id_audio_duration")).to_have_value("7.4")


def test_earlier_files_are_listed_as_they_are_now_never_as_they_were(
    page: Page, shared_studio: Studio, own_files: dict[str, Path]
) -> None:
    """Else a file could be chosen that is gone, or a picture where a recording is wanted."""
    page.goto(shared_studio.url)
    drop(page, own_files["voice"], "audio/wav")
    in_place(page, "audio", "voice.wav")
    page.click("#earlier-audio")
    expect(page.locator("#earlier .name").first).to_have_text("voice.wav")
    page.keyboard.press("Escape")
    held: list[Route] = []
    page.route("**/uploads/?kind=*", lambda route: held.append(route))
    with page.expect_request("**/uploads/?kind=*"):
        page.click("#earlier-audio")
    expect(page.locator("#earlier-list")).to_have_text("One moment …")
    expect(page.locator("#earlier .name")).to_have_count(0)
    held[0].continue_()
    expect(page.locator("#earlier .name").first).to_have_text("voice.wav")


def test_what_is_too_long_is_said_before_anything_is_sent_and_cut_to_the_part_chosen(
    page: Page, shared_studio: Studio, own_files: dict[str, Path]
) -> None:
    page.goto(shared_studio.url)
    drop(page, own_files["short"], "audio/wav")
    expect(page.locator("#field-audio")).to_contain_text("3 s is too short: the API takes 5 to 20 seconds")
    expect(page.locator(".trim")).to_have_count(0)
    drop(page, own_files["long"], "audio/wav")
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
    assert abs(length_of(page, "audio") - 12) < 0.1
    expect(page.locator(".trim[open]")).to_have_count(0)


def test_what_is_no_such_file_is_refused_in_words_beside_the_field_and_nothing_typed_is_lost(
    page: Page, shared_studio: Studio, own_files: dict[str, Path], allowed_errors: list[str]
) -> None:
    allowed_errors.append("status of 422|ERR_UNSAFE_PORT|ERR_CONNECTION_REFUSED")
    page.goto(shared_studio.url)
    switch(page, "image-to-video")
    page.fill("#id_prompt", "Kept")
    page.fill("#id_image", "http://127.0.0.1:9/kept.jpg")
    drop(page, own_files["notes"], "text/plain")
    expect(page.locator("#file-note")).to_contain_text("notes.txt is no picture, recording or video")
    drop(page, own_files["false"], "image/png")
    expect(page.locator("#field-image .sending .error")).to_be_visible()
    expect(page.locator("#field-image [data-again]")).to_be_hidden()
    expect(page.locator("#id_image")).to_have_value("http://127.0.0.1:9/kept.jpg")
    page.set_input_files("#id_image_file", own_files["voice"])
    expect(page.locator("#field-image .sending .name")).to_have_text("voice.wav")
    expect(page.locator("#field-image .sending .error")).to_contain_text("picture")
    page.click("#field-image [data-cancel]")
    expect(page.locator("#field-image .sending")).to_have_count(0)
    expect(page.locator("#id_prompt")).to_have_value("Kept")


def test_a_kept_video_gives_frames_to_image_mode_and_itself_to_control_mode(
    new_page: Callable[..., Page], shared_studio: Studio
) -> None:
    page = new_page(viewport={"width": 1920, "height": 1000})  # a smaller card keeps these two under More
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
    assert abs(length_of(page, "video") - 5) < 0.1
    page.click("#remove-video")
    expect(page.locator("#id_video")).to_have_value("")
    page.goto(f"{shared_studio.url}/?mode=control&video_from={number}")
    expect(page.locator("#field-video .own-file")).to_be_visible()
    page.goto(f"{shared_studio.url}/?mode=image-to-video&frame_from={number}&at=first")
    expect(page.locator("#field-image .own-file .name")).to_contain_text("first frame")
    assert "frame_from" not in page.url
    page.goto(f"{shared_studio.url}/generations/{number}/")
    page.click("#use-in-control")
    mode_is(page, "control")
    expect(page.locator("#field-video .own-file")).to_be_visible()
    expect(page.locator("#id_video_duration")).to_have_value("5")
    assert page.url.endswith("/?mode=control")


def test_a_file_that_is_too_large_is_refused_in_words_before_it_is_sent(
    page: Page, shared_studio: Studio, tmp_path: Path, allowed_errors: list[str]
) -> None:
    allowed_errors.append("status of 422")
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate((1 << 30) + 1)
    page.goto(shared_studio.url)
    switch(page, "control")
    page.set_input_files("#id_video_file", large)
    expect(page.locator("#field-video .sending .error")).to_contain_text("too large: 1 GB is the most")
    expect(page.locator("#field-video .sending .error")).to_contain_text("Cut it")
    expect(page.locator("#field-video [data-again]")).to_be_hidden()
    page.click("#field-video [data-cancel]")
    expect(page.locator("#field-video .sending")).to_have_count(0)


def test_a_large_file_comes_by_parts_goes_on_after_a_break_and_can_be_stopped(
    page: Page, shared_studio: Studio, tmp_path: Path, allowed_errors: list[str]
) -> None:
    """Of what has arrived nothing is sent again."""
    allowed_errors.append("ERR_FAILED|ERR_INTERNET_DISCONNECTED")
    large = write_sound(tmp_path / "long speech.wav", 110, rate=48000)  # 10.6 MB
    incoming = shared_studio.data_dir / "incoming"
    offsets: list[str] = []
    breaks = [True] * 6

    def carry(route: Route) -> None:
        offset = route.request.url.partition("offset=")[2]
        if offset == "0" or not breaks:
            offsets.append(offset)
            route.continue_()
        else:
            breaks.pop()
            route.abort("failed")

    page.route(re.compile(r"/uploads/incoming/.*offset="), carry)
    page.goto(shared_studio.url)
    switch(page, "lipsync")
    page.set_input_files("#id_audio_file", large)
    error = page.locator("#field-audio .sending .error")
    expect(error).to_contain_text("goes on from where it was", timeout=SOON)
    assert len(breaks) == 2, "it was tried some times before anybody was asked"
    (path,) = incoming.iterdir()
    assert path.stat().st_size == 4 << 20
    breaks.clear()
    page.click("#field-audio [data-again]")
    in_place(page, "audio", "long speech.wav")
    assert offsets == ["0", str(4 << 20), str(8 << 20)]
    assert list(incoming.iterdir()) == []

    breaks.extend([True] * 6)
    page.set_input_files("#id_audio_file", write_sound(tmp_path / "other.wav", 111, rate=48000))
    expect(page.locator("#field-audio progress")).to_have_js_property("value", 39)
    page.click("#field-audio [data-cancel]")
    expect(page.locator("#field-audio .sending")).to_have_count(0)
    end = time.monotonic() + 20
    while list(incoming.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.1)
    in_place(page, "audio", "long speech.wav")


def test_a_part_that_takes_a_while_shows_how_far_it_is_and_can_be_canceled(
    page: Page, shared_studio: Studio, tmp_path: Path
) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=21", "-c:v", "libx264", "-preset", "ultrafast")
    film = tmp_path / "one shot.mp4"
    film.write_bytes(written("a.mp4", *source, "-g", "999"))  # no part of it can be copied
    page.goto(shared_studio.url)
    switch(page, "control")
    page.set_input_files("#id_video_file", film)
    whole = in_place(page, "video", "one shot.mp4")
    page.fill("#trim-video-start", "1")
    page.click("#trim-video-go")
    bar = page.locator("#trim-video-job progress")
    expect(bar).to_have_js_property("max", 100)
    expect(page.locator("#trim-video-job progress[value]")).to_have_count(1, timeout=SOON)
    assert 0 < bar.evaluate("bar => bar.value") <= 100
    page.click("#trim-video-job [data-cancel-job]")
    expect(page.locator(".file-job")).to_have_count(0)
    page.wait_for_timeout(1500)
    assert in_place(page, "video", "one shot.mp4") == whole

    page.fill("#trim-video-seconds", "5")
    page.click("#trim-video-go")
    expect(page.locator(".file-job")).to_have_count(1)
    switch(page, "lipsync")  # what was drawn over is drawn where it can be seen
    mode_is(page, "control")
    in_place(page, "video", "one shot (1–6 s)")

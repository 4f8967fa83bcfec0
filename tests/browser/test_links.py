"""Pasted links: what is behind them is shown, and its length is read."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import becomes, card, rows, switch


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server with recordings and a film of known length."""
    folder = tmp_path_factory.mktemp("media")
    for seconds in (3, 7.4, 25):
        write_sound(folder / f"{seconds}.wav", seconds)
    write_film(folder / "9.mp4", 9)
    (folder / "broken.mp4").write_bytes(b"no film")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def write_sound(path: Path, seconds: float) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=math.ceil(8000 * seconds))
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate = 8000
        file.mux(stream.encode(frame))
        file.mux(stream.encode())


def write_film(path: Path, seconds: int) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("h264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for _ in range(5 * seconds):
            frame = av.VideoFrame(64, 36, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([128]) * plane.buffer_size)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


@pytest.fixture
def lipsync(page: Page, shared_studio: Studio) -> Page:
    page.goto(shared_studio.url)
    switch(page, "lipsync")
    return page


def test_a_recording_is_shown_and_its_length_is_filled_in_to_a_tenth(lipsync: Page, media: str) -> None:
    lipsync.fill("#id_audio", f"{media}/7.4.wav")
    expect(lipsync.locator("#preview-audio audio")).to_be_visible()
    expect(lipsync.locator("#id_audio_duration")).to_have_value("7.4")
    expect(lipsync.locator("#estimate strong")).to_have_text("51–66")
    expect(lipsync.locator("#preview-audio")).to_contain_text("Measured: 7.4 s.")


def test_the_measured_length_can_be_overruled(lipsync: Page, shared_studio: Studio, media: str) -> None:
    lipsync.fill("#id_audio", f"{media}/7.4.wav")
    expect(lipsync.locator("#id_audio_duration")).to_have_value("7.4")
    lipsync.fill("#id_audio_duration", "6")
    lipsync.fill("#id_prompt", "A presenter [late]")
    lipsync.click("#generate")
    becomes(card(lipsync), "running")
    expect(lipsync.locator("#id_audio_duration")).to_have_value("6")
    assert '"audio_duration": 6' in rows(shared_studio)[-1]["request"]


@pytest.mark.parametrize("seconds", [3, 25])
def test_a_length_outside_5_to_20_s_is_said_beside_the_field_and_never_clamped(
    seconds: int, lipsync: Page, shared_studio: Studio, media: str
) -> None:
    lipsync.fill("#id_audio", f"{media}/{seconds}.wav")
    field = lipsync.locator("#id_audio_duration")
    expect(field).to_have_value(str(seconds))
    expect(lipsync.locator("#seconds-help")).to_have_text(f"The API takes 5 to 20 seconds; this is {seconds}.")
    expect(field).to_have_attribute("aria-invalid", "true")
    before = len(rows(shared_studio))
    lipsync.click("#generate")
    expect(lipsync.locator("#audio_duration-error")).to_contain_text(f"this is {seconds}")
    expect(field).to_have_value(str(seconds))
    assert len(rows(shared_studio)) == before
    field.fill("12")
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_a_film_is_shown_and_its_length_is_filled_in(page: Page, shared_studio: Studio, media: str) -> None:
    page.goto(shared_studio.url)
    switch(page, "control")
    page.fill("#id_video", f"{media}/9.mp4")
    expect(page.locator("#preview-video video")).to_be_visible()
    expect(page.locator("#id_video_duration")).to_have_value("9")


def test_a_link_that_does_not_open_is_said_in_words(page: Page, shared_studio: Studio, media: str) -> None:
    page.goto(shared_studio.url)
    switch(page, "control")
    page.fill("#id_video", f"{media}/broken.mp4")
    expect(page.locator("#preview-video")).to_contain_text("This browser cannot open the link")
    expect(page.locator("#preview-video video")).to_have_count(0)


def test_samples_fill_the_link_and_its_length(page: Page, shared_studio: Studio) -> None:
    page.goto(shared_studio.url)
    switch(page, "lipsync")
    page.click("#sample-audio")
    expect(page.locator("#preview-audio audio")).to_be_visible()
    length = page.locator("#preview-audio audio").evaluate("a => a.duration")
    expect(page.locator("#id_audio_duration")).to_have_value(f"{round(length, 1):g}")


INSIDE = ["http://192.168.1.1/reboot?x=1", "http://10.1/a.mp4", "http://[fd00:ec2::254]/a.mp4", "http://router/a.mp4",
          "http://nas.local/a.mp4", "http://user:word@cdn.example/a.mp4", "http://2852039166/a.mp4"]  # fmt: skip


@pytest.mark.parametrize("link", INSIDE)
def test_what_is_inside_a_network_is_not_asked_for_a_preview(
    page: Page, shared_studio: Studio, media: str, link: str
) -> None:
    asked: list[str] = []
    page.goto(shared_studio.url)
    switch(page, "control")
    page.on("request", lambda request: asked.append(request.url))
    page.fill("#id_video", link)
    page.fill("#id_video", f"{media}/9.mp4")  # the sandbox takes links on this machine
    expect(page.locator("#preview-video video")).to_be_visible()
    assert {url for url in asked if not url.startswith(shared_studio.url)} == {f"{media}/9.mp4"}

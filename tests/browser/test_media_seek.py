"""A kept video in Chromium: it seeks, and shows the picture of the moment that was asked for."""

from __future__ import annotations

import random
from pathlib import Path

import av
from playwright.sync_api import Page, Response

from tests.browser.process import Studio

ROOT = Path(__file__).resolve().parents[2]
# Chromium fetches about ten seconds ahead, unasked: the clip is far longer than that.
SECONDS, RATE, WIDTH, HEIGHT = 30, 8, 640, 360
STEP = 7  # how much brighter each second is than the one before
SEEK = """(video, at) => new Promise((resolve, reject) => {
    const seen = () => {
        const canvas = document.createElement("canvas");
        canvas.width = 16; canvas.height = 9;
        const paint = canvas.getContext("2d");
        paint.drawImage(video, 0, 0, 16, 9);
        const bytes = paint.getImageData(0, 0, 16, 9).data;
        let sum = 0;
        for (let each = 0; each < bytes.length; each += 4) sum += bytes[each];
        resolve([video.currentTime, sum / 144]);
    };
    video.pause();
    video.addEventListener("error", () => reject(new Error(video.error.message)), {once: true});
    video.addEventListener("seeked", () => video.requestVideoFrameCallback
        ? requestAnimationFrame(() => requestAnimationFrame(seen)) : seen(), {once: true});
    setTimeout(() => reject(new Error(`no picture of ${at}, ready ${video.readyState}`)), 20000);
    video.currentTime = at;
})"""


def brightness(second: int) -> int:
    """Of the whole picture, 0 to 255, for so long."""
    return 20 + STEP * second


def write_clip(path: Path) -> None:
    """Grainy, so that it takes many ranges; each second is as bright as its number."""
    grain = [bytes(random.Random(seed).choices(range(24), k=WIDTH * HEIGHT)) for seed in range(3)]
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "20", "g": str(RATE)})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(SECONDS * RATE):
            level = round(16 + (brightness(number // RATE) - 12) * 219 / 255)
            frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            shifted = grain[number % 3].translate(bytes(min(255, max(0, each + level)) for each in range(256)))
            for plane, content in zip(frame.planes, (shifted, bytes([128]) * (WIDTH * HEIGHT), b""), strict=True):
                line = plane.line_size
                rows = (content or bytes([128]) * (WIDTH * HEIGHT))[: plane.width * plane.height]
                lines = (rows[y * plane.width : (y + 1) * plane.width] for y in range(plane.height))
                plane.update(b"".join(each.ljust(line, b"\x80") for each in lines))
            frame.pts = number
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def test_it_seeks_to_any_moment_without_fetching_what_lies_between(studio: Studio, page: Page, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_clip(clip)
    assert clip.stat().st_size > 4 << 20
    studio.keep(f"Path({str(clip)!r}).read_bytes()")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if answer.url.endswith("/1/video/") else None)
    page.goto(f"{studio.url}/generations/1/")
    video = page.locator("video[src$='/generations/1/video/']").first
    video.evaluate("""video => new Promise(resolve => {
        video.addEventListener("loadeddata", resolve, {once: true});
        video.preload = "auto";
        video.load();
    })""")
    assert abs(video.evaluate("video => video.duration") - SECONDS) < 0.1
    for at in (29.5, 0.5, 22.5, 10.5, 25.5, 4.5, 16.5):
        now, light = video.evaluate(SEEK, at)
        assert abs(now - at) < 0.05
        assert round((light - 20) / STEP) == int(at), (at, light)
    assert {answer.status for answer in answers} == {206}
    assert len(answers) > 1

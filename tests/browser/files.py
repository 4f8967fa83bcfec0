"""Files as people have them, made on the spot, and the ways to hand them over."""

from __future__ import annotations

import math
import re
from array import array
from pathlib import Path
from urllib.parse import quote

import av
from PIL import Image, ImageDraw
from playwright.sync_api import JSHandle, Page, expect

HANDED = """async ([url, name, type]) => {
  const bytes = await (await fetch(url)).blob();
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type}));
  return transfer;
}"""


def write_picture(path: Path, size: tuple[int, int] = (640, 360)) -> Path:
    image = Image.new("RGB", size, "#35506b")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, size[1] * 2 // 3, *size), fill="#1c2a1f")
    draw.ellipse((size[0] // 2, size[1] // 6, size[0] * 2 // 3, size[1] // 2), fill="#f0d8a0")
    image.save(path)
    return path


def write_sound(path: Path, seconds: float, rate: int = 8000) -> Path:
    """A tone."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=rate, layout="mono")
        count = round(rate * seconds)
        samples = array("h", (round(6000 * math.sin(each / 6)) for each in range(count)))
        frame = av.AudioFrame(format="s16", layout="mono", samples=count)
        frame.planes[0].update(samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate = rate
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def write_film(path: Path, seconds: int) -> Path:
    """Grey that grows lighter, 10 frames a second."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("h264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(10 * seconds):
            frame = av.VideoFrame(320, 180, "yuv420p")
            for plane, value in zip(frame.planes, (40 + number % 160, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def transfer(page: Page, path: Path, kind: str) -> JSHandle:
    """What a drag or a clipboard holds: this very file."""
    address = f"/handed-over/{quote(path.name)}"
    page.context.route(f"**{address}", lambda route: route.fulfill(path=path))
    return page.evaluate_handle(HANDED, [address, path.name, kind])


def drag(page: Page, path: Path, kind: str, onto: str = "body") -> JSHandle:
    data = transfer(page, path, kind)
    page.dispatch_event(onto, "dragover", {"dataTransfer": data})
    return data


def drop(page: Page, path: Path, kind: str, onto: str = "body") -> None:
    page.dispatch_event(onto, "drop", {"dataTransfer": drag(page, path, kind, onto)})


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


def length_of(page: Page, kind: str) -> float:
    """What the player says, in seconds."""
    return page.locator(f"#preview-{kind} {kind}").evaluate(
        "a => a.readyState ? a.duration : new Promise(done => { a.onloadedmetadata = () => done(a.duration); })"
    )


def picture_shows(page: Page) -> None:
    expect(page.locator("#preview-image img")).to_have_js_property("complete", True)
    assert page.locator("#preview-image img").evaluate("i => i.naturalWidth") > 0

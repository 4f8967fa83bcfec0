"""A take that begins with a picture of this studio's shows it; no other link is ever followed."""

import io
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from PIL import Image

from studio.media.ranges import parse_range
from studio.sandbox.inputs import fetch_inputs
from studio.sandbox.tasks import Task

from .conftest import Client

RED = (200, 40, 30)


class Links(HTTPServer):
    """The studio's port for signed links, with one file."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.longest = content, 1 << 30
        self.asked: list[str] = []
        self.ranges: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Links

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.ranges.append(self.headers.get("Range", ""))
        found, content = self.path.startswith("/files/token/"), self.server.content
        start, stop = parse_range(self.headers.get("Range"), len(content)) or (0, len(content))
        stop = min(stop, start + self.server.longest)
        self.send_response(206 if found else 302)
        self.send_header("Location", "/files/token/image.jpg")
        self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        self.send_header("Content-Length", str(stop - start if found else 0))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(content[start:stop] if found else b"")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def links() -> Iterator[Links]:
    out = io.BytesIO()
    Image.new("RGB", (300, 400), RED).save(out, "JPEG")
    server = Links(out.getvalue())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def task(link: str, kind: str = "image-to-video") -> Task:
    return Task("n50_ltx2", {"model": "ltx-2", "type": kind, "prompt": "Fog", "image": link}, 3, 0, 0)


def test_the_test_clip_of_a_picture_shows_it(client: Client, links: Links, tmp_path: Path) -> None:
    link = f"http://127.0.0.1:{links.server_port}/files/token/image.jpg"
    done = client.wait(client.accepted(type="image-to-video", image=link), 60)
    path = tmp_path / "clip.mp4"
    path.write_bytes(requests.get(done["response"][0], timeout=5).content)
    with av.open(str(path)) as video:
        frames = [frame.to_image() for frame in video.decode(video=0)]
    assert (frames[0].size, len(frames)) == ((854, 480), 120)
    for frame in (frames[0], frames[-1]):
        middle, edge = (frame.getpixel((x, 200)) for x in (427, 60))
        assert isinstance(middle, tuple)
        assert isinstance(edge, tuple)
        assert all(abs(seen - asked) < 16 for seen, asked in zip(middle, RED, strict=True))
        assert edge[0] < 140  # around a tall picture its dark copy


@pytest.mark.parametrize("path", ["/elsewhere", "/filesystem", "/redirected/files/token/image.jpg"])
def test_of_this_machine_only_signed_links_are_followed(links: Links, path: str) -> None:
    assert fetch_inputs(task(f"http://127.0.0.1:{links.server_port}{path}")) is None
    assert links.asked == []


def test_neither_redirects_nor_other_files_make_a_picture(links: Links) -> None:
    assert fetch_inputs(task(f"http://127.0.0.1:{links.server_port}/files/other")) is None
    links.content = b"<svg/>"
    assert fetch_inputs(task(f"http://127.0.0.1:{links.server_port}/files/token/a.jpg")) is None


@pytest.mark.parametrize("link", [
    "http://192.0.2.1/files/a.jpg", "https://127.0.0.1/files/a.jpg", "http://localhost/files/a.jpg",
    "http://127.0.0.1:1/files/a.jpg", "http://[::ffff:192.0.2.1]/files/a.jpg", "file:///files/a.jpg", "nonsense",
])  # fmt: skip
def test_nothing_else_is_asked_for(link: str) -> None:
    assert fetch_inputs(task(link)) is None
    assert fetch_inputs(task(link, "lipsync")) is None


def test_it_is_fetched_in_the_way_of_programs_that_go_on_where_they_stopped(links: Links) -> None:
    assert fetch_inputs(task(f"http://127.0.0.1:{links.server_port}/files/token/image.jpg"))
    assert links.ranges == ["bytes=0-", f"bytes={len(links.content) // 2}-"]


@pytest.mark.parametrize("name", ["image", "audio", "video"])
def test_a_take_whose_input_comes_cut_off_fails(client: Client, links: Links, name: str) -> None:
    """As at a provider whose program takes what came for all of it, but aloud."""
    kind = {
        "image": {"type": "image-to-video"},
        "audio": {"type": "lipsync", "audio_duration": 5},
        "video": {"type": "control", "video_duration": 5, "mode": "pose", "audio_mode": "none"},
    }
    links.content += bytes(3 << 20)
    links.longest = 1 << 20
    link = f"http://127.0.0.1:{links.server_port}/files/token/{name}.bin"
    done = client.wait(client.accepted(**kind[name], **{name: link}), 60)
    assert done["status"] == "failed"
    assert "bytes of what it is made from came" in str(done)

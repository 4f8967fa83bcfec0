"""Viewers who take nothing of what they asked for hold nobody up."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.browser.process import Studio, open_url, started
from tests.commands.studio_client import StudioClient

VIEWERS = 12
BIG = 64 << 20


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """With one kept video, of a size that no buffer on the way takes in."""
    with started(tmp_path_factory.mktemp("stalled")) as studio:
        studio.keep(f"os.urandom({BIG}), poster=None")
        yield studio


def stall(studio: Studio, request: bytes) -> socket.socket:
    """Ask, take at most one byte, and do nothing more."""
    viewer = socket.socket()
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    viewer.settimeout(20)
    viewer.connect(("127.0.0.1", studio.port))
    viewer.sendall(request)
    return viewer


@pytest.mark.parametrize("kind", ["whole", "ranges", "one behind the other"])
def test_twelve_stalled_viewers_do_not_stop_the_page(studio: Studio, kind: str) -> None:
    lines = b"GET /generations/1/video/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    ranged = lines + b"Range: bytes=0-\r\n\r\n"
    asked = {"whole": lines + b"\r\n", "ranges": ranged, "one behind the other": (lines + b"\r\n") * 2 + ranged * 20}
    with ExitStack() as stack:
        for number in range(VIEWERS):
            viewer = stack.enter_context(stall(studio, asked[kind]))
            assert number % 2 or viewer.recv(1) == b"H"
        time.sleep(0.2)
        for path in ("/healthz", "/", "/generations/", "/generations/changes/?newest=1"):
            with open_url(studio.url + path, timeout=20) as answer:
                assert answer.status in (200, 204)
        with open_url(f"{studio.url}/generations/1/video/", timeout=20) as answer:
            assert len(answer.read(1 << 20)) == 1 << 20


def test_a_viewer_who_leaves_in_the_middle_lets_go_of_the_file(studio: Studio) -> None:
    for _ in range(5):
        stall(studio, b"GET /generations/1/video/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").close()
    end = time.monotonic() + 20
    while any("seed-" in held for held in files_of(studio.pid)):
        assert time.monotonic() < end
        time.sleep(0.1)


def files_of(pid: int) -> list[str]:
    """What a process has open, where this machine tells."""
    folder = Path(f"/proc/{pid}/fd")
    found = []
    for handle in folder.iterdir() if folder.is_dir() else []:
        try:
            found.append(os.readlink(handle))
        except FileNotFoundError:
            continue
    return found


def test_a_large_body_comes_through_where_files_are_taken(studio: Studio) -> None:
    """7 MB that are no file of any kind: not too large, but not taken; and nothing of it is left behind."""
    visitor = StudioClient(studio.url)
    form = {"csrfmiddlewaretoken": visitor.token(visitor.get("/").text)}
    headers = {"Referer": f"{studio.url}/", "Accept": "application/json"}
    files = {"file": ("junk.bin", os.urandom(7 << 20))}
    answer = visitor.session.post(f"{studio.url}/uploads/", form, files=files, headers=headers, timeout=60)
    assert answer.status_code == 422
    assert answer.json()["problem"]
    end = time.monotonic() + 20
    while any(
        path.is_file() for path in (studio.data_dir / "tmp").rglob("*")
    ):  # the answer may be here before the last file is closed
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_body_of_more_than_8_mb_is_refused_before_it_is_read(studio: Studio) -> None:
    for path in (b"/uploads/", b"/estimate/", b"/uploads/incoming/x/"):
        head = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n\r\n" % path
        with stall(studio, head) as refused:
            assert b" 413 " in refused.recv(100)


def test_a_body_that_does_not_say_how_long_it_is_is_read_to_8_mb(studio: Studio) -> None:
    head = b"POST /uploads/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n900000\r\n"
    with stall(studio, b"") as refused:
        with suppress(ConnectionError):
            refused.sendall(head + b"x" * 0x900000)
        assert b" 413 " in refused.recv(100)

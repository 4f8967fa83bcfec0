"""Why a large file is not taken is said in words of its own, with what to do; also to who is still sending it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests

from tests.browser.process import Studio
from tests.commands.visitor import Visitor
from tests.media.made import picture
from tests.programs import program

ROOT = Path(__file__).resolve().parents[2]
TOO_LARGE, TOO_MANY, NO_ROOM = (
    "This file is too large: 1 GB is the most",
    "Other files are just coming in",
    "disk is full",
)
WAYS = {TOO_LARGE: "Cut it", TOO_MANY: "Try again when one of them is done", NO_ROOM: "Make room there"}
JSON = {"Accept": "application/json"}
PART = b"POST /uploads/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000000\r\n\r\nx"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = Studio(ROOT, tmp_path_factory.mktemp("refused"))
    try:
        studio.start()
        yield studio
    finally:
        studio.end()


@pytest.fixture
def crowded(studio: Studio) -> Iterator[Studio]:
    """Four files are just coming in."""
    with ExitStack() as stack:
        for _ in range(4):
            peer = stack.enter_context(socket.create_connection(("127.0.0.1", studio.port), timeout=20))
            peer.sendall(PART)
        yield studio
    end = time.monotonic() + 20
    while asked(studio, 2_000_000).status_code == 413:
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def full(studio: Studio) -> Iterator[Studio]:
    studio.restart(STUDIO_DISK_RESERVE="1000TB")
    yield studio
    studio.restart(STUDIO_DISK_RESERVE="0")


def asked(studio: Studio, size: int) -> requests.Response:
    """What the page asks before it sends a file of so many bytes."""
    visitor = Visitor(studio.url)
    form = {"csrfmiddlewaretoken": visitor.token(visitor.get("/").text)}
    headers = {**JSON, "X-File-Bytes": str(size), "Referer": f"{studio.url}/"}
    return visitor.session.post(f"{studio.url}/uploads/", form, headers=headers, timeout=20)


def sent(studio: Studio, size: int, headers: dict[str, str] = JSON) -> requests.Response:
    """A file of so many bytes, all of which are sent whatever is answered meanwhile."""
    visitor = Visitor(studio.url)
    form = {"csrfmiddlewaretoken": visitor.token(visitor.get("/").text)}
    files = {"file": ("a.mp4", os.urandom(size))}
    return visitor.session.post(f"{studio.url}/uploads/", form, files=files, headers=headers, timeout=60)


def is_said(answer: requests.Response, words: str) -> None:
    assert answer.status_code == 413
    problem = answer.json()["problem"]
    assert words in problem
    assert WAYS[words] in problem
    assert [other for other in WAYS if other != words and other in problem] == []
    assert answer.json()["retry"] == (words != TOO_LARGE)


def log_of(studio: Studio) -> str:
    return studio._log.read_text()


def test_one_that_is_too_large_is_refused_before_it_is_sent(studio: Studio) -> None:
    is_said(asked(studio, (1 << 30) + 1), TOO_LARGE)
    assert asked(studio, 1 << 29).status_code == 204
    assert f"a file is not taken: {TOO_LARGE}" in log_of(studio)


def test_a_program_that_sends_too_much_is_told_why(studio: Studio, tmp_path: Path) -> None:
    """Of 2 GB, of which it sends next to nothing, and some of them wait for leave to send."""
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(2 << 30)
    for header in ("Expect: 100-continue", "Expect:"):
        command = [program("curl"), "-sS", "-o", tmp_path / "answer", "-w", "%{http_code} %{size_upload}"]
        command += ["-H", "Accept: application/json", "-H", header, "-F", f"file=@{large}", f"{studio.url}/uploads/"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        code, _ = done.stdout.split()
        assert (code, done.returncode in (0, 55, 56)) == ("413", True), done
        assert TOO_LARGE in json.loads((tmp_path / "answer").read_text())["problem"]


def test_the_fifth_at_once_is_told_to_wait(crowded: Studio) -> None:
    is_said(asked(crowded, 2_000_000), TOO_MANY)
    is_said(sent(crowded, 8 << 20), TOO_MANY)  # though it has sent all of it before it reads the answer
    assert f"a file is not taken: {TOO_MANY}" in log_of(crowded)


def test_without_room_the_disk_is_named(full: Studio) -> None:
    is_said(asked(full, 2_000_000), NO_ROOM)
    is_said(sent(full, 4 << 20), NO_ROOM)
    small = Visitor(full.url)
    form = {"csrfmiddlewaretoken": small.token(small.get("/").text)}
    files = {"file": ("a.jpg", picture())}
    answer = small.session.post(f"{full.url}/uploads/", form, files=files, headers=JSON, timeout=60)
    assert (answer.status_code, NO_ROOM in answer.json()["problem"]) == (422, True)
    assert "STUDIO_DISK_RESERVE" in answer.json()["problem"]
    assert "a file is not taken" in log_of(full)


def test_without_scripts_it_is_a_page_with_a_way_back(crowded: Studio) -> None:
    answer = sent(crowded, 2 << 20, {"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert TOO_MANY in answer.text
    assert 'href="/"' in answer.text


def test_who_breaks_off_in_the_middle_leaves_a_line_in_the_log_and_nothing_else(studio: Studio) -> None:
    with socket.create_connection(("127.0.0.1", studio.port), timeout=20) as peer:
        peer.sendall(PART.replace(b"\r\n\r\n", b"\r\n\r\n" + b"x" * 3_000_000))
    end = time.monotonic() + 20
    while "a file broke off after" not in log_of(studio) or any(
        path.is_file() for path in (studio.data_dir / "tmp").rglob("*")
    ):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_whoever_sends_on_and_on_after_a_refusal_is_not_read_for_ever(crowded: Studio) -> None:
    with socket.create_connection(("127.0.0.1", crowded.port), timeout=20) as peer:
        peer.sendall(PART.replace(b"5000000", b"9000000"))
        assert b" 413 " in peer.recv(100)
        with suppress(ConnectionError):
            peer.sendall(bytes(1_000_000))  # which is thrown away
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(4096):
                pass
    assert asked(crowded, 100).status_code in (204, 413)

"""What is too large for one request is refused in words, also to who is still sending it."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests

from studio.management import connections
from tests.browser.process import Studio, open_url, started
from tests.commands.studio_client import StudioClient
from tests.gallery.test_media_stalled import files_of
from tests.programs import program

WORDS = "A form may bring 8 MB at most"
PART = b"POST /uploads/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000000\r\n\r\nx"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with started(tmp_path_factory.mktemp("refused")) as studio:
        yield studio


@pytest.fixture
def peer(studio: Studio) -> Iterator[Callable[[bytes], socket.socket]]:
    with ExitStack() as stack:

        def connect(sent: bytes) -> socket.socket:
            client = stack.enter_context(socket.create_connection(("127.0.0.1", studio.port), timeout=20))
            client.sendall(sent)
            return client

        yield connect


def test_a_form_with_a_large_file_gets_a_page_with_a_way_back(studio: Studio) -> None:
    """Though it has sent all of it before it reads the answer."""
    visitor = StudioClient(studio.url)
    form = {"csrfmiddlewaretoken": visitor.token(visitor.get("/").text)}
    assert "8 MB at most while JavaScript is off" in visitor.get("/?type=image-to-video").text
    files = {"file": ("a.mp4", bytes(12 << 20))}
    answer: requests.Response = visitor.session.post(f"{studio.url}/uploads/", form, files=files, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert WORDS in answer.text
    assert 'href="/"' in answer.text


def test_a_program_that_sends_too_much_is_told_why(studio: Studio, tmp_path: Path) -> None:
    """Of 2 GB, of which it sends next to nothing, and some of them wait for leave to send."""
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(2 << 30)
    for header in ("Expect: 100-continue", "Expect:"):
        command = [program("curl"), "-sS", "-o", tmp_path / "answer", "-w", "%{http_code} %{size_upload}"]
        command += ["-H", header, "-F", f"file=@{large}", f"{studio.url}/uploads/"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        code, _ = done.stdout.split()
        assert (code, done.returncode in (0, 55, 56)) == ("413", True), done
        assert WORDS in (tmp_path / "answer").read_text()


def test_whoever_sends_on_and_on_after_a_refusal_is_not_read_for_ever(studio: Studio, peer: Callable) -> None:
    client = peer(PART.replace(b"5000000", b"9000000"))
    assert b" 413 " in client.recv(100)
    with suppress(ConnectionError):
        client.sendall(bytes(1_000_000))  # which is thrown away
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass
    assert open_url(f"{studio.url}/healthz", timeout=20).status == 200


def test_who_breaks_off_in_the_middle_leaves_nothing(studio: Studio, peer: Callable) -> None:
    peer(PART.replace(b"\r\n\r\n", b"\r\n\r\n" + b"x" * 3_000_000)).close()
    end = time.monotonic() + 20
    while any(path.is_file() for path in (studio.data_dir / "tmp").rglob("*")):
        assert time.monotonic() < end
        time.sleep(0.1)


def files_below(studio: Studio) -> list[str]:
    return [name for name in files_of(studio.pid) if str(studio.data_dir / "tmp") in name]


def test_of_many_large_bodies_that_stall_only_some_lie_on_the_disk(studio: Studio, peer: Callable) -> None:
    for _ in range(connections.MOST_LARGE + 20):
        peer(PART + bytes(200_000))
    time.sleep(1)
    end = time.monotonic() + 20  # a file goes when its connection has been closed
    while len(left := files_below(studio)) > connections.MOST_LARGE:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert left
    assert open_url(f"{studio.url}/healthz", timeout=20).status == 200

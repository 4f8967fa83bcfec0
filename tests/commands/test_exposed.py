"""Anonymous clients who open, ask and never read: they get what is theirs, and everybody else gets in all the same."""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from waitress.server import create_server

from studio.management import connections
from studio.management.connections import Connection, most_connections
from tests.browser.process import Studio, open_url
from tests.gallery.test_media_stalled import files_of

from .starting import ROOT

PASSWORD = "a password for these tests"  # noqa: S105


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One that is open to a network, on a machine that gives a process few descriptors."""
    studio = Studio(ROOT, tmp_path_factory.mktemp("exposed"))
    studio.env["STUDIO_PASSWORD"] = PASSWORD
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        studio.start()
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        yield studio
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        studio.end()


@pytest.fixture
def clients() -> Iterator[Callable[[int, bytes], socket.socket]]:
    """Connects, sends something, and reads nothing."""
    with ExitStack() as stack:

        def connect(port: int, sent: bytes) -> socket.socket:
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect(("127.0.0.1", port))
            with suppress(ConnectionError):
                client.sendall(sent)
            return client

        yield connect


def assert_it_answers(studio: Studio) -> None:
    for path in ("/login/", "/healthz"):
        with open_url(studio.url + path, timeout=20) as answer:
            assert answer.status == 200
    assert studio.manage("check", "--database", "default").returncode == 0


def script(studio: Studio) -> str:
    """The largest file that anybody may have."""
    page = open_url(f"{studio.url}/login/", timeout=20).read().decode()
    return next(part for part in page.split('"') if part.startswith("/static/") and part.endswith(".js"))


def test_the_limit_of_descriptors_is_raised_at_the_start(studio: Studio) -> None:
    line = next(line for line in Path(f"/proc/{studio.pid}/limits").read_text().splitlines() if "open files" in line)
    soft, hard = (int(number) for number in line.split()[3:5])
    assert soft == min(hard, connections.DESCRIPTORS) > 256


def test_pipelined_requests_that_nobody_reads_open_no_more_files(studio: Studio, clients: Callable) -> None:
    before, request = len(files_of(studio.pid)), f"GET {script(studio)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    for _ in range(8):
        clients(studio.port, request * 170)
        clients(studio.links_port, b"GET /files/x/y HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 170)
    time.sleep(0.5)
    assert len(files_of(studio.pid)) < before + 60
    assert_it_answers(studio)


def test_half_open_requests_stop_no_page(studio: Studio, clients: Callable) -> None:
    for _ in range(connections.MOST + 130):
        clients(studio.port, b"GET / HTTP/1.1\r\nHost: 127")
    for _ in range(20):
        clients(studio.links_port, b"GET / HTTP/1.1\r\nHost: 127")
    assert_it_answers(studio)
    assert len(files_of(studio.pid)) < connections.MOST + 150


def test_bodies_that_never_come_stop_no_page(studio: Studio, clients: Callable) -> None:
    for _ in range(connections.MOST + 130):
        clients(studio.port, b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000\r\n\r\nx")
    assert_it_answers(studio)


Served = Callable[..., tuple[Any, int]]


@pytest.fixture
def served() -> Iterator[Served]:
    """A listener of this process's own, with connections of another kind than the usual."""
    running: list[tuple[Any, threading.Thread]] = []

    def serve(**bounds: Any) -> tuple[Any, int]:
        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            path = environ["PATH_INFO"].encode()
            body = path * (1 << 21) if path == b"/large" else path
            start_response("200 OK", [("Content-Length", str(len(body)))])
            return [body]

        server = create_server(application, host="127.0.0.1", port=0, threads=2, asyncore_loop_timeout=0.05)
        server.channel_class = type("Own", (Connection,), bounds)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        return server, int(server.effective_port)

    yield serve
    for server, thread in running:
        server._map.clear()
        server.pull_trigger()
        thread.join(5)


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def is_closed(client: socket.socket) -> bool:
    """Whether the server has ended it, within 20 s; what it sent before is passed over."""
    try:
        while client.recv(1 << 16):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def read_until(client: socket.socket, end: bytes) -> bytes:
    read = b""
    while not read.endswith(end):
        piece = client.recv(1 << 16)
        assert piece, read
        read += piece
    return read


def test_who_reads_gets_all_pipelined_answers_in_their_order(served: Served, clients: Callable) -> None:
    _, port = served()
    paths = [f"/{number}" for number in range(170)]
    client = clients(port, b"".join(get(path) for path in paths))
    read = read_until(client, b"/169")
    assert [part.rpartition(b"\r\n\r\n")[2].decode() for part in read.split(b"HTTP/1.1 200 OK")[1:]] == paths
    body = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345"
    chunked = b"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    for byte in range(len(body)):  # wherever the network cuts it
        client.sendall(body[:byte])
        client.sendall(body[byte:] + chunked + get("/end"))
        assert read_until(client, b"/end").count(b"200 OK") == 3


def test_one_request_is_taken_at_a_time(served: Served, clients: Callable) -> None:
    server, port = served()
    client = clients(port, get("/large") + get("/behind") * 100)
    assert client.recv(1) == b"H"
    [channel] = server.active_channels.values()
    assert len(channel.requests) <= 1
    assert 0 < len(channel.ahead) < 1 << 16
    assert read_until(client, b"/behind").count(b"HTTP/1.1 200 OK")


def test_a_body_is_asked_for_where_the_client_waits_for_a_word(served: Served, clients: Callable) -> None:
    _, port = served()
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    client = clients(port, get("/first") + head)
    assert b"100 Continue" in read_until(client, b"100 Continue\r\n\r\n")
    client.sendall(b"12345")
    assert b"200 OK" in read_until(client, b"/a")


def test_headers_that_do_not_come_to_an_end_are_not_waited_for(
    served: Served, clients: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADERS_SECONDS", 0.3)
    _, port = served()
    dripping, late = clients(port, b"GET / HT"), clients(port, get("/first") + b"GET /")
    idle = clients(port, get("/idle"))
    assert is_closed(dripping)
    assert is_closed(late)
    assert read_until(idle, b"/idle")
    time.sleep(0.5)
    idle.sendall(get("/again"))
    assert read_until(idle, b"/again")


def test_an_answer_that_is_not_taken_is_given_up(
    served: Served, clients: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "STALLED_SECONDS", 0.3)
    server, port = served()
    clients(port, get("/large"))
    end = time.monotonic() + 20
    while not server.active_channels:
        assert time.monotonic() < end
    while server.active_channels:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_where_all_places_are_taken_the_longest_silent_makes_way(served: Served, clients: Callable) -> None:
    server, port = served(most=5)
    first = clients(port, get("/large"))
    assert first.recv(1) == b"H"
    time.sleep(0.3)
    others = [clients(port, b"GET /") for _ in range(4)]
    for _ in range(3):
        newcomer = clients(port, get("/new"))
        assert read_until(newcomer, b"/new")
    assert is_closed(first)
    assert is_closed(others[0])
    assert len(server.active_channels) <= 6


def test_one_address_gets_only_so_many_and_the_others_keep_theirs(
    served: Served, clients: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE", 3)
    _, port = served(is_from_anywhere=lambda self: False)
    many = [clients(port, b"GET /") for _ in range(4)]
    assert is_closed(many[0])
    many[3].sendall(b"last HTTP/1.1\r\nHost: x\r\n\r\n")
    assert read_until(many[3], b"/last")


def test_a_proxy_s_address_and_this_machine_s_own_are_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_from_anywhere(address: str, *, behind_proxy: bool = False) -> bool:
        connection = Connection.__new__(Connection)
        connection.addr, connection.shared_address = (address, 1), behind_proxy
        return connection.is_from_anywhere()

    assert is_from_anywhere("127.0.0.1")
    assert is_from_anywhere("::1")
    assert is_from_anywhere("203.0.113.7", behind_proxy=True)
    assert not is_from_anywhere("203.0.113.7")
    assert not is_from_anywhere("fe80::1%eth0")


def test_the_bound_leaves_descriptors_for_everything_else() -> None:
    for descriptors in (512, 1024, 4096, 8192, 1 << 20):
        most = most_connections(descriptors)
        assert 16 <= most <= connections.MOST
        assert 2 * 3 * most <= max(descriptors - 256, 96)

"""A server of videos on a real socket, good or bad as a test tells it."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.provider.servers import Peer, Server

RANGE = re.compile(rb"\r\nrange: bytes=(\d+)-\r\n", re.IGNORECASE)
IF_RANGE = re.compile(rb"\r\nif-range: ([^\r]+)\r\n", re.IGNORECASE)
Turn = Callable[[Peer, "Request"], None]


@dataclass(frozen=True)
class Request:
    path: str
    start: int
    validator: str


@dataclass
class VideoServer:
    """`files` by path. `turns`: what happens at the next requests instead of a good answer; `None` is a good one."""

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    tag: str = '"v1"'
    length: bool = True  # whether it says how much it sends
    type: str = "video/mp4"
    turns: deque[Turn | None] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    sent: int = 0  # bytes of bodies

    def __post_init__(self) -> None:
        self.server = Server(self.serve)
        self.own = ("127.0.0.1", self.server.port)
        self.lock = threading.Lock()

    def url(self, path: str = "/a.mp4") -> str:
        return f"http://127.0.0.1:{self.server.port}{path}"

    def close(self) -> None:
        self.server.close()

    def serve(self, peer: Peer) -> None:
        while raw := peer.read():
            found, tag = RANGE.search(raw), IF_RANGE.search(raw)
            path = raw.split(b" ")[1].decode()
            request = Request(path, int(found[1]) if found else 0, tag[1].decode() if tag else "")
            with self.lock:
                self.requests.append(request)
                turn = self.turns.popleft() if self.turns else None
            (turn or self.answer)(peer, request)

    def answer(self, peer: Peer, request: Request) -> None:
        content = self.files[request.path]
        self.send(peer, self.head(request, content) + content[self.start(request) :])

    def start(self, request: Request) -> int:
        return request.start if self.ranges and request.validator == self.tag else 0

    def head(self, request: Request, content: bytes) -> bytes:
        start = self.start(request)
        lines = [f"HTTP/1.1 {206 if start else 200} OK", f"Content-Type: {self.type}"]
        lines += [f"ETag: {self.tag}"] if self.tag else []
        lines += [f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}"] if start else []
        lines += [f"Content-Length: {len(content) - start}"] if self.length else ["Connection: close"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def send(self, peer: Peer, data: bytes) -> None:
        peer.send(data)
        self.sent += len(data)
        if not self.length:
            peer.sock.close()


def broken_after(shop: VideoServer, count: int) -> Turn:
    """So many bytes of the body, then the connection breaks."""

    def turn(peer: Peer, request: Request) -> None:
        content = shop.files[request.path]
        start = shop.start(request)
        shop.send(peer, shop.head(request, content) + content[start : start + count])
        peer.sock.close()

    return turn


def held_after(shop: VideoServer, count: int, event: threading.Event, drip: int = 0) -> Turn:
    """So many bytes, then `drip` bytes now and then, and the rest once the event is set."""

    def turn(peer: Peer, request: Request) -> None:
        content = shop.files[request.path]
        start = shop.start(request)
        peer.send(shop.head(request, content) + content[start : start + count])
        place, end = start + count, time.monotonic() + 30
        while not event.wait(0.02) and time.monotonic() < end:
            peer.send(content[place : place + drip])
            place += drip
        peer.send(content[place:])

    return turn


def saying(status: int, *headers: str, body: bytes = b"no") -> Turn:
    def turn(peer: Peer, request: Request) -> None:
        lines = [f"HTTP/1.1 {status} So", f"Content-Length: {len(body)}", *headers]
        peer.send("\r\n".join([*lines, "", ""]).encode() + body)

    return turn

"""The API's own name on this machine may stand for two addresses, and it listens at one of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from studio.net.fetch import Fetcher
from tests.media.video_server import VideoServer


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[VideoServer]:
    """On 127.0.0.1 alone, while its name leads to ::1 first."""
    look_up = socket.getaddrinfo

    def both(host: str, port: int, *more: object, **named: object) -> list[object]:
        if host != "localhost":
            return look_up(host, port, *more, **named)  # type: ignore[arg-type]
        places = [(socket.AF_INET6, ("::1", port, 0, 0)), (socket.AF_INET, ("127.0.0.1", port))]
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place) for family, place in places]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    shop = VideoServer({"/a.mp4": b"twelve bytes"})
    yield shop
    shop.close()


def test_it_is_found_at_the_address_where_it_listens(shop: VideoServer) -> None:
    with Fetcher(("localhost", shop.server.port)).open(f"http://localhost:{shop.server.port}/a.mp4") as fetched:
        assert b"".join(fetched) == b"twelve bytes"

"""An internet of our own: names and addresses as a test tells them, and every connect caught at the socket, so that
nothing leaves loopback even where the code under test fails.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.provider.servers import Script, Server

CERTIFICATE = str(Path(__file__).parent / "public.pem")  # for public.test, the names below it, and tunnel.example.com
PUBLIC = "93.184.216.34"
PUBLIC6 = "2606:2800:220:1:248:1893:25c8:1946"
Address = tuple[Any, ...]


class Net:
    """`names`: what each name leads to, the next answer at each question, the last one for good. `routes`: the servers
    behind public addresses. `dialled`: every address that a socket was told to connect to.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[str]] = {"public.test": [PUBLIC], "six.public.test": [PUBLIC6]}
        self.routes: dict[str, Server] = {}
        self.dialled: list[str] = []
        self.asked: list[str] = []
        self.real_connect, self.real_lookup = socket.socket.connect, socket.getaddrinfo
        net = self

        def connect(self: socket.socket, address: Address) -> None:
            net.connect(self, address)

        def connect_ex(self: socket.socket, address: Address) -> int:
            net.connect(self, address)
            return 0

        monkeypatch.setattr(socket.socket, "connect", connect)
        monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)
        monkeypatch.setattr(socket, "getaddrinfo", self.lookup)

    def connect(self, sock: socket.socket, address: Address) -> None:
        host, port = str(address[0]), address[1]
        self.dialled.append(f"{host}:{port}")
        server = self.routes.get(host)
        if server is None:
            raise ConnectionRefusedError
        self.real_connect(sock, ("127.0.0.1", server.port))

    def lookup(self, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
        host = host.decode() if isinstance(host, bytes) else host
        answers = self.names.get(host)
        if answers:
            self.asked.append(host)
            host = answers.pop(0) if len(answers) > 1 else answers[0]
        # What is no number is not looked up anywhere.
        return self.real_lookup(host, port, 0, type, proto, flags | socket.AI_NUMERICHOST)

    def serve(self, host: str, script: Script) -> Server:
        """An HTTPS server at a public address."""
        server = Server(script)
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(CERTIFICATE)
        self.routes[host] = server
        return server

    def own(self, script: Script) -> Server:
        """The configured API on loopback, by plain http."""
        server = Server(script)
        self.routes["127.0.0.1"] = server
        return server

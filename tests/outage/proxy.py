"""What stands between the studio and its database: a proxy on loopback whose connections can go silent."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from urllib.parse import quote

from tests.postgres import OPTIONS, Server


class Proxy:
    """Once `silence` was called, what is connected hears nothing any more and nobody reads what it says, as after a
    fail-over behind a firewall. New connections lead to the server.
    """

    def __init__(self, server: Server) -> None:
        self.path = str(server.folder / f".s.PGSQL.{OPTIONS['port']}")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.accepted = 0
        self.silent: set[int] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, name: str) -> str:
        return f"postgres://dailies@127.0.0.1:{self.port}/{quote(name)}"

    def silence(self) -> None:
        self.silent |= set(range(1, self.accepted + 1))

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.accepted += 1
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self.path)
                except OSError:
                    client.close()
                    continue
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(self.accepted, *pair), daemon=True).start()

    def _pass_on(self, number: int, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if number in self.silent:
                    return  # neither end is closed: both wait
                target.sendall(data)
        if number not in self.silent:
            for each in (source, target):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

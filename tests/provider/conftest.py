from collections.abc import Callable, Iterator

import pytest

from studio.providers.apiin.client import Client

from .servers import CERTIFICATE, KEY, Script, Server

Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers that end with the test."""
    servers: list[Server] = []

    def start(script: Script, *, tls: bool = False) -> Server:
        servers.append(Server(script, tls=tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def client_of() -> Iterator[Callable[..., Client]]:
    """Clients that trust the test servers and do not wait for long."""
    clients: list[Client] = []

    def make(base: str, **options: object) -> Client:
        patience = {"submit_seconds": 5, "poll_seconds": 5, "connect_seconds": 2, "authorities": CERTIFICATE}
        clients.append(Client(base, KEY, **{**patience, **options}))
        return clients[-1]

    yield make
    for client in clients:
        client.close()

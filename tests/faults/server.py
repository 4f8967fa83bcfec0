"""A provider that misbehaves on every POST until it is healed, and counts them as they begin to arrive."""

import os
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.provider.servers import Peer, Server, reply
from tests.worker.api import DONE, MISSING, accepted

Act = Callable[[Peer], object]


@dataclass(frozen=True)
class Fault:
    """What the provider does. `unread`: to a connection whose POST it has not read. `read`: once it has read it.
    `address`: where the studio looks for it instead. `shakes_hands`: whether it speaks TLS at all.
    """

    read: Act | None = None
    unread: Act | None = None
    address: Callable[[], str] | None = None
    tls: bool = False
    shakes_hands: bool = True


def says(status: int, body: object, *headers: str) -> Fault:
    return Fault(lambda peer: peer.send(reply(status, body, *headers)))


def envelope(code: int, words: str) -> dict[str, object]:
    return {"error": {"code": code, "message": words, "type": "error"}}


def sends(data: bytes) -> Fault:
    return Fault(lambda peer: peer.send(data))


def breaks_tls(peer: Peer) -> None:
    plain = socket.socket(fileno=os.dup(peer.sock.fileno()))
    plain.sendall(b"this is not a TLS record")
    peer.wait()


def nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"


class Provider:
    def __init__(self, fault: Fault) -> None:
        self.fault: Fault | None = fault
        self.begun = 0  # POSTs of which at least a byte arrived
        self.followed = 0  # requests that came by a redirect
        self.lock = threading.Lock()
        secure = fault.tls and fault.shakes_hands
        self.server = Server(self.serve, tls=secure)
        self.healthy = Server(self.serve_well) if fault.tls else self.server
        self.elsewhere = Server(self.trespass)

    @property
    def base(self) -> str:
        """Where the studio looks for it while it is broken."""
        if self.fault and self.fault.address:
            return self.fault.address()
        return self.server.base.replace("http:", "https:") if self.fault and self.fault.tls else self.server.base

    def heal(self) -> str:
        """From now on every take is accepted and done at once; where."""
        self.fault = None
        return self.healthy.base

    def serve(self, peer: Peer) -> None:
        fault = self.fault
        if fault and fault.unread and not isinstance(peer.sock, ssl.SSLSocket):
            if fault.tls:  # every connection is a handshake that fails
                fault.unread(peer)
                return
            if peer.sock.recv(4, socket.MSG_PEEK) == b"POST":
                self.count()
                fault.unread(peer)
                return
        self.serve_well(peer)

    def serve_well(self, peer: Peer) -> None:
        while request := peer.read():
            posted = request.startswith(b"POST")
            if posted:
                self.count()
                if self.fault and self.fault.read:
                    self.fault.read(peer)
                    return
            peer.send(accepted(f"n{self.begun}_ltx2") if posted else self.poll(request))

    @staticmethod
    def poll(request: bytes) -> bytes:
        return MISSING if b"dailies-key-check" in request else DONE

    def count(self) -> None:
        with self.lock:
            self.begun += 1

    def trespass(self, peer: Peer) -> None:
        self.followed += 1
        peer.read()
        peer.send(accepted("stolen"))

    def redirect(self, peer: Peer) -> None:
        peer.send(reply(307, b"", f"Location: {self.elsewhere.base}/videos/generations"))

    def close(self) -> None:
        for server in (self.server, self.healthy, self.elsewhere):
            server.close()

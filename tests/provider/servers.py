"""Small servers on real sockets that behave, or misbehave, as a script tells them."""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

CERTIFICATE = str(Path(__file__).parent / "certificate.pem")
KEY = 'aio_s3cret/"key"\\for-tests'


class Peer:
    """One accepted connection, seen from the server."""

    def __init__(self, server: "Server", sock: socket.socket) -> None:
        self.server, self.sock = server, sock

    def read(self) -> bytes:
        """One whole request, or b"" when the client hung up. It is counted before it is returned."""
        request = b""
        while b"\r\n\r\n" not in request:
            piece = self.sock.recv(65536)
            if not piece:
                return b""
            request += piece
        head, _, body = request.partition(b"\r\n\r\n")
        length = next((int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")), 0)
        while len(body) < length:
            body += self.sock.recv(65536)
        self.server.requests.append(head + b"\r\n\r\n" + body)
        return self.server.requests[-1]

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes) -> None:
        """Sends the data, then a byte each hundredth of a second for as long as somebody listens."""
        self.send(data)
        while not self.server.closed:
            self.send(b"x")
            time.sleep(0.01)

    def wait(self) -> None:
        """Says nothing until the client hangs up."""
        self.sock.recv(1)

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Script = Callable[[Peer], object]


class Server:
    """Listens on 127.0.0.1 and runs the script once for each connection, in a thread of its own."""

    def __init__(self, script: Script, *, tls: bool = False) -> None:
        self.script = script
        self.connections = 0
        self.requests: list[bytes] = []
        self.closed = False
        self.context = tls_context() if tls else None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/api/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def lines(self) -> list[str]:
        """The request lines that were read."""
        return [request.split(b"\r\n")[0].decode() for request in self.requests]

    def close(self) -> None:
        self.closed = True
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(5)
        with suppress(OSError), sock:
            if self.context is None:
                self.script(Peer(self, sock))
            else:
                with self.context.wrap_socket(sock, server_side=True) as secure:
                    self.script(Peer(self, secure))


def tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def reply(status: int, body: Any = b"", *headers: str) -> bytes:
    """The bytes of an HTTP answer. A body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Something", f"Content-Length: {len(content)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


def answering(*answers: bytes) -> Script:
    """A script that reads a request for each answer, over one connection."""

    def script(peer: Peer) -> None:
        for answer in answers:
            if peer.read():
                peer.send(answer)
        peer.wait()

    return script


ACCEPTED = {"code": 200, "message": "success", "data": {"task_id": "n50_ltx2", "status": "IN_PROGRESS"}}
RUNNING = {"code": 200, "message": "success", "data": {"task_id": "n50_ltx2", "status": "processing"}}

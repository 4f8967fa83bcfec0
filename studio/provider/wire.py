"""One HTTP exchange over one connection: bounded in time and size, and knowing whether the request may have left.

This is the standard library's connection rather than a session of an HTTP library, so that there is no proxy from the
environment, no `.netrc`, no redirect and no retry to switch off, nothing that logs headers, and so that each read knows
the time that is left.
"""

import http.client
import io
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from typing import Any

from urllib3.util.wait import wait_for_read

ANSWER_LIMIT = 1024 * 1024  # bytes of a body, packed or unpacked
_WIRE_LIMIT = ANSWER_LIMIT + 128 * 1024  # the same with status line, headers and chunk marks
_IDLE_LIMIT = 30.0  # seconds: a connection that was quiet for longer may be gone without either end being told

# All that sockets, TLS, HTTP parsing and unpacking raise. ValueError: host names that cannot be encoded.
FAULTS = (OSError, http.client.HTTPException, ValueError, zlib.error)


class BrokenAnswer(OSError):
    """The answer is larger than the limit or ends too early."""


class Deadline:
    """The moment at which an exchange has to be over. Holds for a peer that drips bytes too: each read asks it."""

    def __init__(self, seconds: float, *, start_within: float | None = None) -> None:
        """`seconds` in all, from now on; the request has to begin `start_within` seconds, or not at all."""
        now = time.monotonic()
        self._end = now + seconds
        self._start = now + (seconds if start_within is None else start_within)

    def begin(self) -> None:
        """Raises TimeoutError when it is too late to send."""
        if time.monotonic() >= self._start:
            raise TimeoutError

    def left(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@dataclass(frozen=True)
class Answer:
    """A whole answer. `body` is unpacked."""

    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Fault:
    """No whole answer. `sent`: whether a byte of the request may have left; `body`: what came before it broke off.

    A result, not an exception: an error that is raised while another is handled carries that one along, and with it
    the headers and the key in its frames.
    """

    error: Exception
    sent: bool
    status: int | None = None
    body: bytes = b""


class _MeteredReader(io.RawIOBase):
    """Reads from a socket within a deadline and a number of bytes."""

    def __init__(self, wire: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._wire, self._sock, self._deadline = wire, sock, deadline
        self._room = _WIRE_LIMIT

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        count = self._wire.readinto(buffer)
        self._room -= count or 0
        if self._room < 0:
            raise BrokenAnswer("the answer is too large")
        return count

    def close(self) -> None:
        self._wire.close()
        super().close()


class Connection(http.client.HTTPConnection):
    """A connection that sets `sent` just before it writes a request: only a fault before that proves that nothing left.

    The class of the error proves nothing: TLS that breaks after the whole request was read raises the same SSLError as
    a failed handshake. `context` is None for plain http.
    """

    debuglevel = 0  # the base class prints each header, the key too, once anybody sets http.client's

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, connect_seconds: float) -> None:
        super().__init__(host, port)
        self.default_port = 443 if context else 80
        self.response_class = self._metered_response  # type: ignore[assignment]
        self._context = context
        self._connect_seconds = connect_seconds
        self._quiet_since = time.monotonic()
        self.deadline = Deadline(connect_seconds)
        self.sent = False

    def connect(self) -> None:
        """Dials and shakes hands, each within `connect_seconds` and the deadline."""
        self.sock = _dial(self.host, self.port, self._patience)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context:
            self.sock.settimeout(self._patience())
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self.sent:
            self.deadline.begin()
        self.sock.settimeout(self.deadline.left())
        self.sent = True
        with suppress(BrokenPipeError):  # the peer may have answered before it hung up
            super().send(data)

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, deadline: Deadline
    ) -> Answer | Fault:
        """Sends one request and reads its answer. Never raises for what the network or the peer does."""
        self.deadline, self.sent = deadline, False
        status: int | None = None
        came = bytearray()
        try:
            self.request(method, target, body, dict(headers))
            with self.getresponse() as response:
                status = response.status
                _read(response, came)
                answer = Answer(status, response.headers, _unpacked(came, response.headers))
        except FAULTS as error:
            self.close()
            return Fault(error, self.sent, status, bytes(came))
        self._quiet_since = time.monotonic()
        return answer

    @property
    def reusable(self) -> bool:
        """Whether another request may go over it: it is open and quiet, and has not been so for too long."""
        if self.sock is None or time.monotonic() - self._quiet_since > _IDLE_LIMIT:
            return False
        # Anything to read is either the end or an answer to nothing, which must not be taken for the next one's.
        unread = self.sock.pending() if isinstance(self.sock, ssl.SSLSocket) else 0
        return not unread and not wait_for_read(self.sock, timeout=0)

    def _patience(self) -> float:
        return min(self._connect_seconds, self.deadline.left())

    def _metered_response(self, sock: socket.socket, method: str | None = None) -> http.client.HTTPResponse:
        response = http.client.HTTPResponse(sock, method=method)
        wire = response.fp.detach()
        response.fp = io.BufferedReader(_MeteredReader(wire, sock, self.deadline))
        return response


def _dial(host: str, port: int, patience: Callable[[], float]) -> socket.socket:
    """The first address of the host that answers. All together get the time that one would get."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    share = patience() / len(addresses)
    fault = OSError("the host has no address")
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(min(share, patience()))
            sock.connect(address)
        except OSError as error:
            sock.close()
            fault = error
        else:
            return sock
    raise fault


def _read(response: http.client.HTTPResponse, came: bytearray) -> None:
    """Reads the body to its end into `came`, which keeps what came also when this raises."""
    while piece := response.read1(65536):
        came += piece
        if len(came) > ANSWER_LIMIT:
            raise BrokenAnswer("the answer is too large")
    if response.length:
        raise BrokenAnswer("the answer broke off")


def _unpacked(body: bytearray, headers: Message) -> bytes:
    """We ask for a plain answer; a server that packs it all the same may hold a paid task id, or a bomb."""
    if headers.get("Content-Encoding", "").strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return bytes(body)
    machine = zlib.decompressobj(wbits=47)  # either of gzip and zlib
    plain = machine.decompress(bytes(body), ANSWER_LIMIT + 1)
    if len(plain) > ANSWER_LIMIT or not machine.eof:
        raise BrokenAnswer("the answer is too large or broke off")
    return plain

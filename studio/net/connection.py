"""One HTTP connection: bounded in time and size, led only to allowed addresses, and it knows whether it sent anything.

A socket's timeout begins anew with each byte, so a server that drips can hold it for ever: here each read has the time
that is left until a deadline. And no class of error proves that nothing was sent: TLS that breaks after the whole
request was read raises the same SSLError as a failed handshake. So a flag is set just before the first byte is written.
"""

from __future__ import annotations

import functools
import http.client
import io
import math
import socket
import ssl
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import Url
from urllib3.util.connection import create_connection

from .addresses import Address

AUTHORITIES = certifi.where()
IDLE_LIMIT = 30.0  # seconds: a connection that was quiet for longer may be gone without either end being told

# ValueError: a host or a path that cannot be encoded.
FAULTS = (OSError, HTTPError, http.client.HTTPException, ValueError)


class TooLarge(OSError):
    """The answer is larger than the limit."""


class InsideAddress(OSError):
    """The host's name leads to an address that may not be asked."""


_REASONS: list[tuple[type[Exception], str]] = [  # the first that is among an error's causes
    (TooLarge, "the answer is too large"),
    (socket.gaierror, "the server's name cannot be found"),
    (TimeoutError, "the server took too long to answer"),
    (ConnectionRefusedError, "the server refuses connections"),
    (ssl.SSLCertVerificationError, "the server's certificate is not trusted"),
    (ssl.SSLError, "the secure connection failed"),
    (http.client.IncompleteRead, "the connection broke off in the middle"),
]


def reason(error: Exception, *, sent: bool) -> str:
    """What went wrong, for people. Never the error's own text, which may quote what was sent."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    words = (words for kind, words in _REASONS if any(isinstance(cause, kind) for cause in causes))
    return next(words, "the connection broke" if sent else "the server cannot be reached")


class Deadline:
    def __init__(self, seconds: float) -> None:
        self.extend(seconds)

    def extend(self, seconds: float) -> None:
        """So long from now on."""
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    def left(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _BoundedReader(io.RawIOBase):
    """Reads from the socket within the connection's time and at most so many bytes."""

    def __init__(self, raw: Any, sock: socket.socket, connection: Connection) -> None:
        self._raw, self._sock, self._connection = raw, sock, connection
        self._room = connection.most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(min(self._connection.silence_seconds, self._connection.deadline.left()))
        count: int | None = self._raw.readinto(buffer)
        self._room -= count or 0
        if self._room < 0:
            raise TooLarge
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, connection: Connection, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_BoundedReader(self.fp.detach(), sock, connection))

    def begin(self) -> None:
        super().begin()
        # urllib3 logs headers that cannot be parsed, and an answer may echo the key in one: leave it nothing to quote.
        self.msg.defects.clear()
        self.msg.set_payload("")


class Connection(HTTPConnection):
    """`deadline` bounds all that it does, `connect_seconds` the dialling and, once more, the TLS handshake;
    `silence_seconds` each wait for a byte, `most_bytes` an answer with its headers. `may_dial` judges the addresses
    that the host's name stands for. `sent`: bytes of a request may have left.
    """

    auto_open = 0  # it connects when told, never as a side effect of sending
    debuglevel = 0  # the base class prints each header, the key too, once anybody sets http.client's

    def __init__(
        self,
        host: str,
        port: int,
        deadline: Deadline,
        *,
        connect_seconds: float,
        silence_seconds: float = math.inf,
        most_bytes: float = math.inf,
        may_dial: Callable[[Address], bool] = lambda address: True,
        **tls: Any,
    ) -> None:
        super().__init__(host, port, **tls)
        self.deadline, self.connect_seconds, self.silence_seconds = deadline, connect_seconds, silence_seconds
        self.most_bytes, self.may_dial = most_bytes, may_dial
        self.sent, self._used_at = False, 0.0
        self.response_class = functools.partial(_Response, connection=self)  # type: ignore[assignment] # it makes one

    def _new_conn(self) -> socket.socket:
        """Looks the name up once, and dials just the addresses that were judged: the next answer may be another.

        All addresses of the host share the time, which urllib3 would give to each.
        """
        found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        hosts = [host for *_, address in found if self.may_dial(ip_address(host := str(address[0])))]
        if not hosts:
            raise InsideAddress
        share, fault = self._connect_patience() / len(hosts), OSError()
        for host in hosts:
            patience = min(share, self._connect_patience())
            try:
                sock = create_connection((host, self.port), patience, socket_options=self.socket_options)
            except OSError as error:
                fault = error
            else:
                sock.settimeout(self._connect_patience())  # for the TLS handshake
                return sock
        raise fault

    def _connect_patience(self) -> float:
        return min(self.connect_seconds, self.deadline.left())

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.deadline.left())
            self.sent, self._used_at = True, time.monotonic()
        super().send(data)

    @property
    def is_connected(self) -> bool:
        """Whether another request may go over it. Bytes that nobody asked for must not be taken for its answer."""
        unread = self.sock.pending() if isinstance(self.sock, ssl.SSLSocket) else 0
        return not unread and time.monotonic() - self._used_at < IDLE_LIMIT and super().is_connected


class SecureConnection(Connection, HTTPSConnection): ...


def connection_to(url: Url, deadline: Deadline, authorities: str = AUTHORITIES, **bounds: Any) -> Connection:
    """Not yet connected. `authorities`: the file of certificate authorities to trust. For `bounds` see Connection.

    Proxies and certificates that the environment names are not used.
    """
    host = (url.host or "").strip("[]")
    if url.scheme == "https":
        context = tls_context(authorities)
        return SecureConnection(host, port_of(url), deadline, ssl_context=context, **bounds)
    return Connection(host, port_of(url), deadline, **bounds)


def port_of(url: Url) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


@functools.cache
def tls_context(authorities: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authorities)

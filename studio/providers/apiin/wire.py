"""One HTTP exchange with `requests`: bounded in time and size, and knowing whether the request may have left.

requests bounds neither a whole call nor an answer, and its errors do not tell whether anything was written. So its
connections are of our own class: they ask the Exchange that they carry for the time left, and tell it what they do.
"""

import http.client
import io
import math
import socket
import ssl
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util.connection import create_connection

ANSWER_LIMIT = 1024 * 1024  # bytes of a body, packed or unpacked
_WIRE_LIMIT = ANSWER_LIMIT + 128 * 1024  # the same with status line, headers and chunk marks
_IDLE_LIMIT = 30.0  # seconds: a connection that was quiet for longer may be gone without either end being told

# requests' own errors are OSErrors; urllib3's come out while a body is read. ValueError: a host that cannot be encoded.
_FAULTS = (OSError, HTTPError, http.client.HTTPException, ValueError)


class TooLarge(OSError):
    """The answer is larger than the limit."""


_WORDS: list[tuple[type[Exception], str]] = [  # the first that is among an error's causes; follows "the provider:"
    (TooLarge, "the answer is too large"),
    (socket.gaierror, "its name cannot be found"),
    (TimeoutError, "it took too long"),
    (ConnectionRefusedError, "it refuses connections"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (ssl.SSLError, "the secure connection failed"),
    (http.client.IncompleteRead, "the answer broke off"),
]


class Exchange:
    """The time that one request and its answer have, from now on, and what its connection tells of it.

    The request is to begin `start_within` seconds, or not at all. `unsent`: it is certain that not a byte of it was
    written. `kept`: it went over a connection that an earlier one had left.
    """

    def __init__(self, seconds: float, connect_seconds: float, *, start_within: float = math.inf) -> None:
        self._end, self._start = time.monotonic() + seconds, time.monotonic() + start_within
        self._connect_seconds = connect_seconds
        self._dialled = self.unsent = self.kept = False

    def left(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def patience(self) -> float:
        """Seconds for a step of connecting."""
        return min(self._connect_seconds, self.left())

    def dialling(self) -> None:
        self._dialled = self.unsent = True

    def sending(self) -> None:
        """Just before bytes are written. Raises TimeoutError when it is too late to begin."""
        if self.unsent and time.monotonic() >= self._start:
            raise TimeoutError
        self.unsent, self.kept = False, not self._dialled


_current: ContextVar[Exchange] = ContextVar("exchange")


@dataclass(frozen=True)
class Answer:
    """A whole answer. `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Fault:
    """No whole answer. `why`: in words for people. `stale`: a kept connection was dead. `body`: what came all the same.

    It does not hold the error: those of requests hold the request, and with it the key.
    """

    why: str
    unsent: bool
    stale: bool
    status: int | None
    body: bytes


class _MeteredReader(io.RawIOBase):
    """Reads from a socket within an exchange's time and a number of bytes, however slowly they drip."""

    def __init__(self, wire: Any, sock: socket.socket) -> None:
        self._wire, self._sock, self._exchange = wire, sock, _current.get()
        self._room = _WIRE_LIMIT

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._exchange.left())
        count: int | None = self._wire.readinto(buffer)
        self._room -= count or 0
        if self._room < 0:
            raise TooLarge
        return count

    def close(self) -> None:
        self._wire.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_MeteredReader(self.fp.detach(), sock))

    def begin(self) -> None:
        super().begin()
        # urllib3 logs headers that cannot be parsed, and an answer may echo the key in one: leave it nothing to quote.
        self.msg.defects.clear()
        self.msg.set_payload("")


class _Connection(HTTPConnection):
    """Tells its exchange when it dials and just before it writes: only a fault before that proves that nothing left.

    The class of the error proves nothing: TLS that breaks after the whole request was read raises the same SSLError as
    a failed handshake.
    """

    debuglevel = 0  # the base class prints each header, the key too, once anybody sets http.client's
    response_class = _Response
    _used_at = 0.0

    def _new_conn(self) -> socket.socket:
        """Dials. All addresses of the host together get the time that urllib3 would give to each."""
        exchange = _current.get()
        exchange.dialling()
        addresses = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        share, fault = exchange.patience() / len(addresses), OSError()
        for *_, address in addresses:
            patience = min(share, exchange.patience())
            try:
                sock = create_connection((str(address[0]), self.port), patience, socket_options=self.socket_options)
            except OSError as error:
                fault = error
            else:
                sock.settimeout(exchange.patience())  # for the TLS handshake
                return sock
        raise NewConnectionError(self, "no address answers") from fault

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        exchange = _current.get()
        self.sock.settimeout(exchange.left())
        exchange.sending()
        self._used_at = time.monotonic()
        super().send(data)

    @property
    def is_connected(self) -> bool:
        """Whether another request may go over it. Bytes that nobody asked for must not be taken for its answer."""
        unread = self.sock.pending() if isinstance(self.sock, ssl.SSLSocket) else 0
        return not unread and time.monotonic() - self._used_at < _IDLE_LIMIT and super().is_connected


class _SecureConnection(_Connection, HTTPSConnection): ...


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext | None, connections: int) -> None:
        super().__init__(pool_maxsize=connections, max_retries=0)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        self.poolmanager.connection_pool_kw["ssl_context"] = context

    def cert_verify(self, *args: Any, **options: Any) -> None:
        """The context holds the authorities already: requests would read their file for each connection."""


class Session(requests.Session):
    """No proxies, passwords, redirects, cookies or retries; keeps up to so many connections."""

    def __init__(self, context: ssl.SSLContext | None, connections: int = 1) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(context, connections)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even with `allow_redirects=False` requests reads a redirect's whole body, to prepare the next step."""

    def exchange(self, request: requests.PreparedRequest, exchange: Exchange) -> Answer | Fault:
        """Sends one request and reads its answer. Never raises for what the network or the peer does."""
        _current.set(exchange)
        status: int | None = None
        came = bytearray()
        try:
            with self.send(request, timeout=exchange.left(), stream=True, allow_redirects=False) as response:
                status = response.status_code
                # read1 keeps what came before a fault, and unpacks no more than it is asked for.
                while piece := response.raw.read1(65536, decode_content=True):
                    came += piece
                    if len(came) > ANSWER_LIMIT:
                        raise TooLarge
                return Answer(status, response.raw.headers, bytes(came))
        except _FAULTS as error:
            stale = exchange.kept and status is None
            return Fault(_why(error, exchange), exchange.unsent, stale, status, bytes(came))


def _why(error: Exception, exchange: Exchange) -> str:
    """Never the error's own text, which may quote what was sent."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    words = (said for kind, said in _WORDS if any(isinstance(cause, kind) for cause in causes))
    return next(words, "it cannot be reached" if exchange.unsent else "the connection broke")

"""Free requests, such as polls: with `requests`, over kept connections, and bounded in all their time."""

from __future__ import annotations

import math
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from .connection import AUTHORITIES, FAULTS, Connection, Deadline, SecureConnection, TooLarge, reason, tls_context
from .exchange import ANSWER_LIMIT, WIRE_LIMIT, Answer, Fault


class NotConnected(OSError):
    """There was no connection yet, so nothing was sent."""


class KeptConnectionClosed(OSError):
    """The server had closed a connection that was kept from an earlier request."""


class _PooledConnection(Connection):
    """A connection of the pool. For each request urllib3 sets `timeout` twice: to the time for connecting, then to what
    is left of the time in all. Each becomes the deadline, which a server that drips cannot put off.
    """

    def __init__(self, host: str, port: int | None = None, *, timeout: object = None, **options: Any) -> None:
        super().__init__(host, port or 0, Deadline(0), connect_seconds=math.inf, most_bytes=WIRE_LIMIT, **options)
        self.requests = 0

    @property
    def timeout(self) -> float:
        return self.deadline.left()

    @timeout.setter
    def timeout(self, seconds: object) -> None:
        if isinstance(seconds, int | float):
            self.deadline = Deadline(seconds)

    def connect(self) -> None:
        self.requests = 0
        try:
            super().connect()
        except (OSError, HTTPError) as error:
            raise NotConnected from error

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()
        super().request(*args, **options)
        self.requests += 1

    def getresponse(self) -> Any:
        try:
            return super().getresponse()
        except ConnectionError as error:
            if self.requests > 1:
                raise KeptConnectionClosed from error
            raise


class _SecurePooledConnection(_PooledConnection, SecureConnection): ...


class _Pool(HTTPConnectionPool):
    ConnectionCls = _PooledConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecurePooledConnection


class _Adapter(HTTPAdapter):
    def __init__(self, authorities: str, connections: int) -> None:
        super().__init__(pool_maxsize=connections, max_retries=0)
        pools: dict[str, type[ConnectionPool]] = {"http": _Pool, "https": _SecurePool}
        self.poolmanager.pool_classes_by_scheme = pools
        self.poolmanager.connection_pool_kw["ssl_context"] = tls_context(authorities)

    def cert_verify(self, *args: Any, **options: Any) -> None:
        """The context holds the authorities already: requests would read their file for each connection."""


class Session(requests.Session):
    """No proxies, passwords, redirects, cookies or retries. Keeps up to so many connections; threads may share it."""

    def __init__(self, connections: int, authorities: str = AUTHORITIES) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(authorities, connections)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even with `allow_redirects=False` requests reads a redirect's whole body, to prepare the next step."""

    def ask(self, url: str, headers: dict[str, str], timeout: Timeout) -> Answer | Fault:
        """One GET, within `timeout.total` seconds: once more only where a kept connection turns out to be closed. Never
        raises for what the network or the server does.
        """
        request = requests.Request("GET", url, headers).prepare()
        request.url = url  # set afterwards: preparing would make "..", a step up, of "%2E%2E"
        answer = self._ask(request, timeout)
        return self._ask(request, timeout) if isinstance(answer, Fault) and answer.stale else answer

    def _ask(self, request: requests.PreparedRequest, timeout: Timeout) -> Answer | Fault:
        status, came = None, bytearray()
        try:
            with self.send(request, timeout=timeout, stream=True, allow_redirects=False) as response:  # type: ignore[arg-type]
                status = response.status_code
                # read1 keeps what came before a fault, and unpacks no more than it is asked for.
                while piece := response.raw.read1(65536, decode_content=True):
                    came += piece
                    if len(came) > ANSWER_LIMIT:
                        raise TooLarge
                return Answer(status, response.raw.headers, bytes(came))
        except FAULTS as error:
            sent = not caused_by(error, NotConnected)
            stale = caused_by(error, KeptConnectionClosed)
            return Fault(reason(error, sent=sent), sent, stale, status, bytes(came))


def caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False

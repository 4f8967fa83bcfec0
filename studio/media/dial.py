"""Which addresses may be dialled at all, and for how long: the lower half of `fetch`."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Any

import requests
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import parse_url

from studio.internet import is_own, is_public

from .unfetchable import inside

LOOPBACK_ADDRESSES = ("127.0.0.1", "::1")


class Watchdog(threading.Thread):
    """Cuts a connection when its time is up, whatever it is just waiting for. A timeout of the socket alone begins anew
    with each byte: a handshake, a header and the mark before a chunk can be dripped as well as a file.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(daemon=True, name="watchdog")
        self.bit = False
        self._end, self._over = time.monotonic() + seconds, False
        self._sockets: list[socket.socket] = []
        self._changed = threading.Condition()
        self.start()

    def allow(self, seconds: float) -> None:
        """So long from now on."""
        with self._changed:
            self._end = time.monotonic() + seconds
            self._changed.notify()

    def watch(self, sock: socket.socket) -> None:
        """A copy is kept: TLS takes the socket itself away."""
        with self._changed:
            if self._over:
                sock.close()
                raise TimeoutError
            self._sockets.append(sock.dup())

    def close(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()

    def run(self) -> None:
        with self._changed:
            while not self._over and (left := self._end - time.monotonic()) > 0:
                self._changed.wait(left)
            self.bit, self._over = not self._over, True
            for sock in self._sockets:
                with suppress(OSError):
                    if self.bit:
                        sock.shutdown(socket.SHUT_RDWR)
                    sock.close()


on_watch: ContextVar[Watchdog] = ContextVar("on_watch")


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        on_watch.get().watch(sock)
        return sock


class _SecureConnection(_Connection, HTTPSConnection): ...


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class GuardedAdapter(IPFilterAdapter):  # type: ignore[misc] # it brings no types
    """Looks up where a request would go, for each hop anew, and lets it go to that address only if it may."""

    def __init__(self, *, secure: bool, own: tuple[str, int] | None = None) -> None:
        super().__init__(is_https_proto=secure, allow_loopback=not secure)
        self.secure, self.own = secure, own
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> Any:
        host, port = target(request.url or "")
        own = not self.secure and is_own(host, port, self.own)
        host_params, pool_kwargs = super().build_connection_pool_key_attributes(request, verify, cert)
        address = ip_address(str(host_params["host"]).strip("[]"))
        if not (address.is_loopback if own else is_public(address)):
            raise inside()
        if own and host == "localhost":
            host_params["host"] = _answering(port) or host_params["host"]
        return host_params, pool_kwargs


def target(url: str) -> tuple[str, int]:
    """Host and port as urllib3 reads them, who dials: programs differ on which host a strange link names."""
    parts = parse_url(url)
    host = (parts.host or "").strip("[]").lower()
    return host, parts.port or (443 if parts.scheme == "https" else 80)


def _answering(port: int) -> str:
    """Which of this machine's two addresses the API listens at: `localhost` may name both."""
    for address in LOOPBACK_ADDRESSES:
        with suppress(OSError), socket.create_connection((address, port), timeout=1):
            return address
    return ""

"""What keeps a link from being fetched, in words for people."""

from __future__ import annotations

import http.client
import socket
import ssl

import requests
from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.util.ssl_match_hostname import CertificateError

from .room import size_in_words


class Unfetchable(Exception):
    """The bytes of a link cannot be had. `reason`: in words for people, to follow a colon. `permanent`: trying again
    would not help. `status`: of the answer, 0 where there was none. `retry_after`: seconds that the server asked for.
    `too_large`: the file is more than the caps allow. `inside`: it leads, or leads on, to an address that is not of the
    open internet.
    """

    inside = False

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        status: int = 0,
        retry_after: float = 0.0,
        too_large: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason, self.permanent, self.status, self.retry_after = reason, permanent, status, retry_after
        self.too_large = too_large


def inside() -> Unfetchable:
    error = Unfetchable("the link leads into a private network", permanent=True)
    error.inside = True
    return error


def too_large(most: int) -> Unfetchable:
    return Unfetchable(f"the file is larger than {size_in_words(most)}", permanent=True, too_large=True)


def refused(status: int, retry_after: str = "") -> Unfetchable:
    """What a status that brings no file means. 404 may pass, where a file is still on its way to all of its servers."""
    words = {404: "not found", 410: "gone", 403: "forbidden", 401: "not allowed", 416: "range refused"}
    said = f"the link answers {status}" + (f" ({words[status]})" if status in words else "")
    passes = status in (408, 416, 425, 429) or not 400 <= status < 500
    wait = float(retry_after) if retry_after.isdecimal() and len(retry_after) < 7 else 0.0
    return Unfetchable(said, permanent=not passes, status=status, retry_after=wait)


def why(error: BaseException) -> Unfetchable:
    """Ours for an error of the network; never its own text, which may quote the link."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    if any(isinstance(cause, InvalidIPAddress) for cause in causes):
        return inside()
    for kind, words in _WORDS:
        if any(isinstance(cause, kind) for cause in causes):
            return Unfetchable(words, permanent=kind in _PERMANENT)
    return Unfetchable("the connection broke")


_WORDS: list[tuple[type[BaseException], str]] = [  # the first that is among an error's causes
    (requests.exceptions.InvalidURL, "the link is broken"),
    (UnicodeError, "the link is broken"),
    (socket.gaierror, "the server's name cannot be found"),
    (TimeoutError, "the server took too long to answer"),
    (ConnectionRefusedError, "the server refuses connections"),
    (http.client.IncompleteRead, "the connection broke off in the middle"),
    (ssl.SSLCertVerificationError, "the server's certificate is not trusted"),
    (CertificateError, "the server's certificate is not trusted"),
    (ssl.SSLError, "the secure connection failed"),
    (requests.exceptions.SSLError, "the secure connection failed"),
    (requests.exceptions.ConnectionError, "the server cannot be reached"),
]
_PERMANENT = (requests.exceptions.InvalidURL, UnicodeError)

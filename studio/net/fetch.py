"""Fetching what a link of somebody else's leads to, without being led anywhere else.

A link comes from the provider, so it may lead to anything: into this network, to a metadata service, round in circles,
to a file without an end. So only addresses that are public beyond doubt are dialled, time, speed and size are bounded,
and https leads on to https alone.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Url, parse_url

from .addresses import is_own, is_public
from .connection import AUTHORITIES, FAULTS, Connection, Deadline, InsideAddress, connection_to, port_of, reason

REDIRECTS = 3
_REDIRECT = (301, 302, 303, 307, 308)
_PIECE = 128 * 1024
_LAST_MODIFIED_IS_STRONG = 60  # seconds before the answer's own date (RFC 9110, 8.8.2.2)
_STATUS_WORDS = {404: "not found", 410: "gone", 403: "forbidden", 401: "not allowed", 416: "range refused"}
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Dailies", "Connection": "close"}


class Unfetchable(Exception):
    """The bytes of a link cannot be had. `reason`: in words for people, to follow a colon. `permanent`: trying again
    would not help. `status`: of the answer, 0 where there was none. `retry_after`: seconds that the server asked for.
    `too_large`: the file is more than the caps allow. `inside`: it leads, or leads on, to an address that is not of the
    open internet.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        status: int = 0,
        retry_after: float = 0.0,
        too_large: bool = False,
        inside: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason, self.permanent, self.status, self.retry_after = reason, permanent, status, retry_after
        self.too_large, self.inside = too_large, inside


@dataclass(frozen=True)
class Caps:
    """What a link may take: seconds to connect, seconds until an answer begins, seconds of silence, seconds in all,
    bytes in all, and fewest bytes a second over any `window` seconds.
    """

    connect: float = 10.0
    answer: float = 30.0
    silence: float = 20.0
    total: float = 3600.0
    most: int = 2_000_000_000
    slowest: int = 10_000
    window: float = 30.0


class Fetcher:
    """Opens links. `own`: the one host and port that may be asked by plain http on loopback, the configured API's own.

    It sends no key, cookie, password or Referer, and heeds no proxy or netrc file. `authorities`: the file of
    certificate authorities to trust.
    """

    def __init__(
        self, own: tuple[str, int] | None = None, caps: Caps | None = None, authorities: str = AUTHORITIES
    ) -> None:
        self.own, self.caps, self.authorities = own, caps or Caps(), authorities

    def open(self, link: str, *, start: int = 0, validator: str = "", first: int = 0) -> Fetched:
        """The answer to a GET, once it begins with 200 or 206. Close it, or use it as a context.

        `start` asks for the rest from there on, if the file is still the one that `validator` names; the answer's own
        `start` says from where it goes on in truth. `first` asks for so many bytes alone. Raises Unfetchable.
        """
        headers = dict(_HEADERS)
        if start and validator:
            headers |= {"Range": f"bytes={start}-", "If-Range": validator}
        if first:
            headers["Range"] = f"bytes=0-{first - 1}"
        deadline = Deadline(self.caps.answer)
        secure = foreign = False
        for _ in range(REDIRECTS + 1):
            url = parse_link(link)
            own = is_own(url.host or "", port_of(url), self.own)
            if foreign and own:  # only the API itself leads to its own files
                raise _inside()
            if secure and url.scheme != "https":
                raise Unfetchable("the link leads on to an address that is not https", permanent=True)
            secure, foreign = url.scheme == "https", not own
            connection = self._connection(url, deadline, own=own and not secure)
            try:
                response = _ask(connection, url.request_uri, headers)
                if response.status not in _REDIRECT:
                    return Fetched(connection, response, self.caps)
                link = _location(url, response)
            except BaseException:
                connection.close()
                raise
            connection.close()
        raise Unfetchable(f"the link leads on and on, more than {REDIRECTS} times", permanent=True)

    def _connection(self, url: Url, deadline: Deadline, *, own: bool) -> Connection:
        return connection_to(
            url,
            deadline,
            self.authorities,
            connect_seconds=self.caps.connect,
            silence_seconds=self.caps.silence,
            may_dial=(lambda address: address.is_loopback) if own else is_public,
        )


class Fetched:
    """An answer and its bytes, which come piece by piece as they arrive. Iterating raises Unfetchable.

    `size`: bytes of the whole file, None where the server does not say. `start`: where in the file these bytes begin.
    `validator`: what names this version of the file beyond doubt, "" where nothing does. None of it is to be trusted.
    """

    def __init__(self, connection: Connection, response: BaseHTTPResponse, caps: Caps) -> None:
        self._connection, self._response, self._caps = connection, response, caps
        self.status = response.status
        headers = response.headers
        packed = headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")
        if self.status not in (200, 206) or (packed and self.status == 206):
            raise _refused(self.status, headers.get("Retry-After", ""))
        self.start, self.size = _place(self.status, headers)
        self.validator = "" if packed else _validator(headers)
        if self.size is not None and self.size > caps.most:
            raise self._too_large()
        if packed:
            self.size = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._response.close()
        self._connection.close()

    def __iter__(self) -> Iterator[bytes]:
        caps, deadline = self._caps, self._connection.deadline
        came, in_window, end = self.start, 0, time.monotonic() + caps.total
        deadline.extend(caps.window)
        try:
            # read1 gives what is there, so that what drips can be told from what comes
            while piece := self._response.read1(_PIECE, decode_content=True):
                came += len(piece)
                in_window += len(piece)
                if came > caps.most:
                    raise self._too_large()
                if time.monotonic() > end:
                    raise Unfetchable(f"it takes longer than {caps.total / 60:.0f} minutes")
                if in_window >= caps.slowest * caps.window:
                    in_window = 0
                    deadline.extend(caps.window)
                yield piece
        except FAULTS as error:
            why = "the server sends it too slowly" if deadline.is_over else reason(error, sent=True)
            raise Unfetchable(why) from None
        if self.size is not None and came != self.size:
            raise Unfetchable("the connection broke off in the middle")

    def _too_large(self) -> Unfetchable:
        most = self._caps.most
        size = f"{most / 1e9:.3g} GB" if most >= 1e9 else f"{most / 1e6:.3g} MB"
        return Unfetchable(f"the file is larger than {size}", permanent=True, too_large=True)


def parse_link(link: str) -> Url:
    """As urllib3 reads it, who dials: programs differ on which host a strange link names. Raises Unfetchable."""
    try:
        parts, url = urlsplit(link), parse_url(link)
        odd = not link.isprintable() or any(map(str.isspace, link)) or "\\" in link or not parts.hostname
    except ValueError:
        raise _broken() from None
    if odd:
        raise _broken()
    if url.scheme not in ("https", "http"):
        raise Unfetchable("the link is no web address", permanent=True)
    if "@" in parts.netloc:
        raise Unfetchable("the link holds a name or a password", permanent=True)
    return url


def _ask(connection: Connection, target: str, headers: dict[str, str]) -> BaseHTTPResponse:
    try:
        connection.connect()
        connection.request("GET", target, headers=headers, preload_content=False)
        return connection.getresponse()
    except InsideAddress:
        raise _inside() from None
    except (UnicodeError, LocationParseError, http.client.InvalidURL):
        raise _broken() from None
    except FAULTS as error:
        raise Unfetchable(reason(error, sent=connection.sent)) from None


def _broken() -> Unfetchable:
    return Unfetchable("the link is broken", permanent=True)


def _inside() -> Unfetchable:
    return Unfetchable("the link leads into a private network", permanent=True, inside=True)


def _refused(status: int, retry_after: str) -> Unfetchable:
    """What a status that brings no file means. 404 may pass, where a file is still on its way to all of its servers."""
    words = f"the link answers {status}" + (f" ({_STATUS_WORDS[status]})" if status in _STATUS_WORDS else "")
    passes = status in (408, 416, 425, 429) or not 400 <= status < 500
    wait = float(retry_after) if retry_after.isdecimal() and len(retry_after) < 7 else 0.0
    return Unfetchable(words, permanent=not passes, status=status, retry_after=wait)


def _location(url: Url, response: BaseHTTPResponse) -> str:
    location = response.headers.get("Location", "")
    if not location:
        raise Unfetchable("the link leads nowhere", permanent=True)
    try:
        return urljoin(url.url, location.encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError:
        raise _broken() from None


def _place(status: int, headers: Any) -> tuple[int, int | None]:
    """Where the bytes begin, and how many the whole file has."""
    length = headers.get("Content-Length", "")
    if status == 200:
        return 0, int(length) if length.isdecimal() else None
    unit, _, rest = headers.get("Content-Range", "").strip().partition(" ")
    span, _, total = rest.partition("/")
    start = span.partition("-")[0]
    if unit.lower() != "bytes" or not start.isdecimal():
        raise Unfetchable("the server's answer cannot be understood")
    return int(start), int(total) if total.isdecimal() else None


def _validator(headers: Any) -> str:
    """A strong ETag; or the time of the last change, where it lies far enough before the answer to be as good."""
    tag = headers.get("ETag", "").strip()
    if tag.startswith('"') and tag.endswith('"') and len(tag) > 2:
        return str(tag)
    changed = headers.get("Last-Modified", "")
    try:
        age = parsedate_to_datetime(headers.get("Date", "")) - parsedate_to_datetime(changed)
    except (TypeError, ValueError):
        return ""
    return str(changed) if age.total_seconds() >= _LAST_MODIFIED_IS_STRONG else ""

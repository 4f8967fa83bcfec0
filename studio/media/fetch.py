"""Fetching what a link of somebody else's leads to, without being led anywhere else.

A link comes from the provider, so it may lead to anything: into this network, to a metadata service, round in circles,
to a file without an end. requests-hardened looks a name up once, judges the address and dials that very address; what
is added here is stricter: addresses that are public beyond doubt, time, speed and size, and no way down from https.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from studio.internet import is_own

from .dial import GuardedAdapter, Watchdog, on_watch, target
from .unfetchable import Unfetchable, inside, refused, too_large, why

__all__ = ["Caps", "Fetched", "Fetcher", "Unfetchable"]

REDIRECTS = 3
_REDIRECT = (301, 302, 303, 307, 308)
_PIECE = 128 * 1024
_LAST_MODIFIED_IS_STRONG = 60  # seconds before the answer's own date (RFC 9110, 8.8.2.2)
_FAULTS = (OSError, HTTPError, http.client.HTTPException, ValueError)  # requests' own errors are OSErrors


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

    It sends no key, cookie, password or Referer, and heeds no proxy or netrc file. `verify`: as in requests.
    """

    def __init__(self, own: tuple[str, int] | None = None, caps: Caps | None = None, verify: bool | str = True) -> None:
        self.own, self.caps, self.verify = own, caps or Caps(), verify

    def open(self, url: str, *, start: int = 0, validator: str = "", first: int = 0) -> Fetched:
        """The answer to a GET, once it begins with 200 or 206. Close it, or use it as a context.

        `start` asks for the rest from there on, if the file is still the one that `validator` names; the answer's own
        `start` says from where it goes on in truth. `first` asks for so many bytes alone. Raises Unfetchable.
        """
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Dailies"}
        if start and validator:
            headers |= {"Range": f"bytes={start}-", "If-Range": validator}
        if first:
            headers["Range"] = f"bytes=0-{first - 1}"
        dog, session = Watchdog(self.caps.answer), self._session()
        on_watch.set(dog)
        try:
            return Fetched(session, self._follow(session, url, headers), dog, self.caps)
        except BaseException as error:
            dog.close()
            session.close()
            if isinstance(error, _FAULTS):
                raise (Unfetchable("the server took too long to answer") if dog.bit else why(error)) from None
            raise

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env, session.verify = False, self.verify
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.mount("https://", GuardedAdapter(secure=True))
        session.mount("http://", GuardedAdapter(secure=False, own=self.own))
        session.get_redirect_target = lambda resp: None  # type: ignore[method-assign] # or it reads a redirect's body
        return session

    def _is_own(self, url: str) -> bool:
        try:
            return is_own(*target(url), self.own)
        except ValueError:
            raise Unfetchable("the link is broken", permanent=True) from None

    def _follow(self, session: requests.Session, url: str, headers: dict[str, str]) -> requests.Response:
        secure = foreign = False
        for _ in range(REDIRECTS + 1):
            refuse_oddities(url)
            own = self._is_own(url)
            if foreign and own:  # only the API itself leads to its own files
                raise inside()
            foreign = not own
            if secure and not url.lower().startswith("https:"):
                raise Unfetchable("the link leads on to an address that is not https", permanent=True)
            request = requests.Request("GET", url, headers=headers)
            timeout = (self.caps.connect, self.caps.silence)
            response = session.send(
                session.prepare_request(request), stream=True, timeout=timeout, allow_redirects=False
            )
            if response.status_code not in _REDIRECT:
                return response
            response.close()
            secure = secure or url.lower().startswith("https:")
            url = urljoin(url, _location(response))
        raise Unfetchable(f"the link leads on and on, more than {REDIRECTS} times", permanent=True)


class Fetched:
    """An answer and its bytes, which come piece by piece as they arrive. Iterating raises Unfetchable.

    `size`: bytes of the whole file, None where the server does not say. `start`: where in the file these bytes begin.
    `validator`: what names this version of the file beyond doubt, "" where nothing does. None of it is to be trusted.
    """

    def __init__(self, session: requests.Session, response: requests.Response, dog: Watchdog, caps: Caps) -> None:
        self._session, self._response, self._dog, self._caps = session, response, dog, caps
        self.status = response.status_code
        headers = response.headers
        packed = headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")
        if self.status not in (200, 206) or (packed and self.status == 206):
            raise refused(self.status, headers.get("Retry-After", ""))
        self.start, self.size = _place(self.status, headers)
        self.validator = "" if packed else _validator(headers)
        if self.size is not None and self.size > caps.most:
            raise too_large(caps.most)
        if packed:
            self.size = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._dog.close()
        self._response.close()
        self._session.close()

    def __iter__(self) -> Iterator[bytes]:
        pace, came = _Pace(self._caps, self._dog), self.start
        try:
            # read1 gives what is there, so that what drips can be told from what comes
            while piece := self._response.raw.read1(_PIECE, decode_content=True):
                came += len(piece)
                if came > self._caps.most:
                    raise too_large(self._caps.most)
                pace.note(len(piece))
                yield piece
        except _FAULTS as error:
            raise (Unfetchable("the server sends it too slowly") if self._dog.bit else why(error)) from None
        if self._dog.bit:
            raise Unfetchable("the server sends it too slowly")
        if self.size is not None and came != self.size:
            raise Unfetchable("the connection broke off in the middle")


class _Pace:
    """Feeds the watchdog as long as bytes come fast enough, and not for ever."""

    def __init__(self, caps: Caps, dog: Watchdog) -> None:
        self.caps, self.dog, self.bytes = caps, dog, 0
        self.end = time.monotonic() + caps.total
        dog.allow(caps.window)

    def note(self, count: int) -> None:
        self.bytes += count
        if time.monotonic() > self.end:
            raise Unfetchable(f"it takes longer than {self.caps.total / 60:.0f} minutes")
        if self.bytes >= self.caps.slowest * self.caps.window:
            self.bytes = 0
            self.dog.allow(self.caps.window)


def refuse_oddities(url: str) -> None:
    """What is wrong with a link by its text alone."""
    try:
        parts = urlsplit(url)
        odd = not url.isprintable() or any(map(str.isspace, url)) or "\\" in url or not parts.hostname
        named = "@" in parts.netloc
    except ValueError:
        odd, named = True, False
    if odd:
        raise Unfetchable("the link is broken", permanent=True)
    if parts.scheme not in ("https", "http"):
        raise Unfetchable("the link is no web address", permanent=True)
    if named:
        raise Unfetchable("the link holds a name or a password", permanent=True)


def _location(response: requests.Response) -> str:
    location = response.headers.get("Location", "")
    if not location:
        raise Unfetchable("the link leads nowhere", permanent=True)
    return location.encode("latin-1", "replace").decode("utf-8", "replace")


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

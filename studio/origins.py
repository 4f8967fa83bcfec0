"""Addresses that a request brings along: of the page that asks, and of the site that the browser says it is on. They
are whatever anybody likes to send, so none of them may break anything.
"""

from __future__ import annotations

from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest

NONE = SplitResult("", "", "", "", "")


def split(url: str) -> SplitResult:
    """As urlsplit, but what is no address at all is an empty one."""
    try:
        return urlsplit(url)
    except ValueError:
        return NONE


def asking_page(request: HttpRequest) -> SplitResult:
    """The page that htmx asks from: its path and its query. Its host and port are left out, since behind a proxy the
    browser's are others than those that arrive here. Empty where nothing says it.
    """
    url = request.headers.get("HX-Current-URL", "")
    if request.headers.get("HX-Current-URL-URI-AutoEncoded") == "true":
        url = unquote(url)
    return split(url)._replace(scheme="", netloc="", fragment="")


def asking_path(request: HttpRequest) -> str:
    """The same as one text, to come back to; "" where it is none of ours."""
    page = asking_page(request)
    inside = page.path.startswith("/") and not page.path.startswith("//")
    return page.geturl() if inside and page.geturl().isprintable() else ""


def origin_of(request: HttpRequest) -> str:
    """The site that the browser says this comes from, like `https://studio.example:8443`; "" where it does not."""
    named = request.headers.get("Origin", "")
    if not named:
        page = split(request.headers.get("Referer", ""))
        named = f"{page.scheme}://{page.netloc}" if page.netloc else ""
    return named if len(named) < 300 and named.isprintable() else ""


def own_origin(request: HttpRequest) -> str:
    """What the studio takes itself for, by what arrives here."""
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return ""

"""Which requests may bring more than a form's text, decided by their headers, before any of it lies on the disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from studio.passes import COOKIE, is_pass

RESERVE = 512 << 20  # bytes of the disk that stay free, whoever sends what


def may_be_large(headers: Mapping[str, str], size: int) -> bool:
    """`headers` as waitress names them: upper case, with underscores."""
    return is_from_here(headers) and may_enter(headers) and has_room(size)


def is_from_here(headers: Mapping[str, str]) -> bool:
    """By one of the studio's own names, and from one of its own pages where the browser tells."""
    host = headers.get("HOST", "").lower()
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    if headers.get("SEC_FETCH_SITE", "none") not in ("same-origin", "none"):
        return False
    try:
        origin = headers.get("ORIGIN", "")
        return not origin or origin in settings.CSRF_TRUSTED_ORIGINS or urlsplit(origin).netloc.lower() == host
    except ValueError:
        return False


def may_enter(headers: Mapping[str, str]) -> bool:
    return not settings.STUDIO_PASSWORD or is_pass(parse_cookie(headers.get("COOKIE", "")).get(COOKIE, ""))


def has_room(size: int) -> bool:
    return shutil.disk_usage(tempfile.gettempdir()).free > size + RESERVE

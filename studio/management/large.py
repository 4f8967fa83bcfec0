"""Which requests may bring more than a form's text, decided by their headers, before any of it lies on the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from studio.media.room import NoRoom
from studio.passes import is_pass
from studio.uploads.intake import why_not_kept

MOST_FILE = 1 << 30
FILE_BYTES = MOST_FILE + (64 << 20)  # and what a form puts around it
COPIES = 3  # of a file, while it comes in: the request, the form's file, and the one that is kept
TOO_LARGE = "This file is too large: 1 GB is the most. Cut it to what you need, or save it smaller."
TOO_MANY = "Other files are just coming in, as many as the studio takes at a time. Try again when one of them is done."


@dataclass(frozen=True)
class Refusal:
    """Why a large body is not taken: words for the person who sent it, none for a stranger. `passes`: another try may
    help.
    """

    problem: str = ""
    passes: bool = False


def why_refused(headers: Mapping[str, str], size: int, others: int, most: int, coming: int) -> Refusal | None:
    """None: it is taken. `headers` as waitress names them: upper case, with underscores. `others`: how many are coming
    in, of `most`, and `coming` how many bytes of them are still to come.
    """
    if not (is_from_here(headers) and may_enter(headers)):
        return Refusal()
    if size > FILE_BYTES:
        return Refusal(TOO_LARGE)
    if others >= most:
        return Refusal(TOO_MANY, passes=True)
    try:
        settings.STUDIO_DISK_RESERVE.require(Path(tempfile.gettempdir()), (size + coming) * COPIES)
    except NoRoom as error:
        return Refusal(why_not_kept(error), passes=True)
    return None


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
    return not settings.STUDIO_PASSWORD or is_pass(parse_cookie(headers.get("COOKIE", "")))

"""Who may send large files, known before a byte of one is read and without asking the database: the listener looks at a
signed cookie that whoever has logged in bears. It holds for one session, for an hour from the last page, and not after
that session has logged out; a new password ends all of them.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

COOKIE = "dailies_files"
SECONDS, RENEWED_AFTER = 3600, 1800  # an open page asks something every half minute, and gets a new one in time
REMEMBERED = 1000

_ended: dict[str, None] = {}  # sessions that are over though a pass of theirs is not: the last of them
_lock = threading.Lock()


def _signer() -> TimestampSigner:
    return TimestampSigner(key=f"{settings.SECRET_KEY}{settings.STUDIO_PASSWORD}", salt="studio.passes")


def _name(session: str) -> str:
    """A session as a pass names it: who reads the pass learns nothing of the session."""
    return hashlib.sha256(session.encode("utf-8", "replace")).hexdigest()[:32]


def is_pass(cookies: Mapping[str, str], seconds: int = SECONDS) -> bool:
    """Whether there is a pass among these cookies, and the session that it was given to."""
    name = _name(cookies.get(settings.SESSION_COOKIE_NAME, ""))
    try:
        return _signer().unsign(cookies.get(COOKIE, ""), max_age=seconds) == name and name not in _ended
    except BadSignature:
        return False


def _end(cookies: Mapping[str, str]) -> None:
    with _lock:
        _ended[_name(cookies.get(settings.SESSION_COOKIE_NAME, ""))] = None
        while len(_ended) > REMEMBERED:
            del _ended[next(iter(_ended))]


class PassMiddleware:
    """Whoever is logged in has a pass, and it goes with the session. Without a password nobody needs one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not settings.STUDIO_PASSWORD or not {settings.SESSION_COOKIE_NAME, COOKIE} & {*request.COOKIES}:
            return response
        session = request.session.session_key
        if not request.user.is_authenticated or not session:
            if is_pass(request.COOKIES):
                _end(request.COOKIES)
            if COOKIE in request.COOKIES:
                response.delete_cookie(COOKIE, path=settings.SESSION_COOKIE_PATH)
        elif not is_pass({**request.COOKIES, settings.SESSION_COOKIE_NAME: session}, RENEWED_AFTER):
            response.set_cookie(
                COOKIE, _signer().sign(_name(session)), max_age=SECONDS, path=settings.SESSION_COOKIE_PATH,
                httponly=True, secure=bool(settings.SESSION_COOKIE_SECURE), samesite="Lax",
            )  # fmt: skip
        return response

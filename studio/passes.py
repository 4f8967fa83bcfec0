"""Who may send large files, known before a byte of one is read and without asking the database: the listener looks at a
signed cookie that whoever has logged in bears. A new password ends all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

COOKIE = "dailies_files"
WORD = "may-send"


def _signer() -> TimestampSigner:
    return TimestampSigner(key=f"{settings.SECRET_KEY}{settings.STUDIO_PASSWORD}", salt="studio.passes")


def is_pass(text: str) -> bool:
    try:
        return _signer().unsign(text, max_age=settings.SESSION_COOKIE_AGE) == WORD
    except BadSignature:
        return False


class PassMiddleware:
    """Whoever is logged in has a pass, and it goes with the session. Without a password nobody needs one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not settings.STUDIO_PASSWORD or not {settings.SESSION_COOKIE_NAME, COOKIE} & {*request.COOKIES}:
            return response
        if not request.user.is_authenticated:
            if COOKIE in request.COOKIES:
                response.delete_cookie(COOKIE, path=settings.SESSION_COOKIE_PATH)
        elif not is_pass(request.COOKIES.get(COOKIE, "")):
            secure = bool(settings.SESSION_COOKIE_SECURE)
            age = settings.SESSION_COOKIE_AGE
            response.set_cookie(
                COOKIE, _signer().sign(WORD), max_age=age, path=settings.SESSION_COOKIE_PATH, httponly=True,
                secure=secure, samesite="Lax",
            )  # fmt: skip
        return response

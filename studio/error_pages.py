"""What is shown when a page could not be made."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port
from django.middleware.csrf import REASON_NO_REFERER
from django.template.loader import render_to_string

from .origins import origin_of, own_origin

ASK_AGAIN_SECONDS = 5


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from a page of the studio's, as far as can be told. Where the browser says that it did,
    but by another address than the one that arrives here, a proxy stands between, and no reload can help.
    """
    browser, own = origin_of(request), own_origin(request)
    is_unnamed = browser == "null" or reason == REASON_NO_REFERER
    is_other = not is_unnamed and browser not in ("", own, *settings.CSRF_TRUSTED_ORIGINS)
    problem = ""  # in one line, for a script
    if is_unnamed:
        problem = "The browser does not say from which page this came, so the studio did not take it."
    elif is_other:
        problem = (
            f"The browser is at {browser}, but the studio takes itself for {own}, so it did not take this. Set "
            f"STUDIO_TRUSTED_ORIGINS={browser} and start the studio again."
        )
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"problem": problem or "Reload the page and try again."}, status=403)
    context = {"browser": browser, "own": own, "is_unnamed": is_unnamed, "is_other": is_other}
    response = HttpResponse(render_to_string("403_csrf.html", context), status=403)
    if problem.isascii() and problem:
        response["X-Problem"] = problem
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Mostly another name than those that the studio may be opened under."""
    host = request.META.get("HTTP_HOST", "") if isinstance(exception, DisallowedHost) else ""
    name = split_domain_port(host)[0] if len(host) < 300 else ""
    return HttpResponse(render_to_string("400.html", {"host": name, "hosts": settings.ALLOWED_HOSTS}), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the database does not answer: it is locked, full or away, and may be back in a moment.

    The pages are drawn without a request: what goes with one may need the database, too.
    """
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if away else 500
    response = HttpResponse(render_to_string(f"{status}.html"), status=status)
    if away:
        response["Retry-After"] = str(ASK_AGAIN_SECONDS)
    return response

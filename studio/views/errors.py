"""What is shown when a page could not be made."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

ASK_AGAIN_SECONDS = 5


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

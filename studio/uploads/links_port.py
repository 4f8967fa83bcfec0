"""The second port, which a tunnel may point at: signed links to files, and nothing else at all.

A WSGI application of its own: it has none of the studio's URLs, pages, cookies or middleware, so nothing of them can be
reached through it, whatever the Host.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase

from studio.media.serving import serve

from .links import public_name, upload_of

log = logging.getLogger("studio.links")

PATH = re.compile(r"/files/([\w.-]{1,200})/([\w.-]{1,100})", re.ASCII)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    close_old_connections()
    try:
        response = answer(environ)
    except (DatabaseError, InterfaceError) as error:
        log.warning("A link was asked for while the database does not answer: %s", error)
        response = HttpResponse(status=503)
    if response.status_code >= 400 and response.status_code not in (412, 416):
        response = HttpResponse(status=response.status_code, content_type="text/plain")
    response.headers.setdefault("Content-Length", "0")
    response.headers["X-Content-Type-Options"] = "nosniff"
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    file, wrapper = getattr(response, "file_to_stream", None), environ.get("wsgi.file_wrapper")
    if file is None or wrapper is None:
        return response
    file.close = response.close  # the wrapper closes the file alone, and has to close what belongs to it
    body: Iterable[bytes] = wrapper(file, response.block_size)  # type: ignore[attr-defined]
    return body


def answer(environ: dict[str, Any]) -> HttpResponseBase:
    """The one file that a signed path names; 404 for anything else."""
    path = PATH.fullmatch(environ["PATH_INFO"])
    upload = upload_of(path[1]) if path and environ["REQUEST_METHOD"] in ("GET", "HEAD") else None
    if path is None or upload is None or path[2] != public_name(upload):
        return HttpResponse(status=404)
    try:
        return serve(WSGIRequest(environ), upload.name, upload.content_type, upload.sha256, public_name(upload))
    except Http404:
        return HttpResponse(status=404)

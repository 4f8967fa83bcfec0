"""Files of the media store over HTTP, for whoever may have them: that is the caller's to decide."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag

from .ranges import Unsatisfiable, content_range, parse_range
from .storage import is_local

# A file that pretends to be a page may not do anything.
POLICY = "default-src 'none'; sandbox"
FOR_GOOD = "private, max-age=31536000, immutable"  # what is kept under a name never changes
ASK_AGAIN = "private, no-cache"  # a 304 is cheap, and after an older backup a number may stand for something else
LINK_SECONDS = 12 * 3600  # how long a link that the store signed opens its file: a paused video is gone on with
BLOCK = 65536  # bytes at a time, for a server that reads the body itself
REDIRECT_SECONDS = 3600  # how long a browser may go by the same link, so that it has no picture to fetch twice


class Slice:
    """A part of an open file, as a file: waitress then sends it from its own loop, a buffer at a time, and neither a
    thread nor memory is held for it, however long it is and however slowly it is taken.
    """

    def __init__(self, file: BinaryIO, start: int, stop: int) -> None:
        self.file, self.start, self.stop = file, start, stop
        file.seek(start)

    def read(self, size: int = -1) -> bytes:
        left = self.stop - self.file.tell()
        return self.file.read(left if size < 0 else min(size, left))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: self.start, os.SEEK_CUR: self.file.tell(), os.SEEK_END: self.stop}[whence]
        return self.file.seek(min(max(base + offset, self.start), self.stop)) - self.start

    def tell(self) -> int:
        return self.file.tell() - self.start

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self.file.close()


def serve(
    request: HttpRequest,
    name: str,
    content_type: str,
    etag: str,
    filename: str | None = None,
    attachment: bool = False,
    cache: str = FOR_GOOD,
) -> HttpResponseBase:
    """The answer to a GET or HEAD of a file in the media store, which never changes under its name.

    `content_type` is ours, never the sender's; `etag` is a strong validator without quotes, like the SHA-256;
    `filename` is what a browser calls it when it is saved, of any letters, and `attachment` makes it save at once. Who
    may see the file is for the caller to say before.

    200, 206, 304, 412 or 416 from the data folder; from a store elsewhere 302 to its signed link.

    Raises Http404 where the file is not there.
    """
    disposition = content_disposition_header(attachment, filename or "") or "inline"
    if not is_local(default_storage):
        return signed_redirect(name, content_type, disposition)
    response = conditional(request, name, quote_etag(etag))
    response["Content-Type"] = content_type
    response["Content-Disposition"] = disposition
    response["Cache-Control"] = cache
    return guarded(response)


def conditional(request: HttpRequest, name: str, etag: str) -> HttpResponseBase:
    """What the request's conditions and its range lead to."""
    try:
        file = default_storage.open(name)
    except (FileNotFoundError, IsADirectoryError):
        raise Http404 from None
    early = get_conditional_response(request, etag=etag)
    if early is not None:
        file.close()
        early["ETag"] = etag
        return early
    response = part(request, file.file, etag)
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    return response


def part(request: HttpRequest, file: Any, etag: str) -> HttpResponseBase:
    """The file, or the range of it that a GET asks for; no other method knows ranges (RFC 9110, 14.2)."""
    size = file.seek(0, io.SEEK_END)
    asked = request.headers.get("Range") if request.method == "GET" and still_is(request, etag) else None
    try:
        span = parse_range(asked, size)
    except Unsatisfiable:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, stop = span or (0, size)
    if request.method == "HEAD":
        file.close()
        return HttpResponse(headers={"Content-Length": size})
    response = FileResponse(Slice(file, start, stop), status=206 if span else 200)
    response.block_size = BLOCK
    if span:
        response["Content-Range"] = content_range(start, stop, size)
    return response


def still_is(request: HttpRequest, etag: str) -> bool:
    """Whether the range is of this very file: `If-Range` names the one that the first part was of."""
    return request.headers.get("If-Range", etag) == etag


def signed_redirect(name: str, content_type: str, disposition: str) -> HttpResponseBase:
    """To the store's own link, which opens this one file for some hours, as what we say it is."""
    response = HttpResponse(status=302)
    response["Location"] = signed_link(name, content_type, disposition)
    response["Cache-Control"] = f"private, max-age={REDIRECT_SECONDS}"
    return guarded(response)


def signed_link(name: str, content_type: str, disposition: str = "inline", seconds: int = LINK_SECONDS) -> str:
    """A link by which anybody may fetch a file from a store elsewhere, for so long; S3 knows seven days at most."""
    overrides = {
        "ResponseContentType": content_type,
        "ResponseContentDisposition": disposition,
        "ResponseCacheControl": f"private, max-age={seconds}, immutable",
    }
    store: Any = default_storage  # only S3's takes more than a name
    return str(store.url(name, parameters=overrides, expire=seconds))


def guarded(response: HttpResponseBase) -> HttpResponseBase:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    return response

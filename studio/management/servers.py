"""The two listeners of the studio: its pages, and beside them, on this machine only, signed links to files."""

from __future__ import annotations

import copy
import html
import json
import logging
import socket
import time
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from django.conf import settings
from django.core.management.base import CommandError
from django.core.wsgi import get_wsgi_application
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server
from waitress.utilities import RequestEntityTooLarge

from studio.base_path import below
from studio.uploads.intake import why_not_kept
from studio.uploads.links_port import application as links

from .connections import MOST, Connection, most_connections, raise_file_limit
from .large import FILE_BYTES, MOST_FILE, TOO_LARGE, Refusal, why_refused
from .leftovers import use_own_temporary_folder

log = logging.getLogger("studio.uploads")

THREADS = 4
BODY_BYTES = 1 << 20
LARGE_MOST = 4  # large bodies that come in at a time
TAKE_FILES = ("/uploads/", "/generations/")  # POSTs to these may carry files
ASKS = "X_FILE_BYTES"  # the page asks beforehand whether a file of so many bytes would be taken
DISCARD_SECONDS = 60
PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Not taken · Dailies</title><h1>This file was not taken</h1><p>{}</p>
<p><a href="{}/">Back to the studio</a></p></html>
"""

# A file that a slow viewer is still to be sent is not written anywhere else, so no thread waits until it is gone,
# however large it is. A thread waits only for who does not take an answer that was made for him, of more than 16 MB.
SHARED = {
    "ident": "",
    "outbuf_high_watermark": 16 << 20,
    "inbuf_overflow": 1 << 16,
    "connection_limit": MOST + 100,  # never reached: `Connection` makes room before
    "asyncore_use_poll": True,
    "clear_untrusted_proxy_headers": True,
}


class Refused(RequestEntityTooLarge):  # type: ignore[misc] # waitress has no types
    """The answer to a large body that is not taken: JSON for the page's script, else a page of its own."""

    def __init__(self, refusal: Refusal, *, as_json: bool) -> None:
        super().__init__(refusal.problem or "It is larger than what may be sent here.")
        self.refusal, self.as_json = refusal, as_json

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        if self.as_json:
            kind, text = "application/json", json.dumps({"problem": self.body, "retry": self.refusal.passes})
        else:
            kind, text = (
                "text/html; charset=utf-8",
                PAGE.format(html.escape(self.body), html.escape(settings.STUDIO_BASE_PATH)),
            )
        headers = [("Content-Type", kind), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
        return f"{self.code} {self.reason}", headers, text.encode()


class Parser(HTTPRequestParser):  # type: ignore[misc] # as above
    """Refuses a large body, unread, where none is expected, and from whom none is."""

    refusal: Refusal | None = None
    size = 0  # of a large body

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.command != "POST" or self.path.removeprefix(settings.STUDIO_BASE_PATH) not in TAKE_FILES:
            self.refuse_large(Refusal())
            return
        asked = self.headers.get(ASKS, "")
        size = FILE_BYTES if self.chunked else self.content_length
        if asked.isdecimal() and len(asked) < 19:
            size = int(asked) if int(asked) <= MOST_FILE else FILE_BYTES + 1
        if size < BODY_BYTES:
            self.refuse_large(Refusal())
            return
        others = [each for each in LARGE if not each.completed]
        coming = sum(max(each.size - each.body_bytes_received, 0) for each in others)
        refusal = why_refused(self.headers, size, len(others), LARGE_MOST, coming)
        if refusal is not None:
            self.refuse_large(refusal)
        elif self.content_length or self.chunked:
            self.size = size
            LARGE.add(self)

    def refuse_large(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.adj: Adjustments = copy.copy(self.adj)
        self.adj.max_request_body_size = BODY_BYTES

    def received(self, data: bytes) -> int:
        try:
            taken = int(super().received(data))
        except OSError as error:  # what comes in cannot be written down
            self.answer_no(Refusal(why_not_kept(error), passes=True))
            return len(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.answer_no(self.refusal or Refusal(TOO_LARGE))
        elif self.completed and not self.error and ASKS in self.headers and self.refusal and self.refusal.problem:
            self.answer_no(self.refusal)
        return taken

    def answer_no(self, refusal: Refusal) -> None:
        self.expect_continue, self.completed, self.refusal = False, True, refusal
        self.error = Refused(refusal, as_json="application/json" in self.headers.get("ACCEPT", ""))
        if refusal.problem:
            log.warning("a file is not taken: %s", refusal.problem)


LARGE: WeakSet[Parser] = WeakSet()


class PagesConnection(Connection):
    """After a refusal it goes on reading for a while, and throws away what comes: whoever is still sending when the
    connection is closed never sees the answer.
    """

    parser_class = Parser
    discards_until = 0.0
    discards = False

    def go_on(self) -> bool:
        if self.discards:
            self.ahead = b""
            return True
        going = super().go_on()
        if any(isinstance(each.error, Refused) and each.refusal.problem for each in self.requests):
            self.discards_until = time.time() + DISCARD_SECONDS
        return going

    def readable(self) -> bool:
        if self.discards and time.time() > self.discards_until:
            self.drop()
        return super().readable()

    def handle_close(self) -> None:
        if self.discards_until and not self.discards and self.connected:
            self.discards, self.will_close, self.ahead = True, False, b""
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                return
        if self.request is not None:
            if self.request in LARGE:
                log.warning("a file broke off after %s bytes", self.request.body_bytes_received)
            LARGE.discard(self.request)
        super().handle_close()


def pages_server(host: str, port: int) -> Any:
    """The studio itself. Raises CommandError where it cannot listen."""
    listeners: dict[int, Any] = {}
    try:
        server = create_server(
            below(settings.STUDIO_BASE_PATH, get_wsgi_application()),
            map=listeners,
            host=host,
            port=port,
            threads=THREADS,
            max_request_body_size=FILE_BYTES,
            **SHARED | {"clear_untrusted_proxy_headers": not settings.STUDIO_SECURE_PROXY},
        )
    except (OSError, ValueError) as error:
        raise CommandError(f"--port {port} on {host} cannot be used ({error}). Choose another with --port.") from None
    bound(listeners, PagesConnection)
    use_own_temporary_folder(settings.STUDIO_DATA_DIR)
    return server


def bound(listeners: dict[int, Any], kind: type[Connection]) -> None:
    """What arrives at these listeners becomes connections of this kind, as many as this process can bear."""
    bounds = {"most": most_connections(raise_file_limit()), "shared_address": settings.STUDIO_SECURE_PROXY}
    for listener in listeners.values():
        if isinstance(listener, BaseWSGIServer):
            listener.channel_class = type(kind.__name__, (kind,), bounds)


def links_server() -> Any:
    """The port for signed links, on loopback. None where it is taken and no tunnel needs it.

    Raises CommandError where it is taken and STUDIO_PUBLIC_URL counts on it.
    """
    port = settings.STUDIO_LINKS_PORT
    listeners: dict[int, Any] = {}
    try:
        server = create_server(
            links,
            map=listeners,
            host="127.0.0.1",
            port=port,
            threads=THREADS,
            max_request_body_size=65536,
            **SHARED,
        )
    except (OSError, ValueError) as error:
        if not settings.STUDIO_PUBLIC_URL:
            return None
        raise CommandError(
            f"STUDIO_LINKS_PORT {port} cannot be used ({error}), and STUDIO_PUBLIC_URL leads there. Choose another."
        ) from None
    bound(listeners, Connection)
    return server

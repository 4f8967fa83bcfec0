"""The two listeners of the studio: its pages, and beside them, on this machine only, signed links to files."""

from __future__ import annotations

import copy
from typing import Any
from weakref import WeakSet

from django.conf import settings
from django.core.management.base import CommandError
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server

from studio.views.links import application as links
from studio.wsgi import application

from .connections import MOST, Connection, most_connections, raise_file_limit
from .large import may_be_large
from .leftovers import use_own_temporary_folder

THREADS = 4
BODY_BYTES = 1 << 20
FILE_BYTES = (1 << 30) + (64 << 20)  # the largest file that the studio takes, and what a form puts around it
LARGE_MOST = 4  # large bodies that come in at a time
TAKE_FILES = ("/uploads/", "/generations/")  # POSTs to these may carry files

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


class Parser(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    """Refuses a large body, unread, where none is expected, and from whom none is."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.is_welcome():
            LARGE.add(self)
        else:
            self.adj: Adjustments = copy.copy(self.adj)
            self.adj.max_request_body_size = BODY_BYTES

    def is_welcome(self) -> bool:
        size = FILE_BYTES if self.chunked else self.content_length
        path = self.path.removeprefix(settings.STUDIO_BASE_PATH)
        if size < BODY_BYTES or self.command != "POST" or path not in TAKE_FILES:
            return False
        return sum(not each.completed for each in LARGE) < LARGE_MOST and may_be_large(self.headers, size)


LARGE: WeakSet[Parser] = WeakSet()


class PagesConnection(Connection):
    parser_class = Parser

    def handle_close(self) -> None:
        if self.request is not None:
            LARGE.discard(self.request)
        super().handle_close()


def pages_server(host: str, port: int) -> Any:
    """The studio itself. Raises CommandError where it cannot listen."""
    listeners: dict[int, Any] = {}
    try:
        server = create_server(
            application,
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

"""The two listeners of the studio: its pages, and beside them, on this machine only, signed links to files."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.wsgi import get_wsgi_application
from waitress.server import BaseWSGIServer, create_server

from studio.base_path import below
from studio.uploads.incoming import MOST_BODY
from studio.uploads.links_port import application as links

from .connections import MOST, Connection, most_connections, raise_file_limit
from .leftovers import use_own_temporary_folder

THREADS = 4

# A file that a slow viewer is still to be sent is not written anywhere else, so no thread waits until it is gone,
# however large it is. A thread waits only for who does not take an answer that was made for him, of more than 16 MB.
SHARED = {
    "ident": "",
    "outbuf_high_watermark": 16 << 20,
    "inbuf_overflow": 1 << 16,
    "connection_limit": MOST + 100,  # never reached: `Connection` makes room before
    "asyncore_use_poll": True,
    "clear_untrusted_proxy_headers": False,  # Django ignores them unless STUDIO_SECURE_PROXY says otherwise
}


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
            max_request_body_size=MOST_BODY,
            **SHARED,
        )
    except (OSError, ValueError) as error:
        raise CommandError(f"--port {port} on {host} cannot be used ({error}). Choose another with --port.") from None
    bound(listeners)
    use_own_temporary_folder(settings.STUDIO_DATA_DIR)
    return server


def bound(listeners: dict[int, Any]) -> None:
    """What arrives at these listeners becomes connections of ours, as many as this process can bear."""
    bounds = {"most": most_connections(raise_file_limit()), "shared_address": settings.STUDIO_SECURE_PROXY}
    for listener in listeners.values():
        if isinstance(listener, BaseWSGIServer):
            listener.channel_class = type("BoundConnection", (Connection,), bounds)


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
    bound(listeners)
    return server

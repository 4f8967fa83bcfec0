"""The sandbox's listener and its life."""

import contextlib
import logging
import socket
import sys
import threading
from http.server import ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from .api import Api
from .handler import Handler
from .renderer import Renderer
from .samples import SAMPLES, Samples
from .tasks import Tasks

__all__ = ["SAMPLES", "Sandbox"]

log = logging.getLogger("studio.sandbox")


class Sandbox:
    """A stand-in for the paid API on its own port.

    `folder` keeps its tasks and videos. `port` 0 picks a free one. `pace` is a factor on every wait: 1 for people, less
    for tests. Start it once; to start it again, make another one with the same folder.
    """

    def __init__(
        self, folder: Path, port: int, *, host: str = "127.0.0.1", key: str = "aio_sandbox", pace: float = 1.0
    ) -> None:
        if not ip_address(host).is_loopback:
            raise ValueError("The sandbox listens on loopback only: anybody knows its key.")
        self.folder, self.port, self.host, self.key, self.pace = folder, port, host, key, pace
        self._server: _Server | None = None
        self._renderer: Renderer | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def base(self) -> str:
        """The base of its API."""
        return f"{self.url}/api/v1"

    def start(self) -> None:
        """Listen, and work in threads of its own. Raises OSError if the port is taken."""
        self._server = server = _Server((self.host, self.port), Handler)
        self.port = server.server_address[1]
        tasks = Tasks(self.folder)
        self._renderer = Renderer(tasks)
        server.api = Api(tasks, self.key, self.pace, self._renderer.add)
        server.samples = Samples(self.folder / "samples")
        server.origin = self.url
        self._renderer.start()
        threading.Thread(target=server.serve_forever, args=(0.2,), name="sandbox", daemon=True).start()
        log.debug("Listening on %s", self.url)

    def stop(self) -> None:
        """Leave the port, break what is open, and wait for the threads."""
        if self._server is not None:
            self._server.shutdown()
            self._server.close_all()
            self._server = None
        if self._renderer is not None:
            self._renderer.stop()
            self._renderer = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    api: Api
    samples: Samples
    origin: str

    def __init__(self, address: tuple[str, int], handler: type[Handler]) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Without the look-up of this machine's name, which may ask a resolver."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_all(self) -> None:
        """A kept-alive connection would go on answering after the listener is gone."""
        self.server_close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("A connection ended badly", exc_info=sys.exc_info())

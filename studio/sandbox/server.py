"""The sandbox: its life, and its HTTP. Every path from outside is matched against the few that exist before a disk is
touched.
"""

import logging
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from studio.media.ranges import Unsatisfiable, content_range, parse_range

from .api import NOT_FOUND, Answer, Api, error
from .dashboard import SHOWN, dashboard
from .renderer import Renderer
from .tasks import Tasks

log = logging.getLogger("studio.sandbox")

MOST_BODY = 1024 * 1024
GENERATIONS, TASKS = "/api/v1/videos/generations", "/api/v1/tasks/"
# To try the modes with that need an input: a picture, a voice, a clip.
SAMPLES = {"image": "/samples/picture.jpg", "audio": "/samples/voice.m4a", "video": "/samples/clip.mp4"}
CONTENT_TYPES = {".mp4": "video/mp4", ".m4a": "audio/mp4", ".jpg": "image/jpeg"}
_FORBIDDEN = error(403, "This sandbox answers on this machine only", "forbidden")
_CLOSE_AT_ONCE = struct.pack("ii", 1, 0)


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
        server = _Server((self.host, self.port), _Handler)
        self.port = server.server_address[1]
        server.renderer = Renderer(Tasks(self.folder))
        server.api = Api(server.renderer.tasks, self.key, self.pace, server.renderer.add, self.url)
        server.renderer.start()
        threading.Thread(target=server.serve_forever, args=(0.2,), name="sandbox", daemon=True).start()
        self._server = server
        log.debug("Listening on %s", self.url)

    def stop(self) -> None:
        """Leave the port, answer no more, and wait for the threads."""
        server, self._server = self._server, None
        if server is not None:
            server.stopped = True
            server.shutdown()
            server.server_close()
            server.renderer.stop()


class _Server(ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128
    stopped = False
    api: Api
    renderer: Renderer

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("A connection ended badly", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Server
    protocol_version, server_version, sys_version = "HTTP/1.1", "Sandbox", ""
    disable_nagle_algorithm = True
    timeout = 60  # an idle connection holds a thread

    def parse_request(self) -> bool:
        """A connection that was kept open would go on answering after the listener is gone."""
        self.close_connection = True
        return not self.server.stopped and super().parse_request()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if not is_local(self.headers.get("Host", "")):
            self.send(_FORBIDDEN)
        elif (file := self.file(url.path)) is not None:
            self.send_file(file, attachment="download" in parse_qs(url.query, keep_blank_values=True))
        else:
            self.send(self.answer(url.path))

    do_HEAD = do_GET

    def do_POST(self) -> None:
        body = self.body()
        if isinstance(body, Answer):
            self.close_connection = True  # what is left of the body would be read as the next request
            self.send(body)
        elif not is_local(self.headers.get("Host", "")):
            self.send(_FORBIDDEN)
        elif urlsplit(self.path).path != GENERATIONS:
            self.send(NOT_FOUND)
        else:
            self.send(self.server.api.create(self.headers.get("Authorization"), body))

    def answer(self, path: str) -> Answer:
        """The answer to a GET of anything but a file."""
        api = self.server.api
        if path == "/":
            return dashboard((task, api.status(task)) for task in api.tasks.newest(SHOWN))
        if path.startswith(TASKS):
            return api.poll(self.headers.get("Authorization"), path.removeprefix(TASKS))
        return NOT_FOUND

    def file(self, path: str) -> Path | None:
        """The file that a path names, if there is one."""
        if path in SAMPLES.values():
            return Path(__file__).parent / path.removeprefix("/")
        if not (path.startswith("/videos/") and path.endswith(".mp4")):
            return None
        video = self.server.api.tasks.video(path.removeprefix("/videos/").removesuffix(".mp4"))
        return video if video is not None and video.is_file() else None

    def body(self) -> bytes | Answer:
        """The request's whole body, or the answer that says why it is not read."""
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            return error(411, "Send a Content-Length", "invalid_request")
        if len(length) > 9 or int(length) > MOST_BODY:
            return error(413, "The request is too large", "invalid_request")
        return self.rfile.read(int(length))

    def send(self, answer: Answer) -> None:
        if answer.reset:
            self.reset()
            return
        headers = {"Content-Type": answer.content_type, "X-Content-Type-Options": "nosniff", **answer.headers}
        self.send_head(answer.status, headers, len(answer.body))
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def send_head(self, status: int, headers: dict[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def send_file(self, path: Path, *, attachment: bool) -> None:
        """A file, or the slice of it that the request's `Range` asks for, if that is about this version of it."""
        status = path.stat()
        tag = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
        headers = {
            "Content-Type": CONTENT_TYPES[path.suffix], "Accept-Ranges": "bytes", "Access-Control-Allow-Origin": "*",
            "ETag": tag,
        }  # fmt: skip
        if attachment:
            headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
        is_meant = self.command == "GET" and self.headers.get("If-Range", tag) == tag
        try:
            part = parse_range(self.headers.get("Range") if is_meant else None, status.st_size)
        except Unsatisfiable:
            self.send_head(416, {**headers, "Content-Range": f"bytes */{status.st_size}"}, 0)
            return
        start, stop = part or (0, status.st_size)
        if part:
            headers["Content-Range"] = content_range(start, stop, status.st_size)
        self.send_head(206 if part else 200, headers, stop - start)
        if self.command == "GET":
            with path.open("rb") as file:
                self.connection.sendfile(file, start, stop - start)

    def reset(self) -> None:
        """Break the connection: with no time to linger, closing sends RST in place of FIN."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_AT_ONCE)
        self.rfile.close()
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        log.debug(format, *args)


def is_local(host: str) -> bool:
    """Whether a Host header names this machine: a page elsewhere must not reach the sandbox by rebinding a name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False

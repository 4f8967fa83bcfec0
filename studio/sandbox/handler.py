"""HTTP of the sandbox: which path is answered by what."""

import contextlib
import logging
import socket
import struct
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from .answers import NOT_FOUND, Answer, error, page
from .api import Api
from .files import send_file
from .page import SHOWN, dashboard
from .samples import SAMPLES, Samples

log = logging.getLogger("studio.sandbox")

MOST_BODY = 1024 * 1024
GENERATIONS, TASKS = "/api/v1/videos/generations", "/api/v1/tasks/"
_FORBIDDEN = error(403, "This sandbox answers on this machine only", "forbidden")
_CLOSE_AT_ONCE = struct.pack("ii", 1, 0)


class Listener(Protocol):
    """What a handler needs of the server that it belongs to."""

    api: Api
    samples: Samples
    origin: str


class Handler(BaseHTTPRequestHandler):
    """One connection. Every path from outside is matched against the few that exist before a disk is touched."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60  # an idle connection holds a thread

    @property
    def listener(self) -> Listener:
        return self.server  # type: ignore[return-value]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if not is_local(self.headers.get("Host", "")):
            self.send(_FORBIDDEN)
        elif (file := self.file(url.path)) is not None:
            send_file(self, file, attachment="download" in parse_qs(url.query, keep_blank_values=True))
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
            self.send(self.listener.api.create(self.headers.get("Authorization"), body))

    def answer(self, path: str) -> Answer:
        """The answer to a GET of anything but a file."""
        api = self.listener.api
        if path == "/":
            return page(dashboard((task, api.status(task)) for task in api.tasks.newest(SHOWN)))
        if path.startswith(TASKS):
            return api.poll(self.headers.get("Authorization"), path.removeprefix(TASKS), self.listener.origin)
        return NOT_FOUND

    def file(self, path: str) -> Path | None:
        """The file that a path names, if there is one; samples are made when they are first asked for."""
        if path in SAMPLES.values():
            return self.listener.samples.get(path)
        if not (path.startswith("/videos/") and path.endswith(".mp4")):
            return None
        video = self.listener.api.tasks.video(path.removeprefix("/videos/").removesuffix(".mp4"))
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
        self.send_response(answer.status)
        headers = {"Content-Type": answer.content_type, "X-Content-Type-Options": "nosniff", **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def reset(self) -> None:
        """Break the connection: with no time to linger, closing sends RST in place of FIN."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_AT_ONCE)
        self.rfile.close()
        self.connection.close()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def version_string(self) -> str:
        return "Sandbox"

    def log_message(self, format: str, *args: object) -> None:
        log.debug(format, *args)


def is_local(host: str) -> bool:
    """Whether a Host header names this machine: a page elsewhere must not reach the sandbox by rebinding a name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False

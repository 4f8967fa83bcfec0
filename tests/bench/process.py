"""What the real `manage.py studio` needs: memory, time to start, and the bytes that a browser loads from it."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urljoin
from urllib.request import Request

from tests.browser.process import Studio, open_url

Line = tuple[str, str, str]
ROOT = Path(__file__).resolve().parent.parent.parent
LOADED = re.compile(rb'<script[^>]* src="([^"]+)"|<link rel="stylesheet" href="([^"]+)"')
IDLE_SECONDS = 3


class NoSuchTask(BaseHTTPRequestHandler):
    """A provider that takes the key and knows no task: all that a studio without takes asks it."""

    def do_GET(self) -> None:
        body = json.dumps({"error": {"code": 404, "message": "Task not found", "type": "not_found"}}).encode()
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), NoSuchTask)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1"
    server.shutdown()


def megabytes(pid: int) -> float:
    """What the process holds in memory, with its children."""
    table = subprocess.run(["ps", "-Ao", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    processes = [tuple(map(int, line.split())) for line in table.splitlines()]
    family = {pid}
    while more := {child for child, parent, _ in processes if parent in family} - family:
        family |= more
    return sum(rss for each, _, rss in processes if each in family) / 1000


def start(studio: Studio) -> float:
    """Seconds until it says that it is well."""
    began = monotonic()
    studio.start()
    return monotonic() - began


def visited(studio: Studio) -> float:
    """Its megabytes when a few pages were asked for and nothing more happens."""
    for path in ("/", "/generations/", "/generations/changes/", "/compose/lipsync/", "/") * 3:
        open_url(studio.url + path).read()
    sleep(IDLE_SECONDS)
    return megabytes(studio.pid)


def loaded(studio: Studio) -> Line:
    page = open_url(studio.url).read()
    names = [(script or style).decode() for script, style in LOADED.findall(page)]
    sizes = {name: compressed(urljoin(studio.url, name)) for name in names}
    total, most = sum(sizes.values()), max(sizes.values(), default=0)
    measured = f"{total / 1000:.1f} kB in {len(sizes)} files, the largest {most / 1000:.1f} kB"
    return "JavaScript and CSS for /, compressed", measured, "< 60 kB"


def compressed(url: str) -> int:
    """Bytes on the wire, as a browser asks for them."""
    request = Request(url, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})  # noqa: S310 - our own address
    return len(open_url(request).read())


def lines(folder: Path) -> list[Line]:
    studio = Studio(ROOT, folder)
    try:
        with provider() as base:
            first = start(studio)
            idle = visited(studio)
            bytes_loaded = loaded(studio)
            studio.stop()
            studio.env |= {"LTX2_API_KEY": "aio_bench", "LTX2_API_BASE": base}
            second = start(studio)
            keyed = visited(studio)
    finally:
        studio.end()
    return [
        ("Memory of the whole process, idle, no key (with the sandbox)", f"{idle:.0f} MB", "< 120 MB"),
        ("Memory of the whole process, idle, with a key", f"{keyed:.0f} MB", "< 120 MB"),
        bytes_loaded,
        ("manage.py studio, second start to a good /healthz", f"{second:.1f} s, the first {first:.1f} s", "< 3 s"),
    ]

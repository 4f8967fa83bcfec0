"""How fast finished videos are kept, beside curl that fetches the same files, and what that takes of memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep, thread_time

from studio.media.untrusted import examine
from studio.sandbox.video import Clip, make_video
from tests.worker.finished import ask_to_keep, rows

from .process import IDLE_SECONDS, Line, megabytes

ROOT = Path(__file__).resolve().parent.parent.parent
VIDEOS, SIZE, ROUNDS = 100, 5_000_000, 2
PATIENCE = 300
ALIVE = "SELECT count(*) AS alive FROM studio_workerheartbeat"
KEPT = "SELECT count(*) AS kept FROM studio_keptvideo"


class Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass


def serve(folder: str, told: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    told.send(server.server_port)
    server.serve_forever()


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """A server of these files in a process of its own: its port."""
    here, there = get_context("fork").Pipe()
    process = get_context("fork").Process(target=serve, args=(str(folder), there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def filled(path: Path, size: int) -> None:
    """A real clip of 720p, brought to so many bytes by a box that says that it is free."""
    make_video(Clip(1280, 720, 6, 5), path)
    rest = size - path.stat().st_size
    if rest < 8:
        raise RuntimeError(f"{path.stat().st_size} bytes are more than {size}")
    with path.open("ab") as file:
        file.write(rest.to_bytes(4) + b"free" + os.urandom(rest - 8))


def with_curl(urls: list[str], folder: Path) -> float:
    """Seconds that it takes, one after the other."""
    folder.mkdir(exist_ok=True)
    began = monotonic()
    for number, url in enumerate(urls):
        subprocess.run(["curl", "-s", "-o", folder / str(number), url], check=True)
    taken = monotonic() - began
    shutil.rmtree(folder)
    return taken


class Worker:
    """`manage.py worker` on a data folder of its own. `port`: where the files are."""

    def __init__(self, folder: Path, port: int) -> None:
        self.database = folder / "dailies.sqlite3"
        ours = ("STUDIO_", "LTX2_", "DJANGO_", "DATABASE_URL")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
            "STUDIO_ENV_FILE": os.devnull,
            "STUDIO_DATA_DIR": str(folder),
            "STUDIO_SANDBOX_PORT": str(port),
        }
        self.manage("upgrade").wait()
        self.process = self.manage("worker")

    def manage(self, command: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "manage.py", command]
        return subprocess.Popen(line, cwd=ROOT, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_until_alive(self) -> None:
        while not rows(self.database, ALIVE)[0]["alive"]:
            sleep(0.1)

    def kept(self) -> int:
        return int(rows(self.database, KEPT)[0]["kept"])

    def keep(self, urls: list[str]) -> float:
        """Seconds until all of them are kept."""
        wanted = self.kept() + len(urls)
        began = monotonic()
        ask_to_keep(self.database, urls)
        while self.kept() < wanted:
            if monotonic() - began > PATIENCE or self.process.poll() is not None:
                raise RuntimeError(f"only {self.kept()} of {wanted} videos are kept")
            sleep(0.02)
        return monotonic() - began

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(15)


class Watch:
    """The most memory that a process held while this was on."""

    def __init__(self, pid: int) -> None:
        self.pid, self.most, self.over = pid, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(0.1):
            self.most = max(self.most, megabytes(self.pid))

    def stop(self) -> float:
        self.over.set()
        self.thread.join()
        return self.most


def kept_beside_curl(folder: Path) -> list[Line]:
    files, data = folder / "files", folder / "data"
    files.mkdir()
    filled(files / "0.mp4", SIZE)
    for number in range(1, VIDEOS):
        os.link(files / "0.mp4", files / f"{number}.mp4")
    with served(files) as port:
        urls = [f"http://127.0.0.1:{port}/{number}.mp4" for number in range(VIDEOS)]
        worker = Worker(data, port)
        try:
            worker.wait_until_alive()
            sleep(IDLE_SECONDS)
            idle = megabytes(worker.process.pid)
            watch = Watch(worker.process.pid)
            times = [(with_curl(urls, folder / "curl"), worker.keep(urls)) for _ in range(ROUNDS)]
            most = watch.stop()
        finally:
            worker.stop()
    curl, ours = min(curl for curl, _ in times), min(ours for _, ours in times)
    speed = f"{curl / ours:.2f} times curl ({ours:.1f} s; curl, one after the other, {curl:.1f} s)"
    return [
        (f"Keeping {VIDEOS} videos of {SIZE / 1e6:.0f} MB", speed, "> 0.5 times curl"),
        ("Memory of a worker that keeps them, above idle", f"{most - idle:.0f} MB (idle {idle:.0f} MB)", "< 40 MB"),
    ]


def examined(folder: Path) -> Line:
    clip = folder / "clip.mp4"
    make_video(Clip(1920, 1080, 20, 3), clip)
    examine(clip)
    taken = []
    for _ in range(9):
        began = thread_time()
        examine(clip)
        taken.append((thread_time() - began) * 1000)
    return "Poster and probe of a 20 s 1080p clip", f"{median(taken):.0f} ms", "< 150 ms"


def lines() -> list[Line]:
    with TemporaryDirectory(prefix="dailies-bench-") as folder:
        return [*kept_beside_curl(Path(folder)), examined(Path(folder))]


if __name__ == "__main__":
    for line in lines():
        print(" | ".join(line))

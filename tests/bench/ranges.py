"""How soon the first byte of a range is there, of a video of 1 GB and of one of 1 MB, over HTTP from a real studio."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.browser.process import Studio

from .process import ROOT, Line

MEGABYTE = 1 << 20
SIZES = {1: MEGABYTE, 2: 1 << 30}  # bytes, by the take
PART = 64 << 10
ROUNDS = 300
KEEP = """
from studio.middleware import local_user
from studio.models import KeptVideo
from tests.media.kept import keep
from tests.rows import in_status
for pk, size in {sizes}.items():
    keep(in_status("succeeded", owner=local_user()), b"x", poster=None)
    KeptVideo.objects.filter(pk=pk).update(name=f"videos/{{pk}}.mp4", bytes=size)
"""


def write_videos(studio: Studio) -> None:
    """Written to their last byte: a hole in a file is read faster than anything."""
    block = os.urandom(MEGABYTE)
    folder = studio.data_dir / "videos"
    folder.mkdir(exist_ok=True)
    for pk, size in SIZES.items():
        with (folder / f"{pk}.mp4").open("wb") as file:
            for _ in range(size // MEGABYTE):
                file.write(block)
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", KEEP.format(sizes=SIZES)]
    subprocess.run(command, cwd=ROOT, env=studio.env, check=True, capture_output=True)


class Viewer:
    """One connection, kept open."""

    def __init__(self, studio: Studio, take: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", studio.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.take, self.size = take, SIZES[take]

    def first_byte(self) -> float:
        """Milliseconds until the first byte of a part from anywhere is there; the rest is read, too."""
        start = random.randrange(self.size - PART)
        part = f"Range: bytes={start}-{start + PART - 1}"
        ask = f"GET /generations/{self.take}/video/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{part}\r\n\r\n".encode()
        began = perf_counter()
        self.socket.sendall(ask)
        head = b""
        while b"\r\n\r\n" not in head or head.endswith(b"\r\n\r\n"):
            head += self.socket.recv(4096)
        taken = perf_counter() - began
        if not head.startswith(b"HTTP/1.1 206"):
            raise RuntimeError(head[:200])
        left = PART - len(head.partition(b"\r\n\r\n")[2])
        while left:
            left -= len(self.socket.recv(left))
        return taken * 1000


def lines(folder: Path) -> list[Line]:
    studio = Studio(ROOT, folder)
    try:
        studio.start()
        write_videos(studio)
        viewers = [Viewer(studio, take) for take in SIZES]
        times = [[viewer.first_byte() for viewer in viewers] for _ in range(ROUNDS)]
    finally:
        studio.end()
    small, large = (median(column) for column in zip(*times, strict=True))
    told = f"{large / small:.2f} × ({large:.1f} / {small:.1f} ms)"
    return [("First byte of a range from a video of 1 GB, beside one of 1 MB", told, "≤ 2 ×")]

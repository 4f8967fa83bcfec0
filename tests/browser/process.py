"""The real `manage.py studio`, as a process that a test can start, stop and kill."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parents[2]
OURS = ("LTX2_", "STUDIO_", "DATABASE_URL", "DJANGO_")
KEEP = (
    "import os; from pathlib import Path; from studio.middleware import local_user; from tests.media.kept import keep; "
    "from tests.rows import in_status; me = local_user()"
)
open_url = build_opener(ProxyHandler({})).open


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, from below those that the system hands out to whoever connects meanwhile, and
    from above 10080, the highest that browsers refuse to open.
    """
    ports: list[int] = []
    with ExitStack() as stack:
        while len(ports) < count:
            each = stack.enter_context(socket.socket())
            with suppress(OSError):
                each.bind(("127.0.0.1", random.SystemRandom().randrange(10_081, 32_000)))
                ports.append(each.getsockname()[1])
    return ports


class Studio:
    """`env` is what the process is started with; `restart(LTX2_MAX_RUNNING="1")` changes it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.port, sandbox_port, self.links_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = folder / "data"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | {
            "STUDIO_DATA_DIR": str(self.data_dir),
            "STUDIO_SANDBOX_PORT": str(sandbox_port),
            "STUDIO_LINKS_PORT": str(self.links_port),
            "STUDIO_ENV_FILE": os.devnull,
            "LTX2_POLL_SECONDS": "0.5",
            "STUDIO_SANDBOX_PACE": "0.25",
        }
        self._root = root
        self._log = folder / "studio.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait, 60 s at most, until it is well."""
        if not self.data_dir.exists():
            shutil.copytree(first_start(self._root), self.data_dir)
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "manage.py", "studio", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._root,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self.is_well():
            if self._process.poll() is not None:
                raise AssertionError(f"The studio ended with {self._process.returncode}:\n{self.log()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"The studio was not well within 60 s:\n{self.log()}")
            time.sleep(0.1)

    def is_well(self) -> bool:
        try:
            with open_url(f"{self.url}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (URLError, OSError):
            return False

    @property
    def pid(self) -> int:
        assert self._process is not None, "the studio was never started"
        return self._process.pid

    def stop(self) -> int:
        """Ask it to end, as a service manager does; its exit code."""
        return self._signal(signal.SIGTERM)

    def kill(self) -> int:
        """Take it away in the middle of whatever it does."""
        return self._signal(signal.SIGKILL)

    def restart(self, **env: str) -> None:
        self.stop()
        self.env |= env
        self.start()

    def log(self) -> str:
        """All that it has said, over all its starts."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def manage(self, *command: object, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` with its settings, to the end."""
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, command)], cwd=self._root, env=self.env, capture_output=True,
            text=True, stdin=subprocess.DEVNULL, timeout=120, check=False, **more,
        )  # fmt: skip

    def keep(self, video: str) -> None:
        """A finished take with this video, an expression in Python, as the worker leaves it."""
        done = self.manage("shell", "--no-imports", "-c", f"{KEEP}; keep(in_status('succeeded', owner=me), {video})")
        assert done.returncode == 0, done.stderr

    def end(self) -> None:
        """End it and whatever it left behind."""
        if self._process is None:
            return
        self.stop()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> int:
        assert self._process is not None, "the studio was never started"
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            return self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"The studio did not end within 15 s:\n{self.log()}") from None


@contextmanager
def started(folder: Path, **env: str) -> Iterator[Studio]:
    """A studio that has been started."""
    studio = Studio(ROOT, folder)
    studio.env |= env
    try:
        studio.start()
        yield studio
    finally:
        studio.end()


@cache
def first_start(root: Path) -> Path:
    """The data folder after a first start: tables, collected files. It takes seconds, so the others get a copy."""
    folder = Path(tempfile.mkdtemp(prefix="dailies-first-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    studio = Studio(root, folder)
    studio._start()
    studio.end()
    return studio.data_dir

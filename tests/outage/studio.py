"""Real workers, a provider that counts, and a database that can be put back to an older state."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests import postgres
from tests.browser.process import OURS
from tests.commands.starting import ROOT
from tests.provider.servers import KEY
from tests.worker.api import RUNNING, Api, accepted

PATIENCE = 60


class Sqlite:
    """A file, put back by hand while others have it open."""

    def __init__(self, folder: Path) -> None:
        self.path, self.copy = folder / "dailies.sqlite3", folder / "yesterday.sqlite3"
        self.url = f"sqlite:///{self.path}"

    def keep_copy(self) -> None:
        with sqlite3.connect(self.path) as source, sqlite3.connect(self.copy) as target:
            source.backup(target)

    def go_back(self) -> None:
        draft = self.path.with_name("draft")
        shutil.copy(self.copy, draft)
        for end in ("-wal", "-shm"):
            Path(f"{self.path}{end}").unlink(missing_ok=True)
        draft.replace(self.path)

    def close(self) -> None:
        pass


class Postgres:
    """A server of our own, which can be ended at once, and started with the files of before."""

    def __init__(self, folder: Path, **options: str) -> None:
        found = postgres.find()
        assert found
        self.programs, self.folder, self.who = found.folder, Path(folder), postgres.somebody()
        self.folder.mkdir()
        self.folder.chmod(0o755)
        if self.who:
            os.chown(self.folder, self.who["user"], self.who["group"])
        shared = {"cwd": self.folder, **self.who}
        postgres.initdb(self.programs / "initdb", shared)
        named = {**postgres.OPTIONS, **options}
        self.options = [word for name, value in named.items() for word in ("-c", f"{name}={value}")]
        self.server = postgres.Server(self.folder)
        self.process: subprocess.Popen[bytes] | None = None
        self.start()
        self.url = self.server.create("studio")

    def start(self) -> None:
        command = [self.programs / "postgres", "-D", "data", "-k", self.folder, *self.options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                **self.who,
            )  # fmt: skip
        postgres.wait_for(self.server)

    def end(self, number: int = signal.SIGQUIT) -> None:
        """At once, without writing anything more; SIGINT: all connections are ended, and what is written is safe."""
        assert self.process
        self.process.send_signal(number)
        self.process.wait(PATIENCE)

    def keep_copy(self) -> None:
        self.end(signal.SIGINT)
        subprocess.run(["cp", "-a", self.folder / "data", self.folder / "yesterday"], check=True)
        self.start()

    def go_back(self) -> None:
        self.end()
        shutil.rmtree(self.folder / "data")
        subprocess.run(["cp", "-a", self.folder / "yesterday", self.folder / "data"], check=True)
        self.start()

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.end()


class OutageStudio:
    """`act` runs a line of Python in a studio of its own, and gives what it left in `found`."""

    def __init__(self, folder: Path, database: Sqlite | Postgres) -> None:
        self.folder, self.database, self.api = folder, database, Api()
        self.api.on_post(self.accept)
        self.api.on_poll(RUNNING)
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.url = database.url
        self.more: dict[str, str] = {}
        assert self.manage("upgrade").returncode == 0

    def accept(self, peer: Any) -> None:
        with self.api.lock:
            number = sum(self.api.prompts.values())
        peer.send(accepted(f"n{number}_ltx2"))

    def env(self, name: str) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
        return clean | {
            "STUDIO_DATA_DIR": str(self.folder / name), "STUDIO_ENV_FILE": os.devnull, "DATABASE_URL": self.url,
            "LTX2_API_KEY": KEY, "LTX2_API_BASE": self.api.base, "LTX2_POLL_SECONDS": "0.2",
            "STUDIO_CLAIM_SECONDS": "90", "LTX2_MAX_RUNNING": "100", "DJANGO_SETTINGS_MODULE": "studio.settings",
            "STUDIO_KEEP_VIDEOS": "0", **self.more,
        }  # fmt: skip

    def manage(self, *command: str, name: str = "pages") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.env(name), capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=120, check=False,
        )  # fmt: skip

    def act(self, code: str) -> Any:
        lines = (
            "import django, json", "django.setup()", "from studio.models import *", "from tests.rows import *",
            f"PROVIDER = {self.api.base!r}", "found = None", code, "print(json.dumps(found))",
        )  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, env=self.env("pages"), capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def ask(self, count: int, prompt: str = "a wave") -> None:
        self.act(f"for n in range({count}): ask(provider=PROVIDER, prompt=f'{prompt} {{n}}', key=f'{prompt} {{n}}')")

    def takes(self) -> dict[str, dict[str, Any]]:
        names = ("status", "held", "task_id", "charged", "message")
        found: dict[str, dict[str, Any]] = self.act(
            f"found = {{row['prompt']: row for row in Generation.objects.values('prompt', *{names!r})}}"
        )
        return found

    def statuses(self) -> list[str]:
        return sorted(row["held"] or row["status"] for row in self.takes().values())

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.act(
            "found = Connection.objects.filter(name=PROVIDER).values('paused', 'sends', 'message').get()"
        )
        return found

    def start(self, name: str) -> None:
        """A worker with a data folder of this name."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.workers[name] = subprocess.Popen(
                [sys.executable, "manage.py", "worker"], cwd=ROOT, env=self.env(name), stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def end(self, name: str, number: int = signal.SIGTERM) -> int:
        process = self.workers.pop(name)
        process.send_signal(number)
        return process.wait(PATIENCE)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    @property
    def posts(self) -> int:
        with self.api.lock:
            return sum(self.api.prompts.values())

    def until(self, holds: Callable[[], object], what: str = "") -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                logs = "\n".join(f"{name}:\n{self.log(name)[-3000:]}" for name in self.workers)
                raise AssertionError(f"{what} took too long. {self.takes()} {logs}")
            time.sleep(0.1)

    def close(self) -> None:
        for process in self.workers.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.api.close()


@contextmanager
def outage_studio(folder: Path, kind: str, **options: str) -> Iterator[OutageStudio]:
    """`kind`: which database. `options` are PostgreSQL's."""
    folder.chmod(0o755)
    database = Postgres(Path("/tmp") / f"dailies-pg-{os.getpid()}-{quote(folder.name)}", **options) if (  # noqa: S108
        kind == "postgres"
    ) else Sqlite(folder)  # fmt: skip
    try:
        made = OutageStudio(folder, database)
        try:
            yield made
        finally:
            made.close()
    finally:
        database.close()
        if isinstance(database, Postgres):
            shutil.rmtree(database.folder, ignore_errors=True)

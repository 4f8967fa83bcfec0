"""A PostgreSQL for the tests: in a temporary folder, reached through a socket in it, gone when they are over.

`with cluster(find()) as server: server.create("soak")` gives a DATABASE_URL.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

OLDEST = 15
PATIENCE = 60
MISSING = (
    f"No PostgreSQL {OLDEST} or newer was found. Please run: sudo apt install postgresql "
    "(macOS: brew install postgresql), or name the folder that holds initdb in PG_BIN"
)
# Nothing in it is worth a disk's patience. A session that waits for ever for another's lock gets an error.
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "port": "5432",  # only the name of its socket
    "max_connections": "300",
    "lock_timeout": "60s",
}
# Lives until its standard input ends, which is when the tests have, by themselves or by a kill.
KEEPER = '"$@" >log 2>&1 </dev/null & read -r _; kill -QUIT $!; wait $!; rm -rf "$PWD"'


@dataclass(frozen=True)
class Programs:
    """Where initdb and postgres are, and of which version."""

    folder: Path
    version: str


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL."""

    folder: Path

    def url(self, name: str) -> str:
        """The DATABASE_URL of a database, which need not exist yet."""
        return f"postgres://dailies@{quote(str(self.folder), safe='')}:{OPTIONS['port']}/{name}"

    def create(self, name: str) -> str:
        """A new, empty database; its DATABASE_URL."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)


def find() -> Programs | None:
    """The first that is new enough: in PG_BIN, on the PATH, or where Debian and Homebrew put it."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name.zfill(3), reverse=True)
    homebrew = sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin"), reverse=True)
    named = [*os.get_exec_path(), *debian, *homebrew]
    if os.environ.get("PG_BIN"):
        named = [os.environ["PG_BIN"]]
    for folder in map(Path, named):
        if os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK):
            said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
            version = re.search(r"\) (\d+)[\w.]*", said.stdout)
            if version and int(version[1]) >= OLDEST:
                return Programs(folder, version[0].removeprefix(") "))
    return None


def somebody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: who it is to run as, in subprocess's words."""
    if os.geteuid():
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody.")


@contextmanager
def cluster(programs: Programs) -> Iterator[Server]:
    """A new server, stopped and removed at the end, even if this process is killed."""
    folder, who = Path(tempfile.mkdtemp(prefix="dailies-pg-")), somebody()
    if who:
        os.chown(folder, who["user"], who["group"])
    # What others have set for their own servers and clients is not meant for this one.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    shared: dict[str, Any] = {"cwd": folder, "env": env, **who}
    try:
        initdb(programs.folder / "initdb", shared)
    except BaseException:
        shutil.rmtree(folder)
        raise
    options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
    postgres = [programs.folder / "postgres", "-D", "data", "-k", folder, *options]
    downloads = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "downloads", *postgres], stdin=subprocess.PIPE, start_new_session=True, **shared
    )
    assert downloads.stdin
    try:
        server = Server(folder)
        wait_for(server)
        yield server
    finally:
        downloads.stdin.close()
        downloads.wait(PATIENCE)


def initdb(program: Path, shared: dict[str, Any]) -> None:
    """Text is sorted and its case folded as on a real server: by Unicode, not by the bytes."""
    words = ["-D", "data", "-U", "dailies", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    icu = ["--locale-provider=icu", "--icu-locale=en"]
    done = subprocess.run([program, *words, *icu], capture_output=True, text=True, check=False, **shared)
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


def wait_for(server: Server) -> None:
    import psycopg

    end = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start:\n{(server.folder / 'log').read_text()}") from error
            time.sleep(0.05)
        else:
            return

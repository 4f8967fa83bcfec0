"""Starts `manage.py` in an environment of its own.

`outcomes` starts it many times: one process loads Django and forks for each start, which then runs the real
`manage.py` in the real way, without paying half a second for the imports each time.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("LTX2_", "STUDIO_", "DATABASE_URL", "DJANGO_")


def environment(folder: Path, **env: str) -> dict[str, str]:
    """This process's environment without anything of ours, and a data folder of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    own = {"STUDIO_DATA_DIR": str(folder / "data"), "STUDIO_ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1"}
    return {**clean, **own, **env}


def manage(folder: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment(folder, **env), capture_output=True,
        text=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip


def start(folder: Path, *command: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment(folder, **env), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def outcomes(folder: Path, cases: Iterable[dict[str, str]], *command: str) -> list[tuple[int, str]]:
    """What each start of a command ended with, and what it said."""
    return _outcomes(folder, [(list(command), environment(folder, **case)) for case in cases])


def outcomes_of(folder: Path, *commands: str, **env: str) -> list[tuple[int, str]]:
    """The same for several commands, one after the other, in the same environment."""
    return _outcomes(folder, [(command.split(), environment(folder, **env)) for command in commands])


def _outcomes(folder: Path, jobs: list[tuple[list[str], dict[str, str]]]) -> list[tuple[int, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.commands.starting"], cwd=ROOT, env=environment(folder), input=json.dumps(jobs),
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return [(code, said) for code, said in json.loads(done.stdout)]


def _run(command: list[str], env: dict[str, str]) -> tuple[int, str]:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        for descriptor in (1, 2):
            os.dup2(write, descriptor)
        os.close(read)
        os.environ.clear()
        os.environ.update(env)
        sys.argv = ["manage.py", *command]
        code = 0
        try:
            runpy.run_path("manage.py", run_name="__main__")
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
            if isinstance(stop.code, str):
                sys.stderr.write(f"{stop.code}\n")
        except BaseException as error:  # noqa: BLE001 - what the interpreter itself would do
            sys.excepthook(type(error), error, error.__traceback__)
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    os.close(write)
    with os.fdopen(read, errors="replace") as output:
        said = output.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


if __name__ == "__main__":
    for module in (
        "csp.constants",
        "environs",
        "dj_database_url",
        "django.core.management",
        "django.core.handlers.wsgi",
    ):
        importlib.import_module(module)  # none of these looks at the environment
    sys.stdout.write(json.dumps([_run(command, env) for command, env in json.load(sys.stdin)]))

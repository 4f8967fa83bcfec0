"""A PostgreSQL database as `pg_dump` writes it and `pg_restore` reads it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from studio.generations.models import Generation
from studio.media.scratch import scratch_folder

from .archive import BLOCK, BrokenBackup, Reader, Writer

MEMBER = "database/dailies.pgdump"
OF_EARLIER_VERSIONS = "database/tables.json"
OURS = ("auth_", "django_", "studio_")
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL")  # of the environment; the API key is in it, too
# What a database has before anything is put into it, and may belong to somebody else.
NOT_OURS = re.compile(r"^\d+; \d+ \d+ (?:EXTENSION|SCHEMA) ", re.MULTILINE)


def dump(writer: Writer, folder: Path) -> None:
    """The database as it was at one moment, whatever is written meanwhile. Raises CommandError."""
    with scratch_folder(folder, ".backup-") as scratch:
        path, said = scratch / "dump", scratch / "errors"
        with path.open("wb") as file, said.open("w+") as errors:
            command = _command("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments")
            process = subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, stderr=errors)
            try:
                assert process.stdout
                while block := process.stdout.read(BLOCK):
                    settings.STUDIO_DISK_RESERVE.require(folder, len(block))
                    file.write(block)
            except BaseException:
                process.kill()
                raise
            finally:
                process.communicate()
            if process.returncode:
                raise CommandError(f"No backup was made: {_first_error(errors)}")
        writer.add_path(MEMBER, path)


def holds_takes() -> bool:
    there = Generation._meta.db_table in connection.introspection.table_names()
    return there and Generation.objects.exists()


@contextmanager
def unpacked(reader: Reader) -> Iterator[Path]:
    """The dump that is in a backup, whole. Raises BrokenBackup, or CommandError where it cannot be loaded here."""
    if OF_EARLIER_VERSIONS in reader.contents:
        raise CommandError(
            "This backup of PostgreSQL was made by an earlier version of the studio, which can restore it: check that "
            "version out, restore, then `git pull` and `manage.py upgrade`."
        )
    _command("pg_restore")
    _command("psql")
    with scratch_folder(settings.STUDIO_DATA_DIR, ".restore-") as scratch:
        reader.copy(MEMBER, scratch / "dump")
        yield scratch / "dump"


def put_in_place(dump: Path, hold: list[str], why: str) -> None:
    """The dump in place of the tables that are there, and the statements `hold` after it: all of it or nothing, in one
    transaction. Raises BrokenBackup.
    """
    listed = subprocess.run(["pg_restore", "--list", dump], env=_environment(), capture_output=True, text=True)
    if listed.returncode:
        raise BrokenBackup(f"the database in it cannot be read ({listed.stderr.strip()})")
    contents = dump.with_name("contents")
    contents.write_text(NOT_OURS.sub(";", listed.stdout))
    extensions = re.findall(r" EXTENSION - (\w+)", listed.stdout)
    name = connection.ops.quote_name
    ours = [table for table in connection.introspection.table_names() if table.startswith(OURS)]
    before = [
        "BEGIN",
        *(f"DROP TABLE IF EXISTS {name(table)} CASCADE" for table in ours),
        *(f"CREATE EXTENSION IF NOT EXISTS {name(extension)}" for extension in extensions),
    ]
    connection.close()
    psql = _command("psql", "--no-psqlrc", "--quiet", "--file=-", "-v", "ON_ERROR_STOP=1", "-v", f"why={why}")
    restore = ["pg_restore", "--file=-", "--clean", "--if-exists", "--no-owner", f"--use-list={contents}", str(dump)]
    with dump.with_name("errors").open("w+") as errors:
        loading = subprocess.Popen(
            psql, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, text=True
        )
        assert loading.stdin
        try:
            _say(loading.stdin, before)
            if subprocess.run(restore, env=_environment(), stdout=loading.stdin, stderr=errors).returncode:
                loading.kill()  # before it is told to commit
            _say(loading.stdin, ["RESET search_path", *(sql.format(":'why'") for sql in hold), "COMMIT"])
        except BrokenPipeError:
            pass  # it has met an error and left
        finally:
            loading.communicate()
        if loading.returncode:
            raise BrokenBackup(f"the database in it cannot be loaded ({_first_error(errors)})")


def _say(file: IO[str], statements: list[str]) -> None:
    file.write("".join(f"{statement};\n" for statement in statements))
    file.flush()


def _command(program: str, *options: str) -> list[str]:
    """One of PostgreSQL's programs, for the database that is in use. Raises CommandError where it is missing."""
    if not shutil.which(program):
        raise CommandError(
            f"{program} is missing: install PostgreSQL's client programs, of the server's version or newer "
            "(Debian: sudo apt install postgresql-client)."
        )
    found, _ = connection.client.settings_to_cmd_args_env(connection.settings_dict, list(options))
    return [program, *found[1:]]


def _environment() -> dict[str, str]:
    _, ours = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    kept = {name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith("PG")}
    return {**kept, **(ours or {})}


def _first_error(errors: Any) -> str:
    errors.seek(0)
    return next((line.strip() for line in errors if "error" in line.lower()), "it was ended")

"""What killed backups, upgrades and studios leave is cleared by the next one; the reserve of a disk is not touched."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.management.leftovers import clear_leftovers

from .starting import ROOT, environment, manage
from .test_upgrade import ask, database, fall_behind

NO_ROOM = {"STUDIO_DISK_RESERVE": "1000TB"}
HALF_A_BACKUP = """
import os, sys, time
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "studio.settings"
import django
django.setup()
from studio.management.backups import backup
from studio.management.backups.archive import Writer
def stuck(writer):
    writer.add_bytes("rest", bytes(100000))
    print("half", flush=True)
    time.sleep(60)
backup.add_sandbox = stuck
backup.write(Path(sys.argv[1]), media=False)
"""
KILLED_STUDIO = """
import os, sys, tempfile, time
from pathlib import Path
from studio.management.leftovers import use_own_temporary_folder
use_own_temporary_folder(Path(sys.argv[1]))
tempfile.NamedTemporaryFile(prefix="dailies-part-", delete=False).write(bytes(1000))
print("working", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A studio that was upgraded once."""
    assert manage(tmp_path, "upgrade").returncode == 0
    return tmp_path


@pytest.fixture
def running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A backup that has come half of its way."""
    process = subprocess.Popen(
        [sys.executable, "-c", HALF_A_BACKUP, str(folder / "yesterday.tar")], cwd=ROOT, env=environment(folder),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "half\n"
    yield process
    process.kill()
    process.wait()


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".*"))


def test_a_backup_clears_what_a_killed_one_left_and_nothing_of_a_running_one(
    folder: Path, running: subprocess.Popen[str]
) -> None:
    (before,) = hidden(folder)
    assert before.startswith(".yesterday.tar.")
    assert manage(folder, "backup", str(folder / "today.tar")).returncode == 0
    assert hidden(folder) == [before]
    running.kill()
    running.wait()
    (folder / ".backup-0123abcd").mkdir()  # where one was killed a moment earlier
    (folder / ".backup-0123abcd" / "copy.sqlite3").write_bytes(bytes(1000))
    (folder / ".mine").write_text("of somebody else")
    assert manage(folder, "backup", str(folder / "today.tar")).returncode == 0
    assert hidden(folder) == [".mine"]
    assert (folder / "today.tar").stat().st_size > 1000


def test_a_backup_that_would_touch_the_reserve_is_refused_in_one_line(folder: Path) -> None:
    (folder / "a.tar").write_bytes(b"the one of yesterday")
    done = manage(folder, "backup", str(folder / "a.tar"), **NO_ROOM)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "No backup was made: the disk is full: " in done.stderr
    assert "STUDIO_DISK_RESERVE" in done.stderr
    assert (folder / "a.tar").read_bytes() == b"the one of yesterday"
    assert hidden(folder) == []


def test_half_copies_are_cleared_and_do_not_count_among_the_five(folder: Path) -> None:
    backups = folder / "data" / "backups"
    backups.mkdir(exist_ok=True)
    whole = [backups / f"dailies-202{number}-01-01-000000-000000.sqlite3" for number in range(4)]
    for path in whole:
        path.write_bytes(b"old")
    halves = [backups / f"dailies-202{number}-06-01-000000-000000.sqlite3" for number in range(3)]
    halves[0].write_bytes(b"")
    halves[1].write_bytes(database(folder).read_bytes()[:8192])  # of a database of many pages
    halves[2].write_bytes(database(folder).read_bytes())
    Path(f"{halves[2]}-journal").write_bytes(b"SQLite had not finished it")
    (backups / ".copy-0123abcd").mkdir()
    (backups / ".copy-0123abcd" / "dailies-2025-01-01-000000-000000.sqlite3").write_bytes(bytes(1000))
    fall_behind(folder)
    assert manage(folder, "upgrade").returncode == 0
    left = sorted(backups.iterdir())
    assert left[:4] == whole
    assert len(left) == 5
    assert left[4].stat().st_size > 8192


def test_an_upgrade_without_room_for_its_copy_is_refused_in_one_line_and_leaves_none(folder: Path) -> None:
    fall_behind(folder)
    done = manage(folder, "upgrade", **NO_ROOM)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "has to be copied before the upgrade, and the disk is full" in done.stderr
    assert list((folder / "data" / "backups").iterdir()) == []
    assert manage(folder, "upgrade").returncode == 0


def test_an_upgrade_that_fails_before_it_changes_anything_leaves_no_copy(folder: Path) -> None:
    fall_behind(folder)
    ask(database(folder), "CREATE TABLE django_session (x integer)")  # which the migration is going to make, too
    for _ in range(2):
        assert manage(folder, "upgrade").returncode == 1
        assert list((folder / "data" / "backups").iterdir()) == []
    ask(database(folder), "DROP TABLE django_session")
    assert manage(folder, "upgrade").returncode == 0
    assert len(list((folder / "data" / "backups").iterdir())) == 1


def test_a_studio_clears_what_came_in_for_one_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / ".a.png.0123abcd.part").write_bytes(bytes(1000))
    one, two = (
        subprocess.Popen(
            [sys.executable, "-c", KILLED_STUDIO, str(tmp_path)], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    )  # fmt: skip
    for process in (one, two):
        assert process.stdout
        assert process.stdout.readline() == "working\n"
    assert list((tmp_path / "uploads").iterdir()) == []
    assert len(list((tmp_path / "tmp").glob("*/dailies-part-*"))) == 2
    one.kill()
    one.wait()
    clear_leftovers(tmp_path)
    assert len(list((tmp_path / "tmp").glob("*/dailies-part-*"))) == 1
    two.kill()
    two.wait()
    clear_leftovers(tmp_path)
    assert list((tmp_path / "tmp").iterdir()) == []

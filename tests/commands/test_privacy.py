"""Nobody else on this machine may read what the studio keeps: the sessions in the database open it, money and all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from tests.browser.process import Studio

from .starting import ROOT, environment
from .studio_client import StudioClient

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def upgrade(folder: Path, **env: str) -> str:
    """Started with the usual umask, under which others may read whatever is written; what it says to the side."""
    done = subprocess.run(
        [sys.executable, "manage.py", "upgrade"], cwd=ROOT, env=environment(folder, **env), umask=0o022,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr


def modes(folder: Path) -> dict[str, str]:
    """What others may do with which of its files and folders."""
    found = {str(path.relative_to(folder)): path.stat().st_mode & OTHERS for path in [folder, *folder.rglob("*")]}
    return {name: oct(mode) for name, mode in found.items() if mode}


def test_nothing_that_the_studio_writes_can_be_read_by_others(tmp_path: Path) -> None:
    studio = Studio(ROOT, tmp_path)
    studio.data_dir.mkdir()
    studio.data_dir.chmod(0o755)
    before = os.umask(0o022)
    try:
        studio.start()
        visitor = StudioClient(studio.url)
        visitor.video(visitor.ask("A quiet bay"))
        assert studio.manage("backup", tmp_path / "all.tar", "--media").returncode == 0
        written = {path.name for path in studio.data_dir.iterdir()}
        assert written > {
            "dailies.sqlite3",
            "dailies.sqlite3-wal",
            "secret_key",
            "videos",
            "posters",
            "static",
            "answers",
        }
        assert modes(studio.data_dir) == {}
        assert (tmp_path / "all.tar").stat().st_mode & OTHERS == 0
    finally:
        os.umask(before)
        studio.end()


def test_what_others_could_read_is_closed_before_it_is_opened_and_said(tmp_path: Path) -> None:
    assert upgrade(tmp_path) == ""
    data = tmp_path / "data"
    (data / "backups").mkdir()
    for path in (data / "dailies.sqlite3", data / "secret_key"):
        path.chmod(0o644)
    for path in (data / "backups", data):
        path.chmod(0o755)
    (data / "theirs.txt").touch(mode=0o644)
    said = upgrade(tmp_path)
    assert said == f"Note: others on this machine could read {data} and 3 more; now only you may.\n"
    (data / "theirs.txt").unlink()
    assert modes(data) == {}
    assert upgrade(tmp_path) == ""


def test_a_database_elsewhere_is_closed_and_its_folder_left_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    database = {"DATABASE_URL": f"sqlite:///{shared}/my [own].sqlite3"}
    upgrade(tmp_path, **database)
    [path] = shared.glob("*.sqlite3")
    path.chmod(0o666)
    assert str(path) in upgrade(tmp_path, **database)
    assert modes(shared) == {".": "0o55"}


def test_a_folder_for_everybody_is_left_as_it_is(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o1777)
    upgrade(tmp_path)
    assert modes(data) == {".": "0o77"}


def test_what_cannot_be_closed_is_said_with_what_to_do(tmp_path: Path) -> None:
    """As on a disk without owners, or in somebody else's folder."""
    code = (
        "import pathlib, sys; from studio.privacy import close_to_others; from unittest.mock import patch\n"
        "with patch.object(pathlib.Path, 'chmod', side_effect=PermissionError):\n"
        "    close_to_others(pathlib.Path(sys.argv[1]), None)"
    )
    tmp_path.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert f"may read {tmp_path}" in done.stderr
    assert f"chmod -R go= {tmp_path}" in done.stderr

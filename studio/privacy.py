"""What the studio writes is its owner's alone: a session out of the database opens the studio, money and all."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
# The data folder's own; whatever else lies there may be somebody else's.
OURS = (
    "*.sqlite3", "*.sqlite3-*", "*.lock", "secret_key", "answers", "archives", "backups", "downloads", "incoming",
    "packing", "posters", "sandbox", "static", "strays", "tmp", "uploads", "videos",
)  # fmt: skip


def close_to_others(folder: Path, database: Path | None) -> None:
    """From here on this process writes for its owner's eyes alone; what others could read until now is closed to them,
    before the database is opened, and said.
    """
    os.umask(OTHERS)
    closed: list[Path] = []
    left: list[Path] = []
    for path in _open_to_others(folder, database):
        try:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
            (left if path.stat().st_mode & OTHERS else closed).append(path)  # some file systems know no owners
        except OSError:
            left.append(path)
    if closed:
        print(f"Note: others on this machine could read {_named(closed)}; now only you may.", file=sys.stderr)
    if left:
        print(
            f"Note: others on this machine may read {_named(left)}, and that cannot be changed from here. Have its "
            f"owner run: chmod -R go= {folder}",
            file=sys.stderr,
        )


def _open_to_others(folder: Path, database: Path | None) -> Iterator[Path]:
    """The outermost first. A folder that everybody may write to, like /tmp, is not ours to close."""
    if not folder.stat().st_mode & stat.S_ISVTX:
        yield from _if_open(folder)
    for pattern in OURS:
        for path in folder.glob(pattern):
            yield from _if_open(path)
    if database and database.parent != folder:
        for path in database.parent.glob(f"{glob.escape(database.name)}*"):
            yield from _if_open(path)


def _if_open(path: Path) -> Iterator[Path]:
    try:
        if path.stat().st_mode & OTHERS:
            yield path
    except OSError:
        return  # another process has just taken it away


def _named(paths: list[Path]) -> str:
    """The outermost, and how many more."""
    return str(paths[0]) + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")

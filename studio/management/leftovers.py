"""What killed processes have left in the data folder: half copies, half files, and what had only just come in."""

from __future__ import annotations

import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from studio.media.scratch import DRAFT, hold, sweep

# Folders in which backups, restores, upgrades and `manage.py media` work, and in which a process keeps what comes in.
SCRATCH = re.compile(r"\.(backup|restore|media|copy)-[a-z0-9_]{8}")
OWN = re.compile(r"process-[a-z0-9_]{8}")
WITH_DRAFTS = ("", "backups", "uploads", "posters")
DAY = 24 * 3600


def clear_leftovers(folder: Path) -> None:
    """Every start does this. What a living process works on is locked, and stays."""
    for name in WITH_DRAFTS:
        sweep(folder / name, DRAFT)
    for name in ("", "backups"):
        sweep(folder / name, SCRATCH)
    sweep(folder / "tmp", OWN)


def use_own_temporary_folder(folder: Path) -> None:
    """What comes in is large and lies in temporary files meanwhile: beside the media, as /tmp may be memory; and in a
    folder of this process alone, so that all of it can go once the process has gone.
    """
    shared = folder / "tmp"
    shared.mkdir(mode=0o700, exist_ok=True)
    clear_leftovers(folder)
    for left in shared.iterdir():  # of versions that had no such folders
        with suppress(OSError):
            if left.is_file() and left.stat().st_mtime < time.time() - DAY:
                left.unlink()
    made = None
    while made is None or hold(made) is None:
        made = Path(tempfile.mkdtemp(prefix="process-", dir=shared))
    tempfile.tempdir = str(made)

"""Who works with the data folder: nobody may put another database there meanwhile."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from django.core.management.base import CommandError

_held: list[int] = []  # open until the process ends, however it ends


def hold(folder: Path) -> None:
    """Say, until this process ends, that it works with the folder. Raises CommandError while it is being restored."""
    with suppress(OSError):  # a folder without locks: nobody can be warned then
        try:
            _lock(folder, fcntl.LOCK_SH)
        except BlockingIOError:
            raise CommandError("The data folder is being restored: wait until that is done.") from None


def take_over(folder: Path) -> bool:
    """Keep others from working with the folder until this process ends; False if one does already."""
    try:
        _lock(folder, fcntl.LOCK_EX)
    except BlockingIOError:
        return False
    return True


def _lock(folder: Path, kind: int) -> None:
    handle = os.open(folder / "in_use.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    _held.append(handle)

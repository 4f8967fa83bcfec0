"""Files and folders that are there only while a process works on them. Each is locked meanwhile, so that what a killed
process left can be told from what another one is just writing. The lock goes with the process, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DRAFT = re.compile(r"\..+\.[0-9a-f]{8}\.part")  # what `draft_beside` makes


@contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """A new, empty file beside `target`, of this user alone, to be written and then renamed to it. It goes when the
    context ends, unless it was renamed.
    """
    handle = None
    while handle is None:
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        handle = hold(draft)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def scratch_folder(folder: Path, prefix: str) -> Iterator[Path]:
    """A new folder of this user alone in `folder`; it goes with all that is in it when the context ends."""
    handle = None
    while handle is None:
        made = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
        handle = hold(made)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(handle)


def hold(path: Path) -> int | None:
    """Lock a file or folder of ours until what is returned is closed, or this process ends. None: somebody swept it
    away just before. Where the disk knows no locks nothing is locked, and nothing is swept either.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH)
        if os.path.samestat(os.fstat(handle), os.stat(path)):
            return handle
    except FileNotFoundError:
        pass
    os.close(handle)
    return None


def sweep(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    """Remove the files and folders of this name that nobody works on any more, and say which they were."""
    gone = []
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if pattern.fullmatch(path.name) and _remove_dead(path):
                gone.append(path)
    return gone


def _remove_dead(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        if os.fstat(handle).st_uid != os.geteuid():
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        return True
    except OSError:  # somebody works on it, or the disk knows no locks
        return False
    finally:
        os.close(handle)

"""Into the media store under a fixed name, whole or not at all, over whatever an earlier try left there."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from .serving import is_local


class NotStored(Exception):
    """The store did not take it."""


def place_file(store: Storage, name: str, path: Path) -> None:
    """Move a file, whose bytes are on the disk, to its name. Raises OSError, or NotStored."""
    if is_local(store):
        _replace(path, _ready(Path(store.path(name))))
        return
    with path.open("rb") as file:
        _upload(store, name, File(file))
    path.unlink()


def place_bytes(store: Storage, name: str, content: bytes) -> None:
    """Write a small file to its name, which a power cut may forget again if no file comes after it. Raises OSError, or
    NotStored.
    """
    if not is_local(store):
        _upload(store, name, ContentFile(content))
        return
    target = _ready(Path(store.path(name)))
    _as_draft(target, lambda draft: draft.write_bytes(content))


def remove(store: Storage, name: str) -> None:
    """A name that is not there is no fault. Raises OSError, or NotStored."""
    try:
        store.delete(name)
    except FileNotFoundError:
        return
    except OSError:
        raise
    except Exception as error:  # each kind of store has errors of its own
        raise NotStored from error


def _upload(store: Storage, name: str, file: File[bytes]) -> None:
    try:
        if store.exists(name):
            store.delete(name)
        stored = store.save(name, file)
        if stored != name:  # another was faster with the same file
            store.delete(stored)
    except Exception as error:  # each kind of store has errors of its own
        raise NotStored from error


def _ready(path: Path) -> Path:
    """Its folder is there, and stays there after a power cut."""
    made = [folder for folder in (path.parent, path.parent.parent) if not folder.exists()]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in made:
        sync_folder(folder.parent)
    return path


def _replace(path: Path, target: Path) -> None:
    try:
        os.replace(path, target)
        sync_folder(target.parent)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _as_draft(target, lambda draft: shutil.copyfile(path, draft))  # the folder of videos is on another disk
        sync_folder(target.parent)
        path.unlink()


def _as_draft(target: Path, write: Callable[[Path], object]) -> None:
    draft = target.with_name(f".{target.name}.draft")  # always the same: what a crash leaves is written over
    try:
        write(draft)
        draft.chmod(0o600)
        handle = os.open(draft, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Without this a power cut may forget the name of a file whose bytes are safe."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

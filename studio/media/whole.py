"""Into the media store, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage

from .placing import NotStored, sync_folder
from .scratch import draft_beside
from .serving import is_local

CHUNK = 1 << 20


def sha256_of(file: IO[bytes]) -> tuple[str, int]:
    """The checksum of a file and its length in bytes; it stands at its beginning afterwards."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    return digest.hexdigest(), size


def put(name: str, file: IO[bytes]) -> None:
    """Store a file under a name that is made of its checksum; where it is there already, whole, nothing is written.

    Raises OSError, or NotStored.
    """
    file.seek(0)
    if not is_local(default_storage):
        _put_elsewhere(name, file)
    elif not _is_there(path := Path(default_storage.path(name)), file):
        _put_locally(path, file)


def _is_there(path: Path, file: IO[bytes]) -> bool:
    """The very same bytes: what was damaged is healed when it is chosen anew."""
    try:
        with path.open("rb") as stored:
            return sha256_of(stored) == sha256_of(file)
    except FileNotFoundError:
        return False


def _put_elsewhere(name: str, file: IO[bytes]) -> None:
    """S3 takes an object whole or not at all."""
    try:
        if default_storage.exists(name):
            if default_storage.size(name) == file.seek(0, os.SEEK_END):
                return
            default_storage.delete(name)
        file.seek(0)
        stored = default_storage.save(name, File(file))
        if stored != name:  # another process was faster with the very same file
            default_storage.delete(stored)
    except Exception as error:  # each kind of store has errors of its own
        raise NotStored from error


def _put_locally(path: Path, file: IO[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with draft_beside(path) as draft:
        with draft.open("wb") as out:
            shutil.copyfileobj(file, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
        sync_folder(path.parent)


@contextmanager
def shortened(file: IO[bytes], size: int) -> Iterator[IO[bytes]]:
    """The first bytes of a file as one of their own; it goes when the context ends."""
    file.seek(0)
    with NamedTemporaryFile(prefix="dailies-first-") as out:
        while size > 0 and (chunk := file.read(min(size, CHUNK))):
            out.write(chunk)
            size -= len(chunk)
        out.flush()
        with open(out.name, "rb") as first:
            yield first

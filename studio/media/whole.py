"""Into the media store, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage

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
    """Store a file under a name that is made of its checksum; where it is there already, nothing is written."""
    if default_storage.exists(name):
        return
    file.seek(0)
    if is_local(default_storage):
        _put_locally(Path(default_storage.path(name)), file)
        return
    stored = default_storage.save(name, File(file))  # S3 takes an object whole or not at all
    if stored != name:  # another process was faster with the very same file
        default_storage.delete(stored)


def _put_locally(path: Path, file: IO[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            shutil.copyfileobj(file, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Without this a power cut may forget the name of a file whose bytes are safe."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

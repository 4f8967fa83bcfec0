"""The media store: the data folder, where people find their videos, or any S3-compatible service.

Files get to their names whole or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage

from .room import NoRoom
from .scratch import draft_beside

CHUNK = 1 << 20
# What S3 and its kin answer, by its code.
REFUSALS = {
    "NoSuchBucket": "there is no such bucket (STUDIO_S3_BUCKET)",
    "404": "there is no such bucket (STUDIO_S3_BUCKET)",
    "InvalidBucketName": "that is no name of a bucket (STUDIO_S3_BUCKET)",
    "InvalidAccessKeyId": "the access key is not known there (STUDIO_S3_ACCESS_KEY)",
    "SignatureDoesNotMatch": "the secret key is wrong (STUDIO_S3_SECRET_KEY)",
    "AccessDenied": "the access key may not use this bucket",
    "403": "the access key may not use this bucket",
    "PermanentRedirect": "the bucket is in another region (STUDIO_S3_REGION)",
    "AuthorizationHeaderMalformed": "the bucket is in another region (STUDIO_S3_REGION)",
    "QuotaExceeded": "its space is used up",
    "RequestTimeTooSkewed": "this machine's clock is wrong",
}


class NotStored(Exception):
    """The store did not take it. The cause is the store's own error."""


# Settings and troubles ----------------------------------------------------------------------------------------------


def media_store(folder: Path, bucket: str, endpoint: str | None, **account: str | None) -> dict[str, Any]:
    """The store for Django's setting STORAGES: S3 where a bucket is named, and signs links to its files.

    `account` is `region_name`, `access_key` and `secret_key`. Raises ImproperlyConfigured where a part is missing.
    """
    if not bucket:
        options = {"location": folder, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    if not find_spec("storages"):
        raise ImproperlyConfigured("STUDIO_S3_BUCKET: S3 needs `.venv/bin/pip install -r requirements-scale.txt`.")
    from botocore.config import Config

    # Other services than Amazon's know neither a host name for each bucket nor the newer checksums.
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=5,
        read_timeout=60,
        retries={"total_max_attempts": 3},
    )
    options = {
        "bucket_name": bucket,
        "endpoint_url": endpoint,
        "querystring_auth": True,
        "file_overwrite": False,
        "default_acl": None,
        "max_memory_size": 8 << 20,  # of a file that is read; the rest of it on disk
        "client_config": config,
        **account,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def is_local(storage: Storage) -> bool:
    """Whether a store's files lie in a folder of this machine."""
    try:
        storage.path("")
    except NotImplementedError:
        return False
    return True


def store_trouble() -> str:
    """Why the store cannot be used now, to follow a colon; empty where it can. Asks a store elsewhere, for some seconds
    where it does not answer.
    """
    if is_local(default_storage):
        return ""
    store: Any = default_storage
    try:
        store.connection.meta.client.list_objects_v2(Bucket=store.bucket_name, MaxKeys=1)
    except store_errors() as error:
        return in_words(error)
    return ""


def store_errors() -> tuple[type[Exception], ...]:
    """What reading and writing files of the store may raise."""
    if is_local(default_storage):
        return OSError, NotStored
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return OSError, NotStored, BotoCoreError, ClientError, Boto3Error


def in_words(error: Exception) -> str:
    """What one of `store_errors` means, for a person."""
    if isinstance(error, NotStored) and isinstance(error.__cause__, Exception):
        return in_words(error.__cause__)
    if isinstance(error, NoRoom):
        return f"the disk is full: {error.strerror}"
    if isinstance(error, OSError):
        return "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or str(error)
    code = str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
    kind = type(error).__name__
    if code in REFUSALS:
        return REFUSALS[code]
    if kind in ("NoCredentialsError", "PartialCredentialsError"):
        return "it needs STUDIO_S3_ACCESS_KEY and STUDIO_S3_SECRET_KEY"
    if kind in ("EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError"):
        return "it does not answer (STUDIO_S3_ENDPOINT)"
    return " ".join(str(error).split())[:300]


# Writing ------------------------------------------------------------------------------------------------------------


def place_file(store: Storage, name: str, path: Path) -> None:
    """Move a file, whose bytes are on the disk, to its name, over whatever an earlier try left there. Raises OSError,
    or NotStored.
    """
    if not is_local(store):
        with path.open("rb") as file:
            _upload(store, name, File(file))
        path.unlink()
        return
    target = _in_its_folder(store, name)
    try:
        os.replace(path, target)
        sync_folder(target.parent)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with path.open("rb") as file:  # the folder of videos is on another disk
            _write_over(target, file)
        sync_folder(target.parent)
        path.unlink()


def place_bytes(store: Storage, name: str, content: bytes) -> None:
    """Write a small file to its name, over whatever is there; a power cut may forget it again if no file comes after
    it. Raises OSError, or NotStored.
    """
    file = ContentFile(content)
    if is_local(store):
        _write_over(_in_its_folder(store, name), file)
    else:
        _upload(store, name, file)


def put(name: str, file: IO[bytes]) -> None:
    """Store a file under a name that is made of its checksum. The very same bytes are not written again; what was
    damaged is healed. Raises OSError, or NotStored.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if not is_local(default_storage):
        _upload(default_storage, name, File(file), unless_size=size)
    elif not _is_there(path := Path(default_storage.path(name)), file):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with draft_beside(path) as draft:  # of a name of its own: another may just upload the same
            _write_via(draft, path, file)
        sync_folder(path.parent)


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


def sync_folder(folder: Path) -> None:
    """Without this a power cut may forget the name of a file whose bytes are safe."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _upload(store: Storage, name: str, file: File[bytes], unless_size: int | None = None) -> None:
    """S3 takes an object whole or not at all. One that is there already is replaced, unless it has that size."""
    try:
        if store.exists(name):
            if unless_size is not None and store.size(name) == unless_size:
                return
            store.delete(name)
        stored = store.save(name, file)
        if stored != name:  # another process was faster with the very same file
            store.delete(stored)
    except Exception as error:  # each kind of store has errors of its own
        raise NotStored from error


def _in_its_folder(store: Storage, name: str) -> Path:
    """Where a file is to be. Its folder is there, and stays there after a power cut."""
    path = Path(store.path(name))
    made = [folder for folder in (path.parent, path.parent.parent) if not folder.exists()]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in made:
        sync_folder(folder.parent)
    return path


def _write_over(target: Path, file: IO[bytes] | File[bytes]) -> None:
    draft = target.with_name(f".{target.name}.draft")  # always the same: what a crash leaves is written over
    try:
        _write_via(draft, target, file)
    finally:
        draft.unlink(missing_ok=True)


def _write_via(draft: Path, target: Path, file: IO[bytes] | File[bytes]) -> None:
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        shutil.copyfileobj(file, out, CHUNK)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(target)


# Checksums ----------------------------------------------------------------------------------------------------------


def sha256_of(file: IO[bytes]) -> tuple[str, int]:
    """The checksum of a file and its length in bytes; it stands at its beginning afterwards."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    return digest.hexdigest(), size


def _is_there(path: Path, file: IO[bytes]) -> bool:
    try:
        with path.open("rb") as stored:
            return sha256_of(stored) == sha256_of(file)
    except FileNotFoundError:
        return False


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

"""Where videos and files are kept. `settings.py` names the place."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def media_store(folder: Path, bucket: str, endpoint: str | None, **account: str | None) -> dict[str, Any]:
    """The data folder, where people find their videos; or any S3-compatible service, which signs links to them.

    `account` is `region_name`, `access_key` and `secret_key`. Raises ImproperlyConfigured where a part is missing.
    """
    if not bucket:
        options = {"location": folder, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    if not find_spec("storages"):
        raise ImproperlyConfigured("STUDIO_S3_BUCKET: S3 needs `.venv/bin/pip install -r requirements-scale.txt`.")
    options = {
        "bucket_name": bucket,
        "endpoint_url": endpoint,
        "querystring_auth": True,
        "file_overwrite": False,
        "default_acl": None,
        "max_memory_size": 8 << 20,  # of a file that is read; the rest of it on disk
        "client_config": client_config(endpoint),
        **account,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def client_config(endpoint: str | None) -> Any:
    """Other services than Amazon's know neither a host name for each bucket nor the newer checksums."""
    from botocore.config import Config

    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=5,
        read_timeout=60,
        retries={"total_max_attempts": 3},
    )

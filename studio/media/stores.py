"""Whether the media store can be used; and if not, why, in words."""

from __future__ import annotations

import errno
from typing import Any

from django.core.files.storage import default_storage

from .placing import NotStored
from .room import NoRoom
from .serving import is_local

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


def store_trouble() -> str:
    """Why the store cannot be used now, in words that go on from a colon; empty where it can. Asks a store elsewhere,
    for some seconds where it does not answer.
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

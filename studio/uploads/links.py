"""Links to one file, for who has no account here: the provider fetches by them what a request names."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.core.signing import BadSignature, Signer

from studio import clock

from .models import Upload

DAY = 24 * 3600
_signer = Signer(salt="studio.links.file", sep=".")


def signed_path(upload: Upload, seconds: int = DAY) -> str:
    """The path, on the links port, that opens this file and no other for so many seconds.

    It says nothing of the file's owner or of what he calls it.
    """
    expires = int(clock.now().timestamp()) + seconds
    token = _signer.sign(f"{upload.pk}-{expires}-{upload.sha256[:32]}")
    return f"/files/{token}/{public_name(upload)}"


def public_name(upload: Upload) -> str:
    """What a file is called in a link: some look at its ending to know what it is."""
    return f"{upload.kind}{PurePosixPath(upload.name).suffix}"


def upload_of(token: str) -> Upload | None:
    """The upload that a token opens now; None if it is not ours, is too old, or the file is gone or another one.

    The database is asked only for what we have signed.
    """
    try:
        pk, expires, sha256 = _signer.unsign(token).split("-")
    except (BadSignature, ValueError):
        return None
    if int(expires) <= clock.now().timestamp():
        return None
    return Upload.objects.filter(pk=int(pk), sha256__startswith=sha256).first()

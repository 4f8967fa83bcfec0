"""The data folder and the secret in it. `settings.py` names the folder."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def data_dir(named: str) -> Path:
    """The folder, made if it is not there."""
    try:
        folder = Path(named).expanduser().resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ImproperlyConfigured(f"STUDIO_DATA_DIR: cannot use the folder {named} ({why}).") from None
    return folder


def secret_key(folder: Path) -> str:
    """Signs sessions and links; made at the first start, whole, by whichever process comes first, and kept."""
    path = folder / "secret_key"
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        if not path.exists():
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(64))
            with suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        key = path.read_text()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ImproperlyConfigured(f"STUDIO_DATA_DIR: cannot write to {folder} ({why}).") from None
    if len(key) < 32:
        raise ImproperlyConfigured(f"STUDIO_DATA_DIR: {path} is broken. Delete it; everybody has to log in again.")
    return key

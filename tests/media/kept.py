"""Kept videos and uploads for tests: a row, and its file in the store."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.sandbox.picture import landscape
from studio.sandbox.video import Clip, make_video
from studio.uploads.models import Upload


@lru_cache
def clip(seconds: float = 2, seed: int = 7, width: int = 320, height: int = 180) -> bytes:
    """A real MP4 with sound."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        make_video(Clip(width, height, seconds, seed), path)
        return path.read_bytes()


@lru_cache
def picture(seed: int = 7) -> bytes:
    out = BytesIO()
    landscape((320, 180), seed, Random(seed)).save(out, "JPEG", quality=92)
    return out.getvalue()


def keep(take: Generation, content: bytes | None = None, *, poster: bytes | None = b"", **changes: Any) -> KeptVideo:
    """The take's video, kept; `poster` is a picture of its own unless it is told or None."""
    content = clip() if content is None else content
    name = f"videos/2026-11-22/{take.pk:04}_text-to-video_a-bay_seed-{take.seed}.mp4"
    Generation.objects.filter(pk=take.pk).update(keeping="kept", status="succeeded", due_at=None)
    values: dict[str, Any] = {
        "name": default_storage.save(name, ContentFile(content)),
        "content_type": "video/mp4",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "width": 320,
        "height": 180,
        "seconds": Decimal(2),
        "frame_rate": Decimal(24),
        "has_sound": True,
        "kept_at": timezone.now(),
    }
    if poster is not None:
        values["poster"] = default_storage.save(f"posters/{take.pk:04}.jpg", ContentFile(poster or picture()))
    return KeptVideo.objects.create(generation=take, **values | changes)


def upload(owner: Any, content: bytes | None = None, **changes: Any) -> Upload:
    """A picture of this person's, stored."""
    content = picture() if content is None else content
    values: dict[str, Any] = {
        "kind": "image",
        "sha256": hashlib.sha256(content).hexdigest(),
        "filename": "Große Katze.jpg",
        "content_type": "image/jpeg",
        "bytes": len(content),
        "width": 320,
        "height": 180,
    }
    name = default_storage.save(f"uploads/{values['sha256']}.jpg", ContentFile(content))
    return Upload.objects.create(owner=owner, name=name, **values | changes)

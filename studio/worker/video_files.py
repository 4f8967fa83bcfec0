"""Where a kept video stands in the media store: the file, what was asked for, and a picture, all under one name."""

from __future__ import annotations

import errno
import hashlib
import json
from dataclasses import asdict
from decimal import Decimal
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from studio.generations.models import Generation
from studio.media.facts import Examined
from studio.media.names import video_name
from studio.media.storage import is_local, place_bytes, place_file, remove
from studio.worker.partial_download import Part


class VideoFiles:
    """A take's place there. Its name is made of the take alone, so that a second try finds what the first one left."""

    def __init__(self, take: Generation) -> None:
        self.take = take

    @cached_property
    def stem(self) -> str:
        take = self.take
        day = timezone.localtime(take.created_at).date()
        return video_name(day, take.pk, take.type, take.prompt, take.seed)

    @property
    def paper(self) -> str:
        return f"{self.stem}.json"

    @property
    def poster(self) -> str:
        return str(PurePosixPath("posters", *PurePosixPath(self.stem).parts[1:])) + ".jpg"

    def put(self, part: Part, digest: str, examined: Examined) -> dict[str, Any]:
        """The video comes last: where it is, the others are. The columns of its KeptVideo. Raises OSError and
        NotStored.
        """
        facts = self._facts(examined, digest, part.path.stat().st_size)
        self._require_room(part.path, facts["bytes"])
        place_bytes(default_storage, self.poster, examined.poster)
        place_bytes(default_storage, self.paper, self.described(facts))
        place_file(default_storage, facts["name"], part.path)
        return facts

    def _require_room(self, path: Path, size: int) -> None:
        """Within one disk a file is moved, onto another one it is copied. Raises NoRoom."""
        if not is_local(default_storage):
            return
        folder = Path(default_storage.path(self.stem)).parent
        there = next(each for each in (folder, *folder.parents) if each.exists())
        if there.stat().st_dev != path.stat().st_dev:
            settings.STUDIO_DISK_RESERVE.require(folder, size, done=size, total=size)

    def left_by_a_crash(self) -> dict[str, Any] | None:
        """What stands there already, whole, because a worker died before it could write that down."""
        if not is_local(default_storage):
            return None  # to fetch it again is as good as to read it from there
        try:
            facts = json.loads(Path(default_storage.path(self.paper)).read_bytes())["file"]
            path = Path(default_storage.path(facts["name"]))
            with path.open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == facts["sha256"]
            there = Path(default_storage.path(facts["poster"])).exists()
        except (OSError, ValueError, KeyError, TypeError):
            return None
        numbers = {name: facts[name] and Decimal(facts[name]) for name in ("seconds", "frame_rate")}
        return {**facts, **numbers} if same and there else None

    def clear_if_nobodys(self) -> bool:
        """The take was thrown away for good meanwhile: nobody would ever look for its files."""
        if Generation.objects.filter(pk=self.take.pk, purged_at=None).exists():
            return False  # another worker has kept it
        for name in self.names:
            remove(default_storage, name)
        return True

    @property
    def names(self) -> list[str]:
        """Every file that a try to keep it may have left."""
        return [*(f"{self.stem}{suffix}" for suffix in (".mp4", ".mov", ".webm", ".json")), self.poster]

    def _facts(self, examined: Examined, digest: str, size: int) -> dict[str, Any]:
        kind = examined.kind
        return {
            "name": f"{self.stem}{kind.suffix}", "poster": self.poster, "content_type": kind.content_type,
            "sha256": digest, "bytes": size, **asdict(examined.facts),
        }  # fmt: skip

    def described(self, facts: dict[str, Any]) -> bytes:
        """What was asked for, what it cost and what came of it. Never a key, and no links, which may be signed."""
        take = self.take
        told = {
            "id": take.pk,
            "request": take.request,
            "seed": take.seed,
            "model": take.request.get("model"),
            "provider": take.connection_id,
            "task_id": take.task_id,
            "estimate": {"low": take.estimate_low, "high": take.estimate_high, "basis": take.basis},
            "credits": take.charge,
            "charged": take.charged,
            "created_at": take.created_at.isoformat(),
            "finished_at": take.finished_at and take.finished_at.isoformat(),
            "file": facts,
        }
        return json.dumps(told, indent=2, ensure_ascii=False, default=str).encode() + b"\n"


def is_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def why_not_written(error: OSError) -> str:
    """In words for people, to begin a sentence."""
    if is_full(error):
        return "the disk is full"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return "the folder of videos cannot be written to"
    return f"the file cannot be written ({error.strerror or type(error).__name__})"

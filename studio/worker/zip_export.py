"""Many takes in one file: a zip of their kept videos with what is known of every take, or only a list of that."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.library.records import records, write_csv, write_json
from studio.media.storage import NotStored

WRITERS = {"csv": write_csv, "json": write_json}
CHUNK = 1 << 20  # bytes in memory at a time
READ_AT_ONCE = 100  # rows
NOT_KEPT = "Its video is not kept here; the link may have died."
NO_VIDEO = "It has no video."
GONE = "Its file is not in the media store any more."


class ZipExport:
    """`going_on` is called after every part with how many takes are packed; it raises what shall end the packing."""

    def __init__(self, takes: Sequence[int], going_on: Callable[[int], None]) -> None:
        self.takes, self.going_on = takes, going_on
        self.gone: set[int] = set()  # kept, as the row says, and yet not there

    def write_list(self, file: IO[bytes], kind: str) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        WRITERS[kind](text, self._counted(records(self.takes)))
        text.detach()  # the file stays open

    def _counted(self, found: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for number, each in enumerate(found, start=1):
            yield each
            self.going_on(number)

    def write(self, file: IO[bytes]) -> None:
        """Videos are not compressed: there is nothing to gain. More than 4 GB, or 65,535 takes, are no trouble."""
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
            for number, take in enumerate(self.rows(), start=1):
                self._add_video(packed, take, number - 1)
                self.going_on(number)
            for name, write in (("metadata.json", write_json), ("takes.csv", write_csv)):
                with packed.open(name, "w") as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
                    write(text, self._records())

    def rows(self) -> Iterator[Generation]:
        """Those that are still there, in the order of the zip, few of them in memory at a time."""
        known = Generation.objects.existing().select_related("kept")
        for start in range(0, len(self.takes), READ_AT_ONCE):
            ids = self.takes[start : start + READ_AT_ONCE]
            found = known.defer("last_answer").in_bulk(ids)
            yield from (found[pk] for pk in ids if pk in found)

    def _add_video(self, packed: zipfile.ZipFile, take: Generation, done: int) -> None:
        kept: KeptVideo | None = getattr(take, "kept", None)
        if kept is None:
            return
        made = timezone.localtime(take.created_at)
        entry = zipfile.ZipInfo(PurePosixPath(kept.name).name, made.timetuple()[:6])
        entry.external_attr, entry.file_size = 0o644 << 16, kept.bytes
        try:
            source = _open(kept.name)
        except FileNotFoundError:
            self.gone.add(take.pk)
            return
        with source, packed.open(entry, "w") as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
                self.going_on(done)

    def _records(self) -> Iterator[dict[str, Any]]:
        for found in records(self.takes):
            is_gone = found["id"] in self.gone
            if is_gone or not found["file"]:
                found["why_no_file"] = GONE if is_gone else NOT_KEPT if found["link"] else NO_VIDEO
                found["file"] = ""
            yield found


def _open(name: str) -> File[Any]:
    """Raises FileNotFoundError, other OSErrors, or NotStored for whatever a store elsewhere says."""
    try:
        return default_storage.open(name)
    except OSError:
        raise
    except Exception as error:  # each kind of store has errors of its own
        raise NotStored from error

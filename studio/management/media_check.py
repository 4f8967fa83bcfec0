"""The media store beside the database: what is missing, damaged or nobody's, and what can be done about it."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from studio import clock
from studio.generations.kept_video import KeptVideo
from studio.media.checks import Broken
from studio.media.names import sidecar
from studio.media.refusals import NotTaken
from studio.media.scratch import scratch_folder
from studio.media.storage import is_local, place_bytes, place_file
from studio.media.untrusted import examine, small_picture
from studio.uploads.models import Upload
from studio.worker.video_files import VideoFiles

from .backups.backup import media_names
from .missing_files import fetch_now, forget_file

FOLDERS = ("videos", "posters", "uploads")
STRAYS = "strays"
BLOCK = 1 << 20
FEW = 5  # files
FACTS = (
    "name", "poster", "content_type", "sha256", "bytes", "width", "height", "seconds", "frame_rate", "has_sound",
)  # fmt: skip


class Unmended(Exception):
    """Mending would do harm; the message says why."""


@dataclass(frozen=True)
class Fault:
    """`name` is the file's; `words` go on from it. `mended` is what was done, "" where nothing could be."""

    name: str
    words: str
    mended: str = ""


@dataclass(frozen=True)
class Check:
    """One look at everything. `deep` reads every byte; `young` is the age up to which a file without a row is left
    alone, as its row may be about to come.
    """

    mend: bool
    deep: bool
    young: timedelta

    def faults(self) -> Iterator[Fault]:
        """Raises Unmended before anything is changed."""
        if self.mend:
            refuse_a_store_that_is_not_there()
        for kept in KeptVideo.objects.select_related("generation").order_by("pk").iterator(chunk_size=500):
            yield from self.of_video(kept)
        for upload in Upload.objects.order_by("pk").iterator(chunk_size=500):
            yield from self.of_upload(upload)
        yield from self.strays()

    # Rows whose files are not as they say -----------------------------------------------------------------------------

    def of_video(self, kept: KeptVideo) -> Iterator[Fault]:
        if wrong := self.wrong_with(kept):
            yield Fault(kept.name, f"{wrong} (take #{kept.pk})", self.fetch_again(kept) if self.mend else "")
        elif not exists(sidecar(kept.name)):
            words = f"the request beside it is missing (take #{kept.pk})"
            yield Fault(sidecar(kept.name), words, self.write_down(kept) if self.mend else "")
        elif not kept.poster or not default_storage.exists(kept.poster):
            name = kept.poster or str(PurePosixPath("posters", *PurePosixPath(kept.name).with_suffix(".jpg").parts[1:]))
            yield Fault(name, f"the poster is missing (take #{kept.pk})", self.draw(kept, name) if self.mend else "")

    def of_upload(self, upload: Upload) -> Iterator[Fault]:
        if wrong := self.wrong_with(upload):
            words = f"{wrong} (file {upload.filename!r}): choose it anew where it is needed"
            yield Fault(upload.name, words, self.give_up(upload) if self.mend else "")
        elif upload.poster and not default_storage.exists(upload.poster):
            words = f"the picture of {upload.filename!r} is missing"
            yield Fault(upload.poster, words, self.draw(upload, upload.poster) if self.mend else "")

    def wrong_with(self, row: KeptVideo | Upload) -> str:
        if not default_storage.exists(row.name):
            return "missing"
        size = default_storage.size(row.name)
        if size != row.bytes:
            return f"{size} bytes where {row.bytes} were stored"
        return "its bytes have changed" if self.deep and checksum(row.name) != row.sha256 else ""

    def fetch_again(self, kept: KeptVideo) -> str:
        """What is there of it is put aside, once no row names it: the next one goes to the same name."""
        has_link = bool(kept.generation.video_url)
        if not forget_file(kept):
            return ""
        for name in filter(None, (kept.name, sidecar(kept.name), kept.poster)):
            if default_storage.exists(name):
                put_aside(name)
        fetch_now(kept)
        return "it will be fetched again" if has_link else "its take says so now; there is no link to fetch it from"

    def give_up(self, upload: Upload) -> str:
        """What is there of it is put aside, once no row names it."""
        moved: list[str] = []
        done = Upload.objects.discard(upload, lambda name: moved.append(put_aside(name)) if exists(name) else None)
        return ", ".join(["forgotten", *moved]) if done else ""

    def write_down(self, kept: KeptVideo) -> str:
        place_bytes(
            default_storage,
            sidecar(kept.name),
            VideoFiles(kept.generation).described({each: getattr(kept, each) for each in FACTS}),
        )
        return "written anew"

    def draw(self, row: KeptVideo | Upload, name: str) -> str:
        try:
            with local(row.name) as path:
                place_bytes(default_storage, name, picture_of(path, row.content_type))
        except (Broken, NotTaken, OSError):
            return ""
        if not row.poster:
            type(row)._default_manager.filter(pk=row.pk).update(poster=name)
        return "made again"

    # Files without a row ----------------------------------------------------------------------------------------------

    def strays(self) -> Iterator[Fault]:
        """The rows are read after the files: what a row came for meanwhile is no stray."""
        # Which clock the files' times are of is not known: this machine's, or a server's as that of the database.
        before = min(timezone.now(), clock.now()) - self.young
        found = [name for folder in FOLDERS for name in files_in(folder)]
        known = set(media_names())
        for name in found:
            if name not in known and is_older(name, before):
                yield Fault(name, "belongs to nothing", put_aside(name) if self.mend else "")


def refuse_a_store_that_is_not_there() -> None:
    """A disk that is not mounted, or another bucket, looks like a store whose files are gone: nothing may be forgotten
    for that. Few files may well have been lost together.
    """
    named = {name for rows in (KeptVideo.objects, Upload.objects) for name in rows.values_list("name", flat=True)}
    if len(named) <= FEW:
        return
    there = len(named.intersection(name for folder in FOLDERS for name in files_in(folder)))
    if there < len(named) / 2:
        raise Unmended(
            f"The media store holds {there} of the {len(named)} files that it should: is its folder there, and its "
            "disk mounted? Nothing is changed."
        )


def exists(name: str) -> bool:
    return bool(default_storage.exists(name))


def files_in(folder: str) -> Iterator[str]:
    """Every file of the store below a folder, by its whole name."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for each in sorted(folders):
        yield from files_in(posixpath.join(folder, each))
    yield from (posixpath.join(folder, each) for each in sorted(files))


def is_older(name: str, than: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < than
    except FileNotFoundError:
        return False


def checksum(name: str) -> str:
    digest = hashlib.sha256()
    with default_storage.open(name) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def put_aside(name: str) -> str:
    """Never deleted: somebody may miss it."""
    aside = default_storage.get_available_name(f"{STRAYS}/{name}")
    if is_local(default_storage):
        place_file(default_storage, aside, Path(default_storage.path(name)))
        return f"moved to {aside}"
    with local(name) as path:
        place_file(default_storage, aside, path)
    default_storage.delete(name)
    return f"moved to {aside}"


@contextmanager
def local(name: str) -> Iterator[Path]:
    """A copy of a file of the store on this machine, for as long as it is looked at."""
    with scratch_folder(settings.STUDIO_DATA_DIR, ".media-") as scratch:
        path = scratch / PurePosixPath(name).name
        settings.STUDIO_DISK_RESERVE.require(scratch, default_storage.size(name))
        with default_storage.open(name) as source, path.open("wb") as out:
            while block := source.read(BLOCK):
                out.write(block)
        yield path


def picture_of(path: Path, content_type: str) -> bytes:
    """A small JPEG of a picture or a video. Raises Broken, NotTaken, OSError."""
    if not content_type.startswith("image/"):
        return examine(path).poster
    with path.open("rb") as file:
        return small_picture(file)

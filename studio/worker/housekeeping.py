"""What the studio does beside takes: it packs archives, cuts out parts and frames, empties the trash, and sweeps out
files that nobody uses. On threads of its own, so that neither takes nor pages wait for it.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Sum
from django.utils import timezone

from studio.background import ATTEMPTS
from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.library import trash
from studio.library.archives import LIVES, Archive
from studio.media.refusals import NotTaken
from studio.media.room import NoRoom
from studio.media.storage import NotStored, is_local, place_file, remove, store_errors
from studio.uploads import incoming
from studio.uploads.file_jobs import FileJob
from studio.uploads.models import Upload

from .video_files import VideoFiles
from .work import Dropped, Renewal, Work
from .zip_export import CHUNK, ZipExport

log = logging.getLogger("studio.worker")

LINE_BYTES = 2_000  # of one take in a list, roughly
NOTE_SECONDS = 1.0  # how far it is, is written down at most so often
ERASE_SECONDS = 2.0
PURGE_SECONDS = 3600.0
STORING = timedelta(minutes=10)  # for putting a large file into a store elsewhere
BREATH_SECONDS = 0.05


class Housekeeping(Work[Archive | None]):
    """An archive to pack, or None: it is time to tidy up. `folder`: where a zip is while it is built."""

    name = "packing or emptying the trash"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.next_erase = self.next_purge = 0.0

    def claim(self, worker: int, free: int) -> Sequence[Archive | None]:
        if time.monotonic() >= min(self.next_erase, self.next_purge):
            return [None]
        archive = Archive.claim(worker)
        return [archive] if archive else []

    def do(self, archive: Archive | None) -> None:
        if archive:
            self.pack(archive)
        else:
            self.tidy_up()

    def release(self, worker: int, *, died: bool, kept: Sequence[Archive | None] | None = None) -> None:
        Archive.release_claims_of(worker, died=died, kept=[archive.pk for archive in kept or () if archive])

    def run_once(self, worker: int = 0) -> None:
        self.next_erase = self.next_purge = 0.0
        super().run_once(worker)

    # Archives ---------------------------------------------------------------------------------------------------------

    def pack(self, archive: Archive) -> None:
        """One try. Whatever comes of it is written down."""
        path = self.folder / f"{_stem(archive)}.{archive.kind}"
        try:
            self._pack(archive, path)
        except Dropped:
            archive.give_back()
        except NoRoom as error:
            log.error("archive=%s cannot be packed, the disk is full: %s", archive.pk, error.strerror)
            archive.fail(f"The disk is full: {error.strerror}. Make room, or pick fewer takes.")
        except OSError as error:
            log.error("archive=%s cannot be packed: %s", archive.pk, error)
            archive.fail(f"It could not be packed: {error.strerror or error}.")
        except NotStored as error:
            log.error("archive=%s cannot be stored: %r", archive.pk, error.__cause__)
            archive.fail("The media store does not take or give files now. Try again later.")
        finally:
            with suppress(OSError):  # it was moved, or there never was one
                path.unlink()

    def _pack(self, archive: Archive, path: Path) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self.folder.glob(f"{archive.pk}-*"):  # by a killed worker
            left.unlink(missing_ok=True)
        if archive.attempts > ATTEMPTS:
            archive.fail(f"It could not be packed, {ATTEMPTS} times. Pick fewer takes.")
            return
        self._require_room(archive)
        packing = ZipExport(archive.takes, self._progress_of(archive))
        with path.open("wb") as file:
            if archive.kind == Archive.Kind.ZIP:
                packing.write(file)
            else:
                packing.write_list(file, archive.kind)
            file.flush()
            os.fsync(file.fileno())
        self._store(archive, path)

    def _store(self, archive: Archive, path: Path) -> None:
        size, name = path.stat().st_size, f"archives/{path.name}"
        if not archive.go_on(archive.count, None if is_local(default_storage) else STORING):
            raise Dropped
        place_file(default_storage, name, path)
        if not archive.finish(name, size):
            self._remove([name])

    def _progress_of(self, archive: Archive) -> Callable[[int], None]:
        renew = Renewal(archive.go_on, self.stopping, NOTE_SECONDS)

        def going_on(done: int) -> None:
            settings.STUDIO_DISK_RESERVE.require(self.folder, CHUNK)  # others write meanwhile, too
            renew(done)

        return going_on

    def _require_room(self, archive: Archive) -> None:
        """Raises NoRoom."""
        needed = LINE_BYTES * archive.count
        if archive.kind == Archive.Kind.ZIP:
            kept = KeptVideo.objects.filter(generation__in=archive.takes)
            needed += kept.aggregate(bytes=Sum("bytes", default=0))["bytes"]
        settings.STUDIO_DISK_RESERVE.require(self.folder, needed)

    # Tidying up -------------------------------------------------------------------------------------------------------

    def tidy_up(self) -> None:
        """The trash is looked through every hour, here as in every other worker: each take goes once all the same."""
        now = time.monotonic()
        if now >= self.next_purge:
            self.next_purge = now + PURGE_SECONDS
            trash.purge_old()
            self._remove(Archive.sweep())
            self._remove(self._nobodys())
            self._clear_strays()
            Upload.objects.sweep()
            incoming.sweep()
            FileJob.sweep()
        if now >= self.next_erase:
            self.next_erase = now + ERASE_SECONDS
            self.erase()

    def erase(self) -> None:
        """What was purged."""
        while not self.stopping.is_set():
            if not trash.erase(self._remove_files_of):
                return
            self.stopping.wait(BREATH_SECONDS)

    def _remove_files_of(self, take: Generation) -> None:
        kept: KeptVideo | None = getattr(take, "kept", None)
        if kept:
            self._remove(trash.files_of(kept.name, kept.poster))
        elif take.keeping != Generation.State.OFF:  # a worker may have died between the file and its row
            self._remove(VideoFiles(take).names)

    def _nobodys(self) -> list[str]:
        """Archives whose row is gone: their worker died when it had just stored them, and others packed them anew."""
        try:
            _, names = default_storage.listdir("archives")
        except store_errors():
            return []
        found = {f"archives/{name}" for name in names}
        found -= set(Archive.objects.exclude(name="").values_list("name", flat=True))
        before = timezone.now() - LIVES
        return [name for name in found if _is_older(name, before)]

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                remove(default_storage, name)
            except (OSError, NotStored) as error:  # a stray: `manage.py media` finds it
                log.warning("%s cannot be removed: %r", name, error)

    def _clear_strays(self) -> None:
        """What a killed worker has left of an archive that is done, gone, or another worker's by now."""
        pending = {_stem(archive) for archive in Archive.objects.filter(status=Archive.Status.PENDING)}
        for path in self.folder.glob("*-*.*"):
            if path.stem not in pending:
                path.unlink(missing_ok=True)


class FileJobs(Work[FileJob]):
    """Parts and frames to cut out."""

    name, threads, every = "cutting out a part", 2, 0.3  # somebody waits for it

    def claim(self, worker: int, free: int) -> Sequence[FileJob]:
        job = FileJob.claim(worker)
        return [job] if job else []

    def do(self, job: FileJob) -> None:
        try:
            job.succeed(result=job.make(self._progress_of(job)), done=100)
        except Dropped:
            job.give_back()
        except NotTaken as refusal:
            log.warning("%s is not made: %s", job, refusal.message)
            job.fail(refusal.message)

    def release(self, worker: int, *, died: bool, kept: Sequence[FileJob] | None = None) -> None:
        FileJob.release_claims_of(worker, died=died, kept=[job.pk for job in kept or ()])

    def _progress_of(self, job: FileJob) -> Callable[[float], None]:
        renew = Renewal(job.go_on, self.stopping, 0)  # each time: it is seldom asked, and noticed soon when canceled
        return lambda share: renew(round(100 * share))


def _stem(archive: Archive) -> str:
    """The name of its file, which no other try has."""
    return f"{archive.pk}-{archive.claim_token.replace(':', '-')}"


def _is_older(name: str, than: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < than
    except store_errors():
        return False

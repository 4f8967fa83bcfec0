"""What the studio does beside takes: it packs archives, cuts out parts and frames, empties the trash, and sweeps out
files that nobody uses. On threads of its own, so that neither takes nor pages wait for it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, connection
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
from studio.sqlite import reopen_if_replaced
from studio.uploads import incoming
from studio.uploads.file_jobs import FileJob
from studio.uploads.models import Upload

from .database_writer import drop_dead_connection
from .video_files import VideoFiles
from .zip_export import CHUNK, ZipExport

log = logging.getLogger("studio.worker")

LOOK_SECONDS = 0.5
FILE_SECONDS = 0.3  # somebody waits for a part or a frame
FILES_AT_ONCE = 2
LINE_BYTES = 2_000  # of one take in a list, roughly
NOTE_SECONDS = 1.0  # how far it is, is written down at most so often
ERASE_SECONDS = 2.0
PURGE_SECONDS = 3600.0
STORING = timedelta(minutes=10)  # for putting a large file into a store elsewhere
BREATH_SECONDS = 0.05


class Dropped(Exception):
    """The worker is leaving, or the work was canceled, or is another worker's."""


class Housekeeping:
    """`folder`: where a zip is while it is built."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stopping = folder, threading.Event()
        self.worker = 0  # by its heartbeat
        self.next_erase = self.next_purge = 0.0
        files = [(self.make_file, FILE_SECONDS)] * FILES_AT_ONCE
        self.threads = [
            threading.Thread(target=self.run, args=each, daemon=True, name="housekeeping")
            for each in ((self.look, LOOK_SECONDS), *files)
        ]

    def begin(self, stopping: threading.Event) -> None:
        self.stopping = stopping
        for thread in self.threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """`stopping` is set: what is in hand is given back, for the next worker to begin anew."""
        until = time.monotonic() + seconds
        for thread in self.threads:
            if thread.ident:
                thread.join(max(0.0, until - time.monotonic()))

    def run(self, look: Callable[[], bool], pause: float) -> None:
        """Until `stopping` is set. The outermost guard of a thread: one fault must not end it."""
        while not self.stopping.is_set():
            busy = False
            try:
                reopen_if_replaced()
                busy = look()
            except (DatabaseError, InterfaceError) as error:
                log.error("the database does not answer: %s", error)
                drop_dead_connection()
            except Exception:
                log.exception("housekeeping broke")
                drop_dead_connection()
            if not busy:
                self.stopping.wait(pause)
        connection.close()

    def run_once(self) -> None:
        """All that is due now."""
        self.next_erase = self.next_purge = 0.0
        for look in (self.look, self.make_file):
            while not self.stopping.is_set() and look():
                pass

    def look(self) -> bool:
        """Pack one archive, and tidy up where it is time to. Whether there was something to pack."""
        self.tidy_up()
        archive = Archive.claim(self.worker)
        if archive:
            self.pack(archive)
        return archive is not None

    # Archives ---------------------------------------------------------------------------------------------------------

    def pack(self, archive: Archive) -> None:
        """One try. Whatever comes of it is written down."""
        path = self.folder / f"{archive.pk}-{archive.claim_token}.{archive.kind}"
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
        """Writes down how far it is and holds the claim, about once a second."""
        said = time.monotonic()

        def going_on(done: int) -> None:
            nonlocal said
            if self.stopping.is_set():
                raise Dropped
            settings.STUDIO_DISK_RESERVE.require(self.folder, CHUNK)  # others write meanwhile, too
            if time.monotonic() - said >= NOTE_SECONDS:
                said = time.monotonic()
                if not archive.go_on(done):
                    raise Dropped

        return going_on

    def _require_room(self, archive: Archive) -> None:
        """Raises NoRoom."""
        needed = LINE_BYTES * archive.count
        if archive.kind == Archive.Kind.ZIP:
            kept = KeptVideo.objects.filter(generation__in=archive.takes)
            needed += kept.aggregate(bytes=Sum("bytes", default=0))["bytes"]
        settings.STUDIO_DISK_RESERVE.require(self.folder, needed)

    # Parts and frames -------------------------------------------------------------------------------------------------

    def make_file(self) -> bool:
        """Cut out one part or frame. Whether there was one to cut out."""
        job = FileJob.claim(self.worker)
        if job is None:
            return False
        try:
            job.succeed(result=job.make(self._file_progress_of(job)), done=100)
        except Dropped:
            job.give_back()
        except NotTaken as refusal:
            log.warning("%s is not made: %s", job, refusal.message)
            job.fail(refusal.message)
        return True

    def _file_progress_of(self, job: FileJob) -> Callable[[float], None]:
        """Writes down how far it is and holds the claim, about once a second."""

        def going_on(share: float) -> None:
            if self.stopping.is_set() or not job.go_on(round(100 * share)):
                raise Dropped

        return going_on

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
        for path in self.folder.glob("*-*.*"):
            pk, _, token = path.stem.partition("-")
            pending = Archive.objects.filter(status=Archive.Status.PENDING, claim_token=token)
            if pk.isdecimal() and not pending.filter(pk=int(pk)).exists():
                path.unlink(missing_ok=True)


def _is_older(name: str, than: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < than
    except store_errors():
        return False

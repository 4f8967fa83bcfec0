"""Keeps finished videos: fetched, checked, put into the media store, written down. Apart from all that is sent and
polled, on a few threads of its own.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError

from studio import clock
from studio.generations.connections import Connection
from studio.generations.keeping import DEADLY, MOST_DEATHS, KeepClaim
from studio.generations.models import Generation
from studio.media import child
from studio.media.checks import Broken, Unsafe
from studio.media.facts import Examined
from studio.media.room import NoRoom, size_in_words
from studio.media.storage import NotStored, in_words, is_local
from studio.media.untrusted import examine
from studio.net.connection import AUTHORITIES
from studio.net.fetch import Caps, Fetcher, Unfetchable
from studio.worker.partial_download import Busy, Part, Progress

from .video_files import VideoFiles, is_full, why_not_written
from .work import Dropped, Renewal, Work

log = logging.getLogger("studio.worker")

THREADS = 3
NOTE_SECONDS = 1.0
SOON_SECONDS = 0.3  # what is here so soon is not told about before
STORING = 10  # leases, for putting a large file into a store elsewhere
TRIES = 3  # after the first, for a file that is cut off, which may pass though it hardly does
MAY_PASS = (401, 403, 404)  # not found yet, or a store whose rules are wrong for an hour; 410 says that it is for good
DEAD = (*MAY_PASS, 410)  # such a link may have been replaced by a fresh one
LONGEST, GIVE_UP = timedelta(hours=1), timedelta(days=7)
BUSY_WAIT = timedelta(seconds=5)
ROOM_WAIT = timedelta(seconds=30)  # until the disk is looked at again, which asks nobody else
ROOM_MORE = 64_000_000  # bytes more than last time, for a video whose size nobody tells


TOO_LARGE = ", the most that is kept (STUDIO_VIDEO_LIMIT). Raise the limit, and keep it by hand"


FreshLink = Callable[[Generation], str | None]


def downloads_from_settings() -> Downloads:
    """Only the API that is configured may have its videos on loopback, and the sandbox."""
    served = (Connection.named(settings.SANDBOX), Connection.configured())
    own = {each.name: each.own_address for each in served if each.own_address}
    lease = timedelta(seconds=settings.STUDIO_CLAIM_SECONDS)
    caps = Caps(most=settings.STUDIO_VIDEO_LIMIT)
    return Downloads(settings.STUDIO_DATA_DIR / "downloads", own, lease, settings.LTX2_POLL_SECONDS, caps=caps)


class Downloads(Work[KeepClaim]):
    """`own`: for each provider, the host and port on loopback that its links may lead to by plain http. `unit`: seconds
    until the second try; each wait after that is twice as long as the one before.
    """

    name = "keeping a video"

    def __init__(
        self,
        folder: Path,
        own: Mapping[str, tuple[str, int]],
        lease: timedelta,
        unit: float,
        *,
        caps: Caps | None = None,
        authorities: str = AUTHORITIES,
    ) -> None:
        super().__init__()
        self.folder, self.own, self.lease, self.unit = folder, own, lease, unit
        self.caps, self.authorities = caps, authorities
        self.threads, self.examining = THREADS, threading.Lock()
        self.swept = False
        # Asks the provider for the link to a take's video, once and free.
        self.fresh_link: FreshLink = lambda row: ""

    # The loop's -------------------------------------------------------------------------------------------------------

    def look(self, worker: int, *, at_once: bool = False) -> bool:
        if not self.swept:
            self.swept = True
            self.database_writer.do(self.sweep)
            child.children.warm()
        return super().look(worker, at_once=at_once)

    def claim(self, worker: int, free: int) -> list[KeepClaim]:
        """What was there when a process died is kept with nothing beside it, so that no other video is blamed too."""
        claimed: list[KeepClaim] = []
        while len(claimed) < free:
            at_work = [*self.in_hand.values(), *claimed]
            if any(each.generation.keep_deaths > 1 for each in at_work):
                break
            found = Generation.objects.claim_keep(worker, self.lease, alone=not at_work)
            if found is None:
                break
            claimed.append(found)
        return claimed

    def release(self, worker: int, *, died: bool, kept: Sequence[KeepClaim] | None = None) -> None:
        rows = Generation.objects.exclude(pk__in=[claim.generation.pk for claim in kept or ()])
        rows.release_keeps_of(worker, died=died)

    def sweep(self) -> None:
        """Throw away what is left of downloads that nobody is going to go on with."""
        left = {int(path.stem) for path in self.folder.glob("*.*") if path.stem.isdecimal()}
        wanted = Generation.objects.filter(pk__in=left, keeping="pending", purged_at=None)
        for pk in left - set(wanted.values_list("pk", flat=True)):
            with suppress(Busy), self.part_of(pk) as part:
                part.discard()

    # A thread's -------------------------------------------------------------------------------------------------------

    def do(self, claim: KeepClaim) -> None:
        with suppress(Dropped):
            self.keep(claim)

    def keep(self, claim: KeepClaim) -> None:
        """One try. Whatever comes of it is written down."""
        row, token = claim.generation, claim.token
        try:
            with self.part_of(row.pk) as part:
                self.fill(claim, part)
        except Busy:
            self.write(lambda: row.drop_keep(token, BUSY_WAIT))
        except Dropped:
            self.write(lambda: row.drop_keep(token, timedelta()))
        except Unfetchable as error:
            again = not error.permanent or error.status in MAY_PASS
            why = f"{error.reason}{TOO_LARGE}" if error.too_large else error.reason
            public = False if error.inside else True if error.status else None
            self.put_off(claim, why, again=again, least=error.retry_after, public=public)
        except NotStored as error:
            log.error("generation=%s cannot be stored: %r", row.pk, error.__cause__)
            self.put_off(claim, f"the media store does not take it: {in_words(error)}")
        except NoRoom as error:
            self.wait_for_room(claim, error)
        except OSError as error:
            self.put_off(claim, why_not_written(error))

    def part_of(self, pk: int) -> Part:
        return Part(self.folder, f"{pk:04}", settings.STUDIO_DISK_RESERVE)

    def fill(self, claim: KeepClaim, part: Part) -> None:
        """Fetch it, look at it, put it on the files. What turns out to be of no use is thrown away."""
        row, files = claim.generation, VideoFiles(claim.generation)
        try:
            facts = files.left_by_a_crash() or self.fetched(claim, part, files)
            part.discard()
        except Dropped:
            if not self.stopping.is_set() and self.write(files.clear_if_nobodys):
                part.discard()
            raise
        except Broken as error:
            part.discard()
            self.put_off_broken(claim, error)
            return
        except OSError as error:
            if is_full(error):
                part.discard()  # the room is needed by others
            raise
        except Unfetchable as error:
            if error.permanent and error.status not in MAY_PASS:
                part.discard()
            raise
        if not self.write(lambda: row.keep(claim.token, **facts)):
            self.write(files.clear_if_nobodys)

    def fetched(self, claim: KeepClaim, part: Part, files: VideoFiles) -> dict[str, Any]:
        row, progress = claim.generation, self.progress_of(claim)
        if row.keep_deaths > MOST_DEATHS:
            raise Broken(DEADLY)
        self.require_room(row, part)
        digest = self.fetch(claim, part, progress)
        examined = self.examined(part.path, progress)
        self.hold(claim)
        return files.put(part, digest, examined)

    def put_off_broken(self, claim: KeepClaim, error: Broken) -> None:
        row, died = claim.generation, isinstance(error, Unsafe)
        again = row.keep_deaths < MOST_DEATHS if died else row.keep_attempts <= TRIES
        self.put_off(claim, error.reason, again=error.again and again, died=died)

    def fetch(self, claim: KeepClaim, part: Part, progress: Progress) -> str:
        """The file's digest. Where the link has died, the provider is asked for a fresh one; each try asks once."""
        row = claim.generation
        try:
            return part.fetch(self.fetcher_for(row), row.video_url, progress)
        except Unfetchable as error:
            if error.status not in DEAD:
                raise
            dead = error
        link = self.fresh_link_of(claim, dead)
        try:
            return part.fetch(self.fetcher_for(row), link, self.adopting(claim, link, progress))
        except Unfetchable:
            if dead.status in MAY_PASS and row.video_url != link:
                raise dead from None  # the old one may come back, and the next try asks for a fresh one again
            raise

    def fresh_link_of(self, claim: KeepClaim, dead: Unfetchable) -> str:
        """Raises the error where the provider has no other link; as one that passes where it does not say now."""
        row = claim.generation
        if not self.write(lambda: row.hold_keep(claim.token, self.lease)):
            raise Dropped
        link = self.fresh_link(row)
        if link is None:
            raise Unfetchable(dead.reason, status=dead.status, retry_after=dead.retry_after)
        if link in ("", row.video_url):
            raise dead
        return link

    def adopting(self, claim: KeepClaim, link: str, progress: Progress) -> Progress:
        """Once the fresh link brings bytes, it is the take's link."""
        row = claim.generation

        def adopt(done: int, total: int | None) -> None:
            if row.video_url != link:
                if not self.write(lambda: row.renew_link(claim.token, link)):
                    raise Dropped
                row.video_url = link
            progress(done, total)

        return adopt

    def require_room(self, row: Generation, part: Part) -> None:
        """Nothing is fetched that has found no room before, until there is more of it. Raises NoRoom."""
        size = row.keep_total or (row.keep_done and row.keep_done + ROOM_MORE)
        if size:
            part.require_room(size - part.size, row.keep_done, row.keep_total)

    def wait_for_room(self, claim: KeepClaim, error: NoRoom) -> None:
        """What was fetched is gone again: others need the room. How much it was is written down, for the next try."""
        why = error.strerror
        if error.done and error.total is None:
            why = f"this video is larger than {size_in_words(error.done)}, and there is no room for more"
        sizes = (error.done, error.total)
        self.put_off(claim, f"the disk is full: {why}. Make room", most=ROOM_WAIT, sizes=sizes)

    def examined(self, path: Path, progress: Progress) -> Examined:
        """One video at a time: another child process is left for those who wait for a page."""
        size = path.stat().st_size
        while not self.examining.acquire(timeout=NOTE_SECONDS):
            progress(size, size)
        try:
            return examine(path, lambda _: progress(size, size))
        finally:
            self.examining.release()

    def fetcher_for(self, row: Generation) -> Fetcher:
        return Fetcher(self.own.get(row.connection_id), self.caps, self.authorities)

    def progress_of(self, claim: KeepClaim) -> Progress:
        """Says on the card how far it is and renews the lease, about once a second."""
        row, token = claim.generation, claim.token

        def note(done: int, total: int | None) -> bool:
            try:
                return self.database_writer.do(
                    lambda: row.record_download(token, done, total, self.lease), together=True
                )
            except (DatabaseError, InterfaceError) as error:  # the next one may get through
                log.error("cannot write down how far a download is: %s", error)
                return True

        return Renewal(note, self.stopping, min(NOTE_SECONDS, self.lease.total_seconds() / 3), SOON_SECONDS)

    def hold(self, claim: KeepClaim) -> None:
        """It is all here. Nothing renews the claim while the file goes to its place."""
        if self.stopping.is_set():
            raise Dropped
        # To move it takes no time. But a process that was stopped meanwhile may have lost its claim, and what another
        # has kept must not be replaced.
        lease = self.lease if is_local(default_storage) else self.lease * STORING
        if not self.write(lambda: claim.generation.hold_keep(claim.token, lease)):
            raise Dropped

    def put_off(
        self,
        claim: KeepClaim,
        reason: str,
        *,
        again: bool = True,
        least: float = 0.0,
        most: timedelta = LONGEST,
        sizes: tuple[int, int | None] | None = None,
        died: bool = False,
        public: bool | None = None,
    ) -> None:
        """Later again, longer and longer; or never, where it is no use or has been no use for a week. `sizes`: bytes
        that had come, and bytes in all. `died`: the process that read the file did. `public`: what the link turned out
        to lead to, where it did.
        """
        row, why = claim.generation, f"{reason[:1].upper()}{reason[1:]}."
        if again and row.finished_at and clock.now() - row.finished_at > GIVE_UP:
            again, why = False, f"{why} It was tried for {GIVE_UP.days} days."
        if not again:
            self.write(lambda: row.fail_keep(claim.token, why, public))
            return
        pause = timedelta(seconds=self.unit * 2 ** min(row.keep_attempts - 1, 20) * random.uniform(0.9, 1.1))
        pause = min(max(pause, timedelta(seconds=least)), most)  # a link may die sooner than its server says
        self.write(lambda: row.keep_later(claim.token, why, pause, sizes, died=died, public=public))

    def write(self, change: Callable[[], bool]) -> bool:
        """Until it is written down, or the worker leaves: then the files that are there say enough."""
        if self.left.is_set():
            raise Dropped
        try:
            what = "what became of a video"
            return self.database_writer.until_written(change, what, give_up=self.stopping.is_set)
        except (DatabaseError, InterfaceError):
            raise Dropped from None

"""A download that goes on where it broke off, in this process or after it was killed."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from studio.media.checks import HEAD, require_end, require_kind
from studio.media.room import NoRoom, Reserve
from studio.net.fetch import Fetched, Fetcher, Unfetchable

RANGE_REFUSED = 416
_CHUNK = 256 * 1024

Progress = Callable[[int, int | None], None]


class Busy(Exception):
    """Another thread or process is at this very download."""


@dataclass(frozen=True)
class Note:
    """Beside the bytes: which version of which file they are. A power cut may have lost some of them, a kill has not:
    so they count only until the machine starts anew.
    """

    url: str
    validator: str
    size: int | None
    boot: str


class Part:
    """The bytes of one file so far, `<name>.part` in a folder; locked while it is open, as a context. Raises Busy."""

    def __init__(self, folder: Path, name: str, reserve: Reserve) -> None:
        self.path, self._note = folder / f"{name}.part", folder / f"{name}.note"
        self.reserve = reserve
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        while True:
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._handle)
                raise Busy from None
            with suppress(FileNotFoundError):
                if self._is_ours():
                    return self
            os.close(self._handle)  # it was moved away just before: that was another one's

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        os.close(self._handle)

    def _is_ours(self) -> bool:
        return os.path.samestat(os.fstat(self._handle), os.stat(self.path))

    def fetch(self, fetcher: Fetcher, url: str, progress: Progress) -> str:
        """Get the rest, or all of it; then every byte is on the disk. Its SHA-256.

        `progress` is told the bytes so far and in all, often; what it raises ends the download, which can be gone on
        with. Raises Unfetchable, Broken where it is no video, NoRoom before the disk's reserve is touched, and OSError.
        """
        note = self._read_note(url)
        start = os.fstat(self._handle).st_size if note else 0
        if note is None or start != note.size:
            with self._open(fetcher, url, start, note) as answer:
                self._write(answer, self._begin(answer, url, note, start), progress)
            if answer.size is None:
                with self.path.open("rb") as file:
                    require_end(file)
        digest = self._hash()
        os.fsync(self._handle)
        return digest

    def discard(self) -> None:
        """Nothing of it is of any use."""
        for path in (self.path, self._note, self._note.with_suffix(".draft")):
            path.unlink(missing_ok=True)

    def _open(self, fetcher: Fetcher, url: str, start: int, note: Note | None) -> Fetched:
        try:
            return fetcher.open(url, start=start, validator=note.validator if note else "")
        except Unfetchable as error:
            if error.status == RANGE_REFUSED:
                self.discard_bytes()
            raise

    def _begin(self, answer: Fetched, url: str, note: Note | None, start: int) -> int:
        """Where the answer's bytes belong: behind those that are there, or in place of them."""
        if answer.start and (note is None or answer.start != start or answer.size != note.size):
            self.discard_bytes()
            raise Unfetchable("the server went on with another file")
        if not answer.start:
            self.discard_bytes()
            self._write_note(Note(url, answer.validator, answer.size, boot_id()))
        self.require_room((answer.size or answer.start) - answer.start, answer.start, answer.size)
        return answer.start

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return os.fstat(self._handle).st_size

    def require_room(self, more: int, done: int, total: int | None) -> None:
        """Raises NoRoom."""
        self.reserve.require(self.path.parent, more, done=done, total=total)

    def discard_bytes(self) -> None:
        self._note.unlink(missing_ok=True)
        os.ftruncate(self._handle, 0)

    def _write(self, answer: Fetched, done: int, progress: Progress) -> None:
        os.lseek(self._handle, done, os.SEEK_SET)
        known = done >= HEAD
        progress(done, answer.size)
        for piece in answer:
            self.require_room(len(piece), done, answer.size)
            self._append(piece, done, answer.size)
            done += len(piece)
            if not known and done >= HEAD:
                require_kind(os.pread(self._handle, HEAD, 0))
                known = True
            progress(done, answer.size)
        if not known:
            require_kind(os.pread(self._handle, HEAD, 0))

    def _append(self, piece: bytes, done: int, total: int | None) -> None:
        view = memoryview(piece)
        try:
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise NoRoom("the disk takes no more", done, total) from None
            raise

    def _hash(self) -> str:
        digest, place = hashlib.sha256(), 0
        while chunk := os.pread(self._handle, _CHUNK, place):
            digest.update(chunk)
            place += len(chunk)
        return digest.hexdigest()

    def _read_note(self, url: str) -> Note | None:
        """None where the bytes are of no use."""
        try:
            told: Any = json.loads(self._note.read_text("utf-8"))
            note = Note(**told)
        except (OSError, ValueError, TypeError):
            return None
        return note if note.validator and (note.url, note.boot) == (url, boot_id()) else None

    def _write_note(self, note: Note) -> None:
        draft = self._note.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(note)), "utf-8")
        draft.replace(self._note)


def boot_id() -> str:
    """Another one after each start of the machine; "" where nothing tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""

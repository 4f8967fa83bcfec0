"""What this data folder remembers to have sent, and how a worker notices by it that the database has gone back in time.

A replica that lagged behind becomes the server, a crash takes commits back, somebody copies the file of yesterday over
today's: then takes wait to be sent that were sent and paid for. So whatever leaves is first a line in a file here, safe
from a power cut, with the count of sends that the database had then (`Mark`). A worker that meets a lower count sends
nothing, has all that waits held, and puts right what it remembers itself.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from django.db import connection

from studio.generations.connections import Connection, Mark
from studio.generations.models import Generation
from studio.generations.rewound import Sent, forgotten, put_right
from studio.media.storage import sync_folder
from studio.providers.base import Accepted

log = logging.getLogger("studio.worker")

KEPT_DAYS = 7
NOTE_SECONDS = 1.0  # what others have sent is noted at most so often
# All copies of one database have applied its first migration at the same moment.
STANDING = (
    "SELECT MIN(migration.applied), MAX(state.era), MAX(state.sends) FROM django_migrations migration"
    " LEFT JOIN studio_providerstate state ON state.provider = %s"
)
Key = tuple[int, str]


class SentLog:
    """`folder` has a folder for each database and connection, with a file for each day. Any number of processes may
    share it.
    """

    def __init__(self, folder: Path, connection: Connection, first_poll: timedelta) -> None:
        self.folder, self.connection, self.first_poll = folder, connection, first_poll
        self.lock = Lock()
        self.database = ""
        self.known = self.noted = Mark()
        self.sent: set[Key] = set()
        self.next_note = 0.0

    # The loop's -------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Compare the database with what is known; where it has gone back, hold what waits and put right the rest."""
        known = self.known  # before the database is asked: what is counted meanwhile is not known yet
        database, stored = self._ask()
        fresh = database != self.database
        if fresh:
            known = self._load(database)
            stored = self._ask()[1]  # once more: what others have counted since is in the files already
        if stored < known:
            stored = self._alarm(known, f"It knows of {stored.sends:,} requests, and {known.sends:,} were sent.")
        elif fresh or stored.era > known.era:  # begun now, or another worker has noticed
            found = self._put_right()
            if found and stored.era == known.era:
                stored = self._alarm(stored, "What was sent before is not in it.")
        self.see(stored)

    def see(self, mark: Mark) -> None:
        """What is committed in the database."""
        with self.lock:
            self.known = max(self.known, mark)
            if self.known > self.noted and time.monotonic() >= self.next_note:
                self.next_note = time.monotonic() + NOTE_SECONDS
                self._try_to_write({"mark": self.known})

    # A step's ---------------------------------------------------------------------------------------------------------

    def contradicts(self, take: Generation) -> bool:
        """Whether this was sent already, though the database has it as waiting."""
        with self.lock:
            if _key_of(take) not in self.sent:
                return False
            known = list(self._remembered())
            self.sent = {_key(each) for each in known}
        return bool(self._forgotten([each for each in known if _key(each) == _key_of(take)]))

    def begin(self, take: Generation, mark: Mark) -> None:
        """It is about to leave. Raises OSError where that cannot be written down: then it must not leave."""
        with self.lock:
            self.known = max(self.known, mark)
            self._write({**_named(take), "mark": mark, "sent": _all_of(take)})
            self.sent.add(_key_of(take))

    def settle(self, take: Generation) -> None:
        """It was not taken, and may be sent again. To be called before the database hears of it."""
        with self.lock:
            if _key_of(take) in self.sent:
                self._try_to_write({**_named(take), "settled": True})
                self.sent.discard(_key_of(take))

    def answered(self, take: Generation, answer: Accepted) -> None:
        with self.lock:
            self._try_to_write({**_named(take), "answer": {"task_id": answer.task_id}})

    def recall(self, take: Generation, answer: Accepted) -> bool:
        """It was answered, and its row is not there any more, or is another take's by now."""
        sent = Sent(connection=self.connection.name, **_parsed(_all_of(take)), task_id=answer.task_id)
        return any(put_right(each, self.first_poll) for each in forgotten([sent]))

    def alarm(self) -> None:
        """A take that waits was sent already."""
        self.see(self._alarm(self.known, "What was sent before waits in it to be sent."))

    # Noticing ---------------------------------------------------------------------------------------------------------

    def _ask(self) -> tuple[str, Mark]:
        with connection.cursor() as cursor:
            cursor.execute(STANDING, [self.connection.name])
            applied, era, sends = cursor.fetchone()
        name = f"{re.sub(r'[^0-9]', '', str(applied))}-{hashlib.sha256(self.connection.name.encode()).hexdigest()[:8]}"
        return name, Mark(era or 0, sends or 0)

    def _alarm(self, known: Mark, why: str) -> Mark:
        """The mark that the database has then."""
        if self.connection.gone_back(known, why):
            log.error("the database has gone back in time, so all that waits is held: %s", why)
        self._put_right()
        return self._ask()[1]

    def _put_right(self) -> bool:
        """Whether the database has to have gone back in time for what was found."""
        found = [put_right(each, self.first_poll) for each in self._forgotten(self._remembered())]
        return any(found)

    def _forgotten(self, sent: Iterable[Sent]) -> list[Sent]:
        """Of which the database knows less, for certain. Another process may have found out meanwhile that one was not
        taken: that is in the files before the database has it as waiting, so they are read once more.
        """
        found = list(forgotten(sent))
        if not found:
            return []
        still = {(_key(each), each.submitted_at) for each in self._remembered()}
        return [each for each in found if (_key(each), each.submitted_at) in still]

    # Files ------------------------------------------------------------------------------------------------------------

    def _load(self, database: str) -> Mark:
        with self.lock:
            self.database = database
            marks = [Mark(*line["mark"]) for line in self._lines() if "mark" in line]
            self.known = self.noted = max(marks, default=Mark())
            self.sent = {_key(each) for each in self._remembered()}
            return self.known

    def _remembered(self) -> Iterator[Sent]:
        """What was sent, the oldest first, without what was not taken."""
        found: dict[Key, dict[str, Any]] = {}
        for line in self._lines():
            key = (line.get("take", 0), line.get("created_at", ""))
            if "sent" in line:
                found[key] = _parsed(line["sent"])
            elif "settled" in line:
                found.pop(key, None)
            elif "answer" in line and key in found:
                found[key] |= line["answer"]
        for values in found.values():
            yield Sent(connection=self.connection.name, **values)

    def _lines(self) -> Iterator[dict[str, Any]]:
        for path in self._days():
            try:
                text = path.read_text("utf-8", errors="replace")
            except FileNotFoundError:
                continue
            for each in filter(None, text.split("\n")):
                try:
                    yield json.loads(each)
                except ValueError:  # cut off by a crash, and so never followed by a request
                    continue

    def _days(self) -> list[Path]:
        return sorted((self.folder / self.database).glob("*.jsonl"))

    def _try_to_write(self, line: dict[str, Any]) -> None:
        try:
            self._write(line)
        except OSError as error:  # to know less is safe: it counts as sent, and as not answered
            log.error("what became of a request cannot be noted: %s", error)

    def _write(self, line: dict[str, Any]) -> None:
        """At the end of the day's file, in one piece, so that processes do not get into each other's way."""
        path = self.folder / self.database / f"{datetime.now(UTC):%Y-%m-%d}.jsonl"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = not path.exists()
        # Each file has the mark, as those before it are deleted one day.
        text = "".join(f"\n{json.dumps(each)}\n" for each in ([{"mark": self.known}] if new else []) + [line]).encode()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.write(handle, text) < len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            sync_folder(path.parent)
            sync_folder(path.parent.parent)
            for old in self._days()[:-KEPT_DAYS]:
                old.unlink(missing_ok=True)
        if "mark" in line:
            self.noted = self.known


def _key_of(take: Generation) -> Key:
    return take.pk, take.created_at.isoformat()


def _key(sent: Sent) -> Key:
    return sent.take, sent.created_at.isoformat()


def _named(take: Generation) -> dict[str, Any]:
    return {"take": take.pk, "created_at": take.created_at.isoformat()}


def _all_of(take: Generation) -> dict[str, Any]:
    """All that it takes to have the row again."""
    assert take.submitted_at is not None, "it was just sent"
    return {
        **_named(take), "submitted_at": take.submitted_at.isoformat(), "owner": take.owner_id,
        "request": take.request, "links": take.sent_links,
    }  # fmt: skip


def _parsed(values: dict[str, Any]) -> dict[str, Any]:
    moments = {name: datetime.fromisoformat(values[name]) for name in ("created_at", "submitted_at")}
    return {**values, **moments}

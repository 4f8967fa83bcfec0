"""The threads that speak to the database for those that wait for the provider.

Hundreds of requests may wait for an answer at once. None of them keeps a connection to the database meanwhile, and on
SQLite, which lets one writer in at a time, the notes of polls that have piled up are committed together.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DatabaseError, DataError, InterfaceError, connection, connections, transaction

from studio.sqlite import reopen_if_replaced

log = logging.getLogger("studio.worker")

T = TypeVar("T")


@dataclass(frozen=True)
class Item:
    future: Future[Any]
    change: Callable[[], Any]
    together: bool


WRITERS = {"sqlite": 1}  # one is all that SQLite lets in
WRITERS_ELSEWHERE = 4
TOGETHER = {"sqlite": 64}  # elsewhere commits go side by side, and rows locked together could lock each other out
BREATH_SECONDS = 0.03  # SQLite keeps no queue: without a pause others, a click among them, would seldom find it free


def drop_dead_connection() -> None:
    """After an error: the next one may lead to a database that answers. To close a dead one can fail as well, which
    must not end the thread, or all who wait for it would wait for ever.
    """
    try:
        connection.close_if_unusable_or_obsolete()
    except Exception:
        log.exception("a connection to the database could not be closed")


class DatabaseWriter:
    """A queue of changes to the database. Any thread may ask; few write."""

    def __init__(self) -> None:
        self.items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self.most_together = TOGETHER.get(connection.vendor, 1)
        self.failed_at = -math.inf  # when the database last failed, by `time.monotonic()`
        self.threads = [
            threading.Thread(target=self._work, daemon=True, name=f"database-writer-{number}")
            for number in range(WRITERS.get(connection.vendor, WRITERS_ELSEWHERE))
        ]
        for thread in self.threads:
            thread.start()

    def do(self, change: Callable[[], T], *, together: bool = False) -> T:
        """What the change gives, once it is committed. Raises what it raises; then nothing of it is stored.

        `together`: it may be committed with others. It may then be made twice, of which the first is taken back.
        """
        future: Future[T] = Future()
        self.items.put(Item(future, change, together))
        return future.result()

    def until_written(
        self,
        change: Callable[[], T],
        what: str,
        *,
        together: bool = False,
        give_up: Callable[[], bool] = lambda: False,
    ) -> T:
        """What became of a request or a video outlives a database that is locked, full or away for a while: try until
        it is written, or the process leaves. The log names `what` would be lost. Raises the error where it is time to
        `give_up`, or where what is to be written would never fit.
        """
        wait = 0.2
        while True:
            try:
                return self.do(change, together=together)
            except DataError:
                raise
            except (DatabaseError, InterfaceError) as error:
                log.error("cannot write down %s yet, trying again: %s", what, error)
                if give_up():
                    raise
                time.sleep(wait)
                wait = min(wait * 2, 5)

    def close(self) -> None:
        for _ in self.threads:
            self.items.put(None)

    def _work(self) -> None:
        open_for_more = True
        while open_for_more:
            batch = [self.items.get()]
            while len(batch) < self.most_together and not self.items.empty():
                batch.append(self.items.get())
            open_for_more = None not in batch
            self._make([item for item in batch if item])
            if len(batch) > 1:
                time.sleep(BREATH_SECONDS)
        connections.close_all()

    def _make(self, batch: list[Item]) -> None:
        reopen_if_replaced()
        together = [item for item in batch if item.together]
        if len(together) > 1 and self._made_together(together):
            batch = [item for item in batch if not item.together]
        for item in batch:
            try:
                item.future.set_result(item.change())
            except Exception as error:  # noqa: BLE001 - it is raised where the change was asked for
                if isinstance(error, DatabaseError | InterfaceError):
                    self.failed_at = time.monotonic()
                item.future.set_exception(error)
                drop_dead_connection()

    def _made_together(self, batch: list[Item]) -> bool:
        """All in one transaction; or none, when one of them fails."""
        try:
            with transaction.atomic():
                results = [item.change() for item in batch]
        except Exception:  # noqa: BLE001 - whose fault it was shows when they are made one by one
            drop_dead_connection()
            return False
        for item, result in zip(batch, results, strict=True):
            item.future.set_result(result)
        return True

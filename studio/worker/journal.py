"""The provider's answers, on disk before anything else can fail.

A task id is all that leads to a paid video, and nobody can ask for it twice. So an answer is a file before the database
hears of it, and the file goes when the database has it. What a process leaves here when it dies, whatever it died of,
the next one writes into the database by the same transition, which changes nothing where it has been made already. So
it does no harm that several workers look into one folder, or that one finds the file of another that is just writing.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError, DataError, IntegrityError, InterfaceError
from django.db.models import Q

from studio import clock
from studio.generations.models import Generation
from studio.media.storage import sync_folder
from studio.providers.apiin.amounts import amount
from studio.providers.base import Accepted

from .database_writer import drop_dead_connection

log = logging.getLogger("studio.worker")

WHOLE, DRAFT, ASIDE = ".json", ".draft", ".aside"
ABANDONED_SECONDS = 60  # nobody writes on a draft for so long


class Journal:
    """A folder of answers that the database does not have yet. Made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, take: Generation, answer: Accepted) -> Path | None:
        """The file that now holds the answer, whatever happens; None where none can be written, which is logged."""
        content = {
            "generation": take.pk,
            "digest": take.digest,
            "created_at": take.created_at.isoformat(),
            "submitted_at": take.submitted_at and take.submitted_at.isoformat(),
            "answer": asdict(answer),
        }
        draft = self.folder / f"{take.pk}-{secrets.token_hex(4)}{DRAFT}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(draft, json.dumps(content, default=str))
            path = draft.rename(draft.with_suffix(WHOLE))
            sync_folder(self.folder)
            return path
        except OSError as error:
            log.error("generation=%s task_id=%s cannot be kept as a file: %s", take.pk, answer.task_id, error)
            return None

    def forget(self, path: Path | None) -> None:
        """The database has it."""
        try:
            if path:
                path.unlink(missing_ok=True)
        except OSError as error:  # it will be read again, and change nothing
            log.warning("%s cannot be removed: %s", path, error)

    def replay(self, first_poll: timedelta) -> None:
        """Write down what processes that died have left. Stops where the database does not answer: it will be tried
        again. What fits no take is put aside and stays, for people to read.
        """
        for path in self._left():
            try:
                if _is_blank(path) or self._write_down(json.loads(path.read_text("utf-8")), clock.now() + first_poll):
                    self.forget(path)
                else:
                    self._put_aside(path, "there is no such take")
            except FileNotFoundError:  # its own process, or another one, was faster
                continue
            except (DataError, IntegrityError, KeyError, TypeError, ValueError) as error:
                self._put_aside(path, repr(error))
            except (DatabaseError, InterfaceError, OSError) as error:
                log.error("cannot write down what %s holds yet: %s", path, error)
                drop_dead_connection()
                return

    def _left(self) -> Iterator[Path]:
        """Whole answers, and drafts that nobody is going to finish; they may be whole all the same."""
        try:
            names = sorted(os.listdir(self.folder))
        except OSError:
            return
        for path in (self.folder / name for name in names):
            if path.suffix == WHOLE or (path.suffix == DRAFT and _age(path) > ABANDONED_SECONDS):
                yield path

    def _write_down(self, content: dict[str, Any], due: datetime) -> bool:
        """Whether the take is there that this answers: the very request, sent at that very moment; or asked for at that
        very moment, where the database has gone back to a time before it was sent.
        """
        sent_at = datetime.fromisoformat(content["submitted_at"])
        same = Q(submitted_at=sent_at)
        if "created_at" in content:
            same |= Q(submitted_at=None, created_at=datetime.fromisoformat(content["created_at"]))
        take = Generation.objects.filter(same, pk=content["generation"], digest=content["digest"]).first()
        if take:
            take.submitted_at = sent_at
            told = content["answer"]
            amounts = {name: amount(told.get(name)) for name in ("credits", "reserved")}
            answer = Accepted(**{**told, **amounts})
            take.accept(answer.task_id, due, **amounts, raw=answer.raw, word=answer.status_word)
        return take is not None

    def _put_aside(self, path: Path, why: str) -> None:
        log.error("%s holds an answer of the provider that cannot be written down, and is kept: %s", path, why)
        try:
            path.rename(path.with_suffix(ASIDE))
        except OSError as error:
            log.error("%s cannot be put aside: %s", path, error)


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _is_blank(path: Path) -> bool:
    """Whether this is a draft whose process died before it wrote a word."""
    return path.suffix == DRAFT and not path.stat().st_size


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0

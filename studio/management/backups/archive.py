"""A backup: one tar file, whole or not there at all, whose last member tells what is in it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from studio.media.room import Reserve
from studio.media.scratch import DRAFT, draft_beside, sweep
from studio.media.storage import sync_folder

CONTENTS = "contents.json"
BLOCK = 1 << 20
SCRATCH = re.compile(r"\.backup-[a-z0-9_]{8}")  # where the database is copied to first


class BrokenBackup(Exception):
    """The file is no backup, or not a whole one; the message says which."""


class Hashed:
    """A file that is read once; afterwards it is known what was read."""

    def __init__(self, file: IO[bytes], allow: Callable[[int], None] = lambda size: None) -> None:
        """`allow` is asked about each block, and raises what shall end it."""
        self.file, self.allow, self.digest, self.size = file, allow, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.allow(len(block))
        self.digest.update(block)
        self.size += len(block)
        return block


class Writer:
    """`allow`: see `Hashed`."""

    def __init__(self, tar: tarfile.TarFile, allow: Callable[[int], None]) -> None:
        self._tar, self._allow = tar, allow
        self.contents: dict[str, tuple[int, str]] = {}

    def add(self, name: str, file: IO[bytes], size: int) -> None:
        """Raises OSError if the file is shorter than that."""
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(time.time())
        hashed = Hashed(file, self._allow)
        self._tar.addfile(member, hashed)
        self.contents[name] = (hashed.size, hashed.digest.hexdigest())

    def add_bytes(self, name: str, content: bytes) -> None:
        self.add(name, io.BytesIO(content), len(content))

    def add_path(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self.add(name, file, os.fstat(file.fileno()).st_size)


@contextmanager
def writing(path: Path, reserve: Reserve) -> Iterator[Writer]:
    """A new backup, which takes the place of an old one of the same name only when it is whole and on the disk. What
    runs that were killed have left in its folder goes first. Raises NoRoom where it would touch the reserve.
    """
    sweep(path.parent, DRAFT)
    sweep(path.parent, SCRATCH)
    with draft_beside(path) as draft:
        with draft.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                writer = Writer(tar, lambda size: reserve.require(path.parent, size))
                yield writer
                writer.add_bytes(CONTENTS, json.dumps(writer.contents).encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)


def is_file_name(name: str) -> bool:
    """Whether a member's name leads to one file below the folder that it is unpacked in. Names come from outside."""
    is_text = not any(character == "\\" or unicodedata.category(character) in ("Cc", "Cs") for character in name)
    return is_text and not {"", ".", ".."} & set(name.split("/"))


class Reader:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members = {member.name: member for member in tar if member.isreg()}
        self.contents: dict[str, tuple[int, str]] = {}
        if CONTENTS not in self.members:
            raise BrokenBackup("it is cut off, or no backup of the studio")
        self.contents = json.loads(b"".join(self.blocks(CONTENTS)))
        if {name: size for name, (size, _) in self.contents.items()} != {
            name: member.size for name, member in self.members.items() if name != CONTENTS
        }:
            raise BrokenBackup("it does not hold what it should")
        for name in self.contents:
            if not is_file_name(name):
                raise BrokenBackup(f"{name!r} in it is no name of a file")

    def names(self, folder: str) -> list[str]:
        """What is below a folder, without its name."""
        return [name.removeprefix(f"{folder}/") for name in self.contents if name.startswith(f"{folder}/")]

    def blocks(self, name: str) -> Iterator[bytes]:
        """Raises BrokenBackup, after the last block at the latest, if these are not the bytes that were put in."""
        file = self._tar.extractfile(self.members[name]) if name in self.members else None
        if file is None:
            raise BrokenBackup(f"it has no {name}")
        hashed = Hashed(file)
        while block := hashed.read(BLOCK):
            yield block
        if name in self.contents and self.contents[name][1] != hashed.digest.hexdigest():
            raise BrokenBackup(f"{name} in it is damaged")

    def json(self, name: str) -> Any:
        return json.loads(b"".join(self.blocks(name)))

    def copy(self, name: str, path: Path) -> None:
        """Onto the disk; what is half written is removed again."""
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                for block in self.blocks(name):
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Raises BrokenBackup if it is no whole backup, OSError if it cannot be read."""
    try:
        with tarfile.open(path, "r:") as tar:
            yield Reader(tar)
    except (tarfile.TarError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenBackup(f"it is cut off, or no backup of the studio ({error})") from None

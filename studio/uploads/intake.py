"""Taking a person's own file: judged by what it is, cleaned, stored once, and only then a row."""

from __future__ import annotations

import errno
import functools
import io
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, Any, ParamSpec

from django.conf import settings
from django.core.files.storage import default_storage

from studio.catalog import modes
from studio.catalog.text import without_traps
from studio.media.facts import Facts
from studio.media.formats import EMPTY, W64, WAV, Format, format_of, read_head
from studio.media.place import STAYS
from studio.media.refusals import NotTaken
from studio.media.room import NoRoom
from studio.media.storage import NotStored, in_words, is_local, put, sha256_of, shortened
from studio.media.untrusted import clean, cut, measure, without_place
from studio.media.wav import has_true_sizes

from .models import Upload

log = logging.getLogger("studio.uploads")
P = ParamSpec("P")

WANTED = {
    "image": "Choose a picture: JPEG, PNG or WebP.",
    "audio": "Choose a recording: MP3, WAV, M4A, FLAC or Ogg.",
    "video": "Choose a video: MP4, MOV or WebM.",
}
OTHERWISE = {
    ("image", "video"): "This is a video, not a picture. Use it in Control mode, or pick a frame of it.",
    ("image", "audio"): "This is a recording, not a picture. Use it in Lipsync mode.",
    ("audio", "image"): "This is a picture, not a recording. Use it in Image mode.",
    ("audio", "video"): "This is a video without sound. Choose one that has sound, or a recording.",
    ("video", "image"): "This is a picture, not a video. Use it in Image mode.",
    ("video", "audio"): "This is a recording without pictures, not a video. Use it in Lipsync mode.",
}
TRIES = 5  # against a sweep at the same moment
NAME_LENGTH = 255


def says_why(take: Callable[P, Upload]) -> Callable[P, Upload]:
    """A disk that is full, or may not be written to, is said to the person, and to the log."""

    @functools.wraps(take)
    def taking(*args: P.args, **kwargs: P.kwargs) -> Upload:
        try:
            return take(*args, **kwargs)
        except OSError as error:
            log.error("a file cannot be taken: %s", error)
            raise NotTaken(why_not_kept(error), retry=True) from error

    return taking


@says_why
def take_file(owner: Any, file: Any, wanted: str = "", *, filename: str = "") -> Upload:
    """The owner's upload of this file; the one that is there already where it is the same.

    `wanted`: the kind of the field that it is for, empty where any will do. Raises NotTaken.
    """
    source, name = getattr(file, "file", file), shown_name(filename or getattr(file, "name", "") or "")
    head = read_head(source)
    found = format_of(head)
    if found.kind == "image":
        refuse_other(wanted, "image")
        return _keep_picture(owner, source, name)
    if found.kind != "media":
        raise NotTaken(_unknown(found, wanted))
    facts = measure(source, found)
    if wanted == "audio" and facts.kind == "video" and facts.has_sound:
        return take_sound(owner, source, found, name)
    refuse_other(wanted, facts.kind)
    if found in (WAV, W64) and not has_true_sizes(source):  # as programs write it into a pipe
        with cut(source, found) as whole:
            return take_file(owner, whole, wanted, filename=name)
    if facts.ends:  # a camera's trailer, or what else hangs behind, may tell where it was recorded
        with shortened(source, facts.ends) as whole:
            return take_file(owner, whole, wanted, filename=name)
    if not facts.says_where:
        return _keep_played(owner, source, found, name, facts)
    with without_place(source, found) as bare:
        found = format_of(read_head(bare))
        facts = measure(bare, found)
        if facts.says_where:
            raise NotTaken(STAYS)
        return _keep_played(owner, bare, found, name, facts)


def take_sound(owner: Any, source: Any, found: Format, name: str) -> Upload:
    """The sound of a video, where a recording is wanted."""
    with cut(source, found, sound_alone=True) as part:
        return take_file(owner, part, "audio", filename=f"{PurePosixPath(name).stem} (sound)")


def shown_name(name: str) -> str:
    """A file's name as the person had it, on one line."""
    plain = without_traps(name.replace("\\", "/").rpartition("/")[2]).strip()
    return plain[-NAME_LENGTH:] or "Untitled"


def refuse_other(wanted: str, kind: str) -> None:
    if wanted in WANTED and wanted != kind:
        raise NotTaken(OTHERWISE[wanted, kind])


def _unknown(found: Format, wanted: str) -> str:
    if found is EMPTY:
        return "This file is empty. Save it again, or choose another."
    way_on = f"Save it as {found.instead} first." if found.instead else WANTED.get(wanted, "")
    return f"This is {found.words}. {way_on or ' '.join(WANTED.values())}"


def _keep_picture(owner: Any, source: Any, name: str) -> Upload:
    with (picture := clean(source)).file as file:
        columns = {"width": picture.width, "height": picture.height}
        return store(owner, file, "image", picture.suffix, picture.content_type, name, picture.poster, **columns)


def _keep_played(owner: Any, source: Any, found: Format, name: str, facts: Facts) -> Upload:
    """A recording or a video. Programs that do not heed the shape of pixels would see squeezed pictures: what can be
    sent as it is gets square ones here, what is too long for that when a part is cut out.
    """
    if not facts.squeezed or facts.seconds > modes.SECONDS_MOST + 1:
        return _keep(owner, source, name, facts)
    with cut(source, found, seconds=facts.seconds) as part:
        return _keep(owner, part, name, measure(part, format_of(read_head(part))))


def _keep(owner: Any, source: Any, name: str, facts: Facts) -> Upload:
    columns = {"seconds": facts.seconds, "has_sound": facts.has_sound, "width": facts.width, "height": facts.height}
    return store(owner, source, facts.kind, facts.suffix, facts.content_type, name, facts.poster, **columns)


def store(
    owner: Any, file: IO[bytes], kind: str, suffix: str, content_type: str, filename: str, poster: bytes, **columns: Any
) -> Upload:
    """Into the store first, into the database second: a crash between leaves no row without its file."""
    sha256, size = sha256_of(file)
    name, small = f"uploads/{sha256}{suffix}", f"posters/upload-{sha256}.jpg" if poster else ""
    facts = {"kind": kind, "poster": small, "filename": filename, "content_type": content_type, "bytes": size}
    if is_local(default_storage):
        require_room(size + len(poster), Path(default_storage.path(name)).parent)
    for _ in range(TRIES):
        _put_all([(name, file), (small, io.BytesIO(poster))])
        upload = Upload.objects.remember(owner, sha256, name, {**facts, **columns})
        if upload:
            return upload
    raise NotTaken("The file could not be kept. Try again.")


def _put_all(files: list[tuple[str, IO[bytes]]]) -> None:
    try:
        for name, file in files:
            if name:
                put(name, file)
    except OSError as error:
        log.error("a file cannot be kept: %s", error)
        raise NotTaken(why_not_kept(error), retry=True) from error
    except NotStored as error:
        log.error("a file cannot be stored: %r", error.__cause__)
        why = f"The media store does not take files now: {in_words(error)}. Try again later."
        raise NotTaken(why, retry=True) from error


def require_room(size: int, folder: Path | None = None) -> None:
    """For so many bytes, where files are worked on or in another folder. Raises NotTaken."""
    try:
        settings.STUDIO_DISK_RESERVE.require(folder or Path(tempfile.gettempdir()), size)
    except NoRoom as error:
        log.error("a file is not taken, the disk is full: %s", error.strerror)
        raise NotTaken(why_not_kept(error), retry=True) from None


def why_not_kept(error: OSError) -> str:
    """In words for people, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"The studio's disk is full: {error.strerror or error}. Make room there, then try again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
        return (
            f"The studio may not write into its folder ({error.strerror or error}). Give it the right to write in "
            f"{settings.STUDIO_DATA_DIR}, then try again."
        )
    return f"The file cannot be kept: {error.strerror or error}. Try again; the studio's log says more."

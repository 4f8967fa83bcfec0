"""New files out of those that are there: a part, a frame, a copy."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import Any

from django.core.files.storage import default_storage

from studio.catalog import modes
from studio.generations.kept_video import KeptVideo
from studio.media.child import Waiting
from studio.media.formats import format_of, read_head
from studio.media.refusals import NotTaken
from studio.media.untrusted import cut, picture_at

from .intake import require_room, says_why, take_file
from .models import Upload

ENCODED = 50_000_000  # bytes that a part may be larger than what it is cut from
MOST_DIGITS = 32
GONE = "This file is not in the store any more."


def span_of(upload: Upload, start: str, seconds: str) -> tuple[Decimal, Decimal]:
    """Where a part begins that is so many `seconds` long, and where it ends. Raises NotTaken."""
    whole = upload.seconds
    if not whole:
        raise NotTaken("Only recordings and videos can be trimmed.")
    begin, length = _number(start, "0"), _number(seconds, str(modes.SECONDS_MOST))
    if not 0 <= begin < whole or length <= 0:
        raise NotTaken(f"Choose a part of the {whole.normalize():f} s that it has.")
    end = min(begin + length, whole)
    if end - begin < modes.SECONDS_LEAST:
        raise NotTaken(f"The part is too short: the API takes {modes.SECONDS_LEAST} to {modes.SECONDS_MOST} s.")
    require_room(int(upload.bytes * (end - begin) / whole) + ENCODED)
    return begin, end


@says_why
def part_of(upload: Upload, start: str, seconds: str, waiting: Waiting | None = None) -> Upload:
    """A part of a recording or a video. Raises NotTaken, and what `waiting` raises."""
    begin, end = span_of(upload, start, seconds)
    name = PurePosixPath(upload.filename).stem
    with opened(upload.name) as file:
        found = format_of(read_head(file))
        alone, least = upload.kind == "audio", modes.SECONDS_LEAST
        with cut(file, found, begin, end - begin, sound_alone=alone, least=least, waiting=waiting) as part:
            return take_file(upload.owner, part, upload.kind, filename=f"{name} ({_span(begin, end)})")


def moment_of(at: str) -> Decimal | None:
    """The first frame, the last (None), or the one that is shown at so many seconds. Raises NotTaken."""
    return None if at == "last" else _number("0" if at == "first" else at, "0")


@says_why
def frame_of(owner: Any, video: KeptVideo, at: str, waiting: Waiting | None = None) -> Upload:
    """A frame of a kept video as a picture. Raises NotTaken, and what `waiting` raises."""
    moment = moment_of(at)
    with opened(video.name) as file, picture_at(file, format_of(read_head(file)), moment, waiting) as picture:
        words = at if at in ("first", "last") else f"{moment} s"
        return take_file(owner, picture, "image", filename=f"Take {video.generation.pk}, {words} frame.png")


def same_file(owner: Any, video: KeptVideo) -> Upload:
    """A kept video among the uploads. Raises NotTaken."""
    with opened(video.name) as file:
        return take_file(owner, file, "video", filename=f"Take {video.generation.pk}{PurePosixPath(video.name).suffix}")


def opened(name: str) -> Any:
    try:
        return default_storage.open(name)
    except FileNotFoundError:
        raise NotTaken(GONE) from None


def _number(text: str, default: str) -> Decimal:
    try:
        number = Decimal(text.strip() or default)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < 1_000_000 or len(text) > MOST_DIGITS:
        raise NotTaken("Give the time in seconds, as a number.")
    return number


def _span(begin: Decimal, end: Decimal) -> str:
    return f"{round(begin, 1).normalize():f}–{round(end, 1).normalize():f} s"

"""What is found out about a file that somebody else wrote. Plain data: it comes from a child process."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import IO

from .checks import Kind


@dataclass(frozen=True)
class Facts:
    """Of a sound or a video. `kind` is "audio" or "video"; `seconds` to a thousandth; width and height as it is shown.
    `poster`: a JPEG. `says_where`: it tells where it was recorded, or may. `ends`: bytes of it, where others hang
    behind. `squeezed`: its pixels are not square, which many programs do not heed.
    """

    kind: str
    suffix: str
    content_type: str
    seconds: Decimal
    has_sound: bool
    width: int | None = None
    height: int | None = None
    poster: bytes = b""
    says_where: bool = False
    ends: int | None = None
    squeezed: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: `file` stands at its beginning."""

    file: IO[bytes]
    suffix: str
    content_type: str
    width: int
    height: int
    poster: bytes


@dataclass(frozen=True)
class VideoFacts:
    """As it is shown: `width` and `height` in pixels after any turn, `seconds` of the longest track, `frame_rate` in
    frames per second.
    """

    width: int
    height: int
    seconds: Decimal
    frame_rate: Decimal | None
    has_sound: bool


@dataclass(frozen=True)
class Examined:
    kind: Kind
    facts: VideoFacts
    poster: bytes  # a JPEG

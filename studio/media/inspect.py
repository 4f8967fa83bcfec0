"""What a sound or a video really holds: its packets are walked through, and some of them decoded."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, BinaryIO

from . import allowed
from .boxes import end_of_boxes
from .checks import Kind
from .facts import Facts
from .formats import AAC, AVI, FLAC, MKV, MOV, MP3, OGG, W64, WAV, WEBM, Format, is_cut_off
from .images import POSTER_SIDE, poster_of
from .place import says_where
from .refusals import BROKEN, CUT_OFF, NotTaken
from .shown import SQUARE, Look, picture_of, size_of, turn_of

MOST_BYTES = 1 << 30
MOST_SIDE, MOST_PIXELS, LEAST_SIDE = 8192, 36_000_000, 16
MOST_STREAMS = 32
MOST_SECONDS = 6 * 3600
MOST_PACKETS = 4_000_000
PATIENCE_SECONDS = 60.0
DECODED = 3  # frames of each stream
TRIED = 200  # packets, until one of them gives a frame
AGREES_SECONDS = 0.1
RUN_UP_SECONDS = 0.1  # sound may begin so much before 0: what a decoder is fed before it is heard
MISSING_SECONDS = 0.5
OPTIONS = {**allowed.OPTIONS, "probesize": "5000000", "analyzeduration": "5000000", "max_pixels": str(MOST_PIXELS)}
BUFFER = 1 << 18
_TYPES: dict[Format, tuple[str, str, str, str]] = {  # as a video, and as a recording
    MOV: (".mov", "video/quicktime", ".m4a", "audio/mp4"),
    WEBM: (".webm", "video/webm", ".webm", "audio/webm"),
    MKV: (".mkv", "video/x-matroska", ".mka", "audio/x-matroska"),
    AVI: (".avi", "video/x-msvideo", ".avi", "video/x-msvideo"),
    OGG: (".ogv", "video/ogg", ".ogg", "audio/ogg"),
    WAV: (".wav", "audio/wav", ".wav", "audio/wav"),
    W64: (".w64", "audio/x-w64", ".w64", "audio/x-w64"),
    MP3: (".mp3", "audio/mpeg", ".mp3", "audio/mpeg"),
    AAC: (".aac", "audio/aac", ".aac", "audio/aac"),
    FLAC: (".flac", "audio/flac", ".flac", "audio/flac"),
}
_MP4 = (".mp4", "video/mp4", ".m4a", "audio/mp4")


@dataclass
class Track:
    """What the walk found of one stream."""

    stream: Any
    look: Look = field(default_factory=Look)
    first: Fraction | None = None
    last: Fraction = Fraction(0)  # end
    packets: int = 0
    tried: int = 0
    frames: list[Any] = field(default_factory=list)

    def see(self, packet: Any) -> None:
        if packet.pts is not None and not packet.is_discard:  # what an edit leaves out counts for nothing
            start = packet.pts * packet.time_base
            end = start + (packet.duration or 0) * packet.time_base
            self.first = start if self.first is None else min(self.first, start)
            self.last, self.packets = max(self.last, end), self.packets + 1
        if len(self.frames) < DECODED and self.tried < TRIED:
            self.tried += 1
            self.decode(packet)

    def decode(self, packet: Any) -> None:
        import av

        with suppress(av.error.InvalidDataError):  # the first ones may lean on what came before
            self.frames += packet.decode()

    @property
    def claimed(self) -> Fraction:
        """Seconds, as its header says."""
        return Fraction((self.stream.duration or 0) * (self.stream.time_base or 0))

    @property
    def walked(self) -> Fraction:
        """Seconds, as its packets say."""
        first = self.first or Fraction(0)
        return max(self.last - (Fraction(0) if -RUN_UP_SECONDS < first < 0 else first), Fraction(0))

    @property
    def seconds(self) -> Decimal:
        """As its header says, where its packets agree; else as they say."""
        claimed, walked = self.claimed, self.walked
        found = claimed if claimed > 0 and abs(claimed - walked) <= AGREES_SECONDS else walked
        return Decimal(round(found * 1000)) / 1000


def measure(file: BinaryIO, found: Format) -> Facts:
    """What a sound or a video of this format holds. Nothing that it names is opened: the format is never guessed.

    Raises NotTaken.
    """
    import av

    size = file.seek(0, io.SEEK_END)
    if size > MOST_BYTES:
        raise NotTaken(f"This file is too large: {MOST_BYTES >> 30} GB is the most. Cut it to what you need first.")
    if is_cut_off(file, found, size):
        raise NotTaken(CUT_OFF.format(found.words))
    file.seek(0)
    try:
        with opened(file, found) as container:
            facts = _facts(found, _walked(container))
            return replace(facts, says_where=says_where(file, found, container), ends=_ends(file, found, size))
    except (av.error.FFmpegError, *BROKEN):
        raise NotTaken(f"This looks like {found.words}, but it cannot be played: it is damaged or cut off.") from None


def _ends(file: BinaryIO, found: Format, size: int) -> int | None:
    end = end_of_boxes(file) if found.demuxer == "mov" else None
    return end if end is not None and end < size else None


def opened(file: BinaryIO | str, found: Format | Kind, **options: str) -> Any:
    """By libav, and as what it is: the format is never guessed, and nothing that it names is opened."""
    import av

    options = OPTIONS | options
    return av.open(file, "r", format=found.demuxer, options=options, buffer_size=BUFFER, metadata_errors="replace")


def tracks_of(container: Any) -> list[Track]:
    """The first stream of pictures, if there is one that is no cover, and the first of sound."""
    import av

    if len(container.streams) > MOST_STREAMS:
        raise NotTaken("This file holds too many streams.")
    cover = av.stream.Disposition.attached_pic
    pictures = [stream for stream in container.streams.video if not stream.disposition & cover]
    tracks = [Track(stream) for stream in [*pictures[:1], *container.streams.audio[:1]]]
    for track in tracks:
        if not allowed.may_decode(track.stream):
            raise NotTaken("This file holds a codec that we do not know. Save it as MP4, or as MP3.")
        track.stream.codec_context.thread_count = 1
        if track.stream.type == "video":
            track.look = Look.of(track.stream)
    return tracks


def sound_of(container: Any) -> Any:
    """The first stream of sound. Raises NotTaken."""
    for track in tracks_of(container):
        if track.stream.type == "audio":
            return track.stream
    raise NotTaken("This file has no sound.")


def _walked(container: Any) -> list[Track]:
    tracks = tracks_of(container)
    for track in tracks:
        _check_frame(track.stream)
    by_stream = {track.stream.index: track for track in tracks}
    for packet in _packets(container, [track.stream for track in tracks]):
        by_stream[packet.stream.index].see(packet)
    return tracks


def _packets(container: Any, streams: list[Any]) -> Iterator[Any]:
    """All packets, within bounds."""
    if not streams:
        raise NotTaken("This file holds neither sound nor pictures.")
    until = time.monotonic() + PATIENCE_SECONDS
    for number, packet in enumerate(container.demux(streams)):
        if number > MOST_PACKETS or time.monotonic() > until:
            raise NotTaken("This file takes too long to read. Cut it to what you need first.")
        yield packet


def _check_frame(stream: Any) -> None:
    if stream.type != "video":
        return
    width, height = stream.codec_context.width, stream.codec_context.height
    if min(width, height) < LEAST_SIDE or max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise NotTaken(f"This video is {width} × {height}; each side has to be {LEAST_SIDE} to {MOST_SIDE:,} pixels.")


def _facts(found: Format, tracks: list[Track]) -> Facts:
    for track in tracks:
        if not track.frames:
            raise NotTaken(f"This looks like {found.words}, but it cannot be played: it is damaged or cut off.")
    if found == FLAC and tracks[0].claimed - tracks[0].walked > MISSING_SECONDS:
        raise NotTaken(CUT_OFF.format(found.words))
    main, has_sound = tracks[0], any(track.stream.type == "audio" for track in tracks)
    seconds = main.seconds + _before(tracks)
    if not 0 < seconds <= MOST_SECONDS:
        raise NotTaken("This file has no length that can be right. Save it anew.")
    video, video_type, audio, audio_type = _TYPES.get(found, _MP4)
    if main.stream.type == "audio":
        return Facts("audio", audio, audio_type, seconds, has_sound)
    frame, look = main.frames[0], main.look
    wide, high = size_of(frame.width, frame.height, look.stretch, turn_of(frame))
    poster = poster_of(picture_of(frame, look, POSTER_SIDE))
    squeezed = look.stretch != SQUARE
    return Facts("video", video, video_type, seconds, has_sound, wide, high, poster, squeezed=squeezed)


def _before(tracks: list[Track]) -> Decimal:
    """Seconds from the beginning of a video to its first picture: sound may come first."""
    starts = [track.first or Fraction(0) for track in tracks]
    before = starts[0] - min(starts)
    return Decimal(round(before * 1000)) / 1000 if before > RUN_UP_SECONDS else Decimal(0)

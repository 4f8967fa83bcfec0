"""What a sound or a video really holds, and whether it can be played to its end.

`measure` is for a person's own files, `examine` for videos that are to be kept.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from .boxes import end_of_boxes
from .checks import WEBM as KEPT_WEBM
from .checks import Broken, Kind, require_whole
from .facts import Examined, Facts, VideoFacts
from .formats import AAC, AVI, FLAC, MKV, MOV, MP3, OGG, W64, WAV, WEBM, Format, is_cut_off
from .images import POSTER_SIDE, poster_of
from .place import says_where
from .refusals import BROKEN, CUT_OFF, NotTaken
from .shown import SQUARE, Look, picture_of, size_of, turn_of

# Which parts of FFmpeg may read what others wrote: the fewer, the fewer faults of theirs can be used.
DEMUXERS = ("mov", "matroska", "avi", "wav", "w64", "mp3", "aac", "flac", "ogg")
_PICTURES = """
h264 hevc vp8 vp9 av1 libdav1d mpeg4 mpeg1video mpeg2video msmpeg4v2 msmpeg4 h263 mjpeg prores dnxhd cfhd ffv1 huffyuv
ffvhuff utvideo magicyuv qtrle rawvideo v210 dvvideo theora wmv1 wmv2 png svq3 cinepak
"""
_SOUNDS = """
aac aac_latm mp3 mp3float mp2 mp2float mp1float ac3 eac3 dca alac flac opus libopus vorbis speex wmav1 wmav2 gsm gsm_ms
amrnb amrwb libopencore_amrnb libopencore_amrwb adpcm_ms adpcm_ima_wav adpcm_ima_qt g722
pcm_alaw pcm_mulaw pcm_u8 pcm_s8 pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_s64le pcm_s64be
pcm_u16le pcm_u16be pcm_f32le pcm_f32be pcm_f64le pcm_f64be pcm_s16le_planar pcm_s16be_planar pcm_s24le_planar
pcm_s32le_planar pcm_s8_planar
"""
DECODERS = frozenset([*_PICTURES.split(), *_SOUNDS.split()])
# For `av.open`. No playlist, nothing that a file names elsewhere, no other protocol.
_ALLOWED = {
    "protocol_whitelist": "file",
    "format_whitelist": ",".join(DEMUXERS),
    "codec_whitelist": ",".join(sorted(DECODERS)),
    "enable_drefs": "0",
}

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
OPTIONS = {**_ALLOWED, "probesize": "5000000", "analyzeduration": "5000000", "max_pixels": str(MOST_PIXELS)}
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
MOST_KEPT_PIXELS = 8192 * 4608  # 8K: more than that only claims memory
_THOUSANDTH = Decimal("0.001")
_MISSING_SECONDS = 1  # that a whole WebM may end before the length that it tells
BOX = 4  # PIL's name for the mean of all pixels
WIDTH, QUALITY = 640, 84
SMALL = 32  # pixels: enough to tell light from dark
PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the length: where to look
DARK = 28  # of 255: below this mean, black, is 16
STEP, MOST_STEPS = 8, 12  # pictures from one look to the next, and looks, where all that stand for themselves are dark


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
        if not may_decode(track.stream):
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


def may_decode(stream: Any) -> bool:
    """Whether a stream of `av` is of a codec that may be opened here."""
    context = stream.codec_context
    return context is not None and context.name in DECODERS


# A person's own files -------------------------------------------------------------------------------------------------


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


# Videos that are kept -------------------------------------------------------------------------------------------------


def examine(path: Path) -> Examined:
    """Everything that is to be known of a video file. Raises Broken, for whatever a whole video would not do."""
    kind = require_whole(path)
    with _opened_video(path, kind) as (container, stream):
        look = Look.of(stream)
        _require_all_frames(container, stream, path.stat().st_size, kind)
        seconds = _seconds(container, stream)
        frame, picture = _poster(container, stream, look, _start(container), float(seconds))
        width, height = size_of(frame.width, frame.height, look.stretch, turn_of(frame))
        facts = VideoFacts(width, height, seconds, _rate(stream), bool(container.streams.audio))
    return Examined(kind, facts, picture)


@contextmanager
def _opened_video(path: Path, kind: Kind) -> Iterator[tuple[Any, Any]]:
    """A video and its pictures. Raises Broken, also for what libav says of it later on."""
    import av

    try:
        with opened(str(path), kind, max_pixels=str(MOST_KEPT_PIXELS)) as container:
            if not container.streams.video:
                raise Broken("the file holds no pictures")
            stream = container.streams.video[0]
            if not may_decode(stream):
                raise Broken("its pictures are of a kind that is not known here")
            if not 0 < stream.width * stream.height <= MOST_KEPT_PIXELS:
                raise Broken("its pictures are larger than 8K, or have no size")
            stream.thread_type, stream.codec_context.thread_count = "SLICE", 1  # one picture: more threads only cost
            yield container, stream
    except (av.FFmpegError, ValueError, EOFError) as error:
        raise Broken("the file is damaged", again=True) from error


def _require_all_frames(container: Any, stream: Any, size: int, kind: Kind) -> None:
    """What the file's own index names lies inside the file, and the last picture that stands for itself decodes."""
    is_webm = kind == KEPT_WEBM
    for each in container.streams:
        entries = each.index_entries
        if not is_webm and len(entries) and max(entry.pos + entry.size for entry in entries) > size:
            raise Broken("the file is cut off", again=True)
    seconds = _seconds(container, stream)
    if is_webm and _end(container) < seconds - _MISSING_SECONDS:
        raise Broken("the file is cut off", again=True)
    if _first_frame(container, stream, _start(container) + float(seconds)) is None:
        raise Broken("the file is damaged", again=True)


def _start(container: Any) -> float:
    """Where the file begins, which need not be 0, in seconds."""
    return max(container.start_time or 0, 0) / 1_000_000


def _end(container: Any) -> Decimal:
    """Seconds to where the last packet ends, of pictures or sound: either may outlast the other. Only of WebM, whose
    index tells no sizes: all of it is read, from the beginning, as somebody may have read it before.
    """
    last = Fraction(0)
    container.seek(max(container.start_time or 0, 0))
    for packet in container.demux():
        if packet.pts is not None and packet.time_base:
            last = max(last, (packet.pts + (packet.duration or 0)) * packet.time_base)
    return _thousandths(last - Fraction(max(container.start_time or 0, 0), 1_000_000))


def _seconds(container: Any, stream: Any) -> Decimal:
    """As the file tells it; measured where it tells none, as those that are recorded live do."""
    if container.duration:
        ends = "webm" in container.format.name  # what it tells is where it ends
        before = max(container.start_time or 0, 0) if ends else 0
        return (Decimal(max(container.duration - before, 0)) / 1_000_000).quantize(_THOUSANDTH)
    if stream.duration and stream.time_base:
        return _thousandths(stream.duration * stream.time_base)
    return _end(container)


def _rate(stream: Any) -> Decimal | None:
    rate = stream.average_rate or stream.guessed_rate
    return _thousandths(rate) if rate and 0 < rate < 1000 else None


def _thousandths(number: Fraction) -> Decimal:
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(_THOUSANDTH)


def _poster(container: Any, stream: Any, look: Look, start: float, seconds: float) -> tuple[Any, bytes]:
    """A picture from about a tenth of the way in, or from further on where that is black: the first that is not, else
    the brightest. Also as a JPEG, 640 pixels wide at most. Raises Broken where nothing can be decoded.
    """
    best, brightness = None, -1
    for frame in _candidates(container, stream, start, seconds):
        light = _brightness(frame)
        if light > brightness:
            best, brightness = frame, light
        if light >= DARK:
            break
    if best is None:
        raise Broken("the file is damaged", again=True)
    return best, _jpeg(picture_of(best, look, WIDTH))


def _brightness(frame: Any) -> int:
    small = frame.reformat(SMALL, SMALL, "gray", interpolation="AREA")
    image: Any = small.to_image()
    return int(image.resize((1, 1), BOX).tobytes()[0])


def _first_frame(container: Any, stream: Any, seconds: float) -> Any | None:
    """The last picture before this moment that can be decoded by itself; None where there is none. Where an edit hides
    that, as one does that was made by copying, the first that it shows.
    """
    container.seek(int(seconds * 1_000_000), backward=True)
    hidden = False
    for packet in container.demux(stream):
        if hidden or packet.is_keyframe or packet.dts is None:
            frames = stream.codec_context.decode(packet)
            hidden = packet.is_discard and not frames
            if not hidden:
                frames += stream.codec_context.decode(None)
                return frames[0] if frames else None
    return None


def _jpeg(image: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _candidates(container: Any, stream: Any, start: float, seconds: float) -> Iterator[Any]:
    seen = set()
    for place in PLACES:
        frame = _first_frame(container, stream, start + seconds * place)
        if frame is not None and frame.pts not in seen:
            seen.add(frame.pts)
            yield frame
    container.seek(int(start * 1_000_000))
    yield from islice(container.decode(stream), STEP, STEP * MOST_STEPS, STEP)

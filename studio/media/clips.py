"""What is made of a sound or a video: a part, one frame, or the same without where it was recorded."""

from __future__ import annotations

import io
import shutil
from decimal import Decimal
from fractions import Fraction
from typing import Any, BinaryIO

from .copying import NEAR_SECONDS, NotCopied, codec_of, copy_all, copy_part, start_of, walk, zero_of
from .encoding import encode_sound, encode_video
from .formats import AVI, FLAC, MKV, MP3, OGG, W64, WAV, WEBM, Format, format_of, read_head
from .place import STAYS, needless, track_of
from .probe import measure, opened, sound_of, tracks_of
from .refusals import BROKEN, NotTaken
from .shown import picture_of
from .wav import slice_wave

LONGEST_PACKET = 1  # seconds
NEAR_ENOUGH = Fraction(3, 100)  # seconds: lengths are asked for, and judged, to a tenth
WHOLE = Decimal(10_000_000)
_CUT_MUXERS = {MP3: "mp3", WAV: "wav", W64: "wav", FLAC: "flac", OGG: "ogg", WEBM: "webm"}
_WHOLE_MUXERS = {**_CUT_MUXERS, W64: "w64", MKV: "matroska", AVI: "avi"}
_SOUND_MUXERS = {"aac": "ipod", "mp3": "mp3", "opus": "ogg", "vorbis": "ogg", "flac": "flac", "pcm_s16le": "wav"}
CHUNK = 1 << 20
MOST_FRAMES = 20_000  # decoded on the way from the key frame before


def cut(
    file: BinaryIO,
    found: Format,
    out: str,
    start: Decimal = Decimal(0),
    seconds: Decimal = WHOLE,
    *,
    sound_alone: bool = False,
    least: int = 0,
) -> None:
    """Write the part to `out`. `sound_alone` leaves the pictures out. Where pictures are copied, the last few may have
    to stay out, but never so many that it gets shorter than `least` seconds. Raises NotTaken.
    """
    import av

    begin, end = Fraction(start), Fraction(start) + Fraction(seconds)
    try:
        seen = None if sound_alone or found in (WAV, W64) else walk(file, found)
        if seen:
            begin, end = begin + seen.zero, min(end + seen.zero, seen.end)
            try:
                copy_part(file, found, out, seen, begin, end, least)
            except (NotCopied, av.error.FFmpegError, *BROKEN):
                encode_video(file, found, out, seen, begin, end)
        elif not (found in (WAV, W64) and slice_wave(file, out, begin, end)):
            _cut_sound(file, found, out, begin, end)
    except (av.error.FFmpegError, *BROKEN):
        raise NotTaken("This part cannot be cut out. Trim the file with another program.") from None


def _cut_sound(file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction) -> None:
    import av

    try:
        _copy_closely(file, found, path, begin, end)
    except (NotCopied, av.error.FFmpegError, *BROKEN):
        encode_sound(file, found, path, begin, end)


def _copy(file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction) -> None:
    import av

    whole = begin == 0  # with what a decoder is fed before the very beginning
    zero = None
    file.seek(0, io.SEEK_SET)
    with opened(file, found) as source:
        stream = sound_of(source)
        start = start_of(stream)
        start = start if start > NEAR_SECONDS else Fraction(0)
        begin, end = begin + start, end + start
        muxer = _sound_muxer(found, stream)
        if muxer == "flac" and end - begin != WHOLE:
            raise NotCopied
        options = {"movflags": "+faststart"} if muxer == "ipod" else {}
        with av.open(path, "w", format=muxer, options=options) as out:
            made = out.add_stream_from_template(stream)
            for packet in source.demux(stream):
                if packet.pts is None or packet.dts is None:
                    continue
                time = packet.pts * packet.time_base
                hears = begin - 1 if whole else begin
                if not hears <= time + packet.duration * packet.time_base / 2 < end:  # to the nearest packet
                    continue
                if zero is None:
                    zero = max(time, begin) if whole else time
                shift = round(zero / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = made
                out.mux(packet)


def _copy_closely(file: BinaryIO, found: Format, path: str, begin: Fraction, end: Fraction) -> None:
    """A recording is copied by packets, and some are so long that the part would be refused for its length; and FLAC's
    header would go on telling the length of the whole. Raises NotCopied.
    """
    whole = end - begin == WHOLE
    if found in (WAV, W64) and not whole:
        raise NotCopied
    _copy(file, found, path, begin, end)
    if whole:
        return
    with open(path, "rb") as part:
        facts = measure(part, format_of(read_head(part)))
    off = abs(Fraction(facts.seconds) - (end - begin))
    if NEAR_ENOUGH < off < LONGEST_PACKET:  # more, where the recording ends before
        raise NotCopied


def _sound_muxer(found: Format, stream: Any) -> str:
    muxer = _CUT_MUXERS.get(found) or _SOUND_MUXERS.get(codec_of(stream), "")
    if not muxer:
        raise NotCopied
    return muxer


# Without the place ----------------------------------------------------------------------------------------------------


def without_place(file: BinaryIO, found: Format, out: str) -> None:
    """Write the same sound and pictures to `out`, without what tells where they were recorded. In MP4 and QuickTime
    files that is overwritten with noughts and called free: nothing else changes, not even where anything lies. Other
    files are copied packet by packet. Raises NotTaken.
    """
    import av

    try:
        if found.demuxer == "mov":
            with open(out, "wb") as copy:
                _blank(file, found, copy)
        else:
            copy_all(file, found, out, _WHOLE_MUXERS[found])
    except (NotCopied, av.error.FFmpegError, *BROKEN):
        raise NotTaken(STAYS) from None


def _blank(file: BinaryIO, found: Format, out: Any) -> None:
    """A copy, with noughts in place of what is not needed."""
    boxes = list(needless(file))
    samples = _samples_of(file, found, {track_of(file, box) for box in boxes if box.kind == b"trak"})
    file.seek(0)
    shutil.copyfileobj(file, out, CHUNK)
    for box in boxes:
        if box.kind:
            out.seek(box.at + 4)
            out.write(b"free")
        _write_noughts(out, box.begin, box.end)
    for begin, end in samples:
        _write_noughts(out, begin, end)


def _write_noughts(out: Any, begin: int, end: int) -> None:
    out.seek(begin)
    for at in range(begin, end, CHUNK):
        out.write(bytes(min(CHUNK, end - at)))


def _samples_of(file: BinaryIO, found: Format, tracks: set[int]) -> list[tuple[int, int]]:
    """Where the samples of these tracks lie, also those that an edit leaves out."""
    if not tracks:
        return []
    file.seek(0)
    with opened(file, found, ignore_editlist="1") as container:
        for _ in container.demux():  # the index of a fragmented file grows while it is read
            pass
        size = file.seek(0, io.SEEK_END)
        entries = (entry for stream in container.streams if stream.id in tracks for entry in stream.index_entries)
        return [(entry.pos, min(entry.pos + entry.size, size)) for entry in entries]


# Frames ---------------------------------------------------------------------------------------------------------------


def picture_at(file: BinaryIO, found: Format, out: str, seconds: Decimal | None) -> None:
    """Write a PNG of the frame that is shown at that moment, from the video's beginning; None is its last. What lies
    behind the end gives the last one too. Raises NotTaken.
    """
    import av

    file.seek(0, io.SEEK_SET)
    try:
        with opened(file, found) as container:
            _picture(container, seconds).save(out, "PNG", compress_level=4)
    except (av.error.FFmpegError, *BROKEN):
        raise NotTaken("No frame of this video can be read.") from None


def _picture(container: Any, seconds: Decimal | None) -> Any:
    tracks = tracks_of(container)
    streams = [track.stream for track in tracks]
    if not streams or streams[0].type != "video":
        raise NotTaken("This is no video.")
    stream = streams[0]
    moment = None if seconds is None else round((Fraction(seconds) + zero_of(streams)) / stream.time_base)
    return picture_of(_shown(container, stream, moment), tracks[0].look)


def _shown(container: Any, stream: Any, moment: int | None) -> Any:
    """The last frame that is shown at `moment` or before, in units of the stream."""
    target = _end(container, stream) if moment is None else moment
    if target > 0:
        container.seek(target, stream=stream, backward=True)
    best = None
    for number, frame in enumerate(container.decode(stream)):
        late = moment is not None and frame.pts is not None and frame.pts > moment
        if best is not None and (late or number > MOST_FRAMES):
            break
        best = frame
    if best is None:
        raise NotTaken("No frame of this video can be read.")
    return best


def _end(container: Any, stream: Any) -> int:
    """About where the pictures end, in units of the stream. Matroska tells only where the whole file does."""
    if stream.duration:
        return int((stream.start_time or 0) + stream.duration)
    return int(Fraction(container.duration or 0, 1_000_000) / Fraction(stream.time_base))

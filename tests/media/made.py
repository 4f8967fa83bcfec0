"""Sounds, videos and pictures made on the spot."""

from __future__ import annotations

import io
import math
import struct
from array import array
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
from PIL import Image

RATE, FPS = 48000, 24
GPS = 0x8825


@lru_cache
def video(
    seconds: float = 6,
    muxer: str = "mp4",
    codec: str = "libx264",
    sound: str = "aac",
    width: int = 160,
    height: int = 90,
    keys: int = 24,
    where: str = "",
) -> bytes:
    """A video whose grey tells its second; `sound` "" leaves it silent, `keys` is frames between key frames, `where`
    the place that its phone noted.
    """
    out = io.BytesIO()
    quick = {"libx264": {"preset": "veryfast"}, "libvpx": {"deadline": "realtime", "cpu-used": "8"}}
    options = {"g": str(keys), **quick.get(codec, {})}
    with av.open(out, "w", format=muxer) as file:
        if where:
            file.metadata["location"] = where
        picture = file.add_stream(codec, rate=FPS, options=options)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        track = file.add_stream(sound, rate=RATE, layout="mono") if sound else None
        for number in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_image(grey(number // FPS, width, height))
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            file.mux(picture.encode(frame))
        file.mux(picture.encode(None))
        if track:
            _tone(file, track, seconds)
    return out.getvalue()


def grey(second: int, width: int = 160, height: int = 90) -> Image.Image:
    return Image.new("RGB", (width, height), (16 + 8 * second,) * 3)


@lru_cache
def tone(seconds: float = 6, muxer: str = "wav", codec: str = "pcm_s16le") -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=muxer) as file:
        _tone(file, file.add_stream(codec, rate=RATE, layout="mono"), seconds)
    return out.getvalue()


def _tone(file: Any, stream: Any, seconds: float) -> None:
    samples = array("h", (round(9000 * math.sin(n / 20)) for n in range(round(seconds * RATE))))
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples), align=1)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    context = stream.codec_context
    resampler = av.AudioResampler(format=context.format.name, layout="mono", rate=RATE)
    fifo = av.AudioFifo()
    for piece in resampler.resample(frame):
        fifo.write(piece)
    size, number = context.frame_size or 1024, 0
    while (piece := fifo.read(size, partial=fifo.samples < size)) is not None:
        piece.pts, piece.time_base = number, Fraction(1, RATE)
        number += piece.samples
        file.mux(stream.encode(piece))
    file.mux(stream.encode(None))


def picture(kind: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """Its upper left quarter is bright, so that one sees how it is turned."""
    image = Image.new("RGB", size, (30, 30, 30))
    image.paste((220, 220, 220), (0, 0, size[0] // 2, size[1] // 2))
    out = io.BytesIO()
    image.convert(mode).save(out, kind, **options)
    return out.getvalue()


def telltale(turned: int = 6) -> bytes:
    """A picture that says where it was taken, by whom and with what, and how it is to be turned."""
    exif = Image.Exif()
    exif[0x0112], exif[0x013B], exif[0x0110] = turned, "Ada Lovelace", "Telltale Mark II"
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 0.0)})
    return picture(exif=exif, comment=b"at home", xmp=b"<x:xmpmeta>Ada Lovelace</x:xmpmeta>")


def lying_down(seconds: float = 8) -> bytes:
    """A video as phones make them: recorded lying down, with a note that it is to be turned to the right."""
    content = bytearray(video(seconds, sound="", keys=240))
    at = content.index(struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30), content.index(b"tkhd"))
    content[at : at + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 90 << 16, 0, 1 << 30)
    return bytes(content)

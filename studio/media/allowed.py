"""Which parts of FFmpeg may read what others wrote: the fewer, the fewer faults of theirs can be used."""

from __future__ import annotations

from typing import Any

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
OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": ",".join(DEMUXERS),
    "codec_whitelist": ",".join(sorted(DECODERS)),
    "enable_drefs": "0",
}


def may_decode(stream: Any) -> bool:
    """Whether a stream of `av` is of a codec that may be opened here."""
    context = stream.codec_context
    return context is not None and context.name in DECODERS

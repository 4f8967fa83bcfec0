"""Small files that claim to be much larger than they are, box by box."""

from __future__ import annotations

import struct
import zlib

MANY = 80_000_000


def box(kind: str, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind.encode()) + content


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


FTYP = box("ftyp", b"isom", numbers(512), b"isomiso2avc1mp41")
MATRIX = numbers(65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
AVC1 = box(
    "avc1", bytes(6), b"\0\1", bytes(16), struct.pack(">HH", 320, 240), numbers(72 << 16, 72 << 16, 0), b"\0\1",
    bytes(32), b"\0\x18\xff\xff", box("avcC", bytes.fromhex("0142c01effe100046742c01e01000468ce3c80")),
)  # fmt: skip
SOWT = box("sowt", bytes(6), b"\0\1", bytes(8), struct.pack(">HHHHI", 2, 16, 0, 0, 48000 << 16))


def table(kind: str, *values: int, count: int | None = None, each: int = 1) -> bytes:
    """A table as it is, or one that claims another `count`."""
    return box(kind, numbers(0, len(values) // each if count is None else count), numbers(*values))


def track(*tables: bytes, handler: bytes = b"vide", entry: bytes = AVC1, edits: bytes = b"", seconds: int = 5) -> bytes:
    head = box("tkhd", numbers(7, 0, 0, 1, 0, seconds * 1000, 0, 0, 0, 0), MATRIX, numbers(320 << 16, 240 << 16))
    about = box("mdhd", numbers(0, 0, 0, 1000, seconds * 1000), b"\x55\xc4\0\0")
    handled = box("hdlr", numbers(0, 0), handler, bytes(13))
    kind = box("vmhd", numbers(1, 0, 0)) if handler == b"vide" else box("smhd", numbers(0, 0))
    places = box("dinf", box("dref", numbers(0, 1), box("url ", numbers(1))))
    described = box("stsd", numbers(0, 1), entry)
    return box(
        "trak", head, edits, box("mdia", about, handled, box("minf", kind, places, box("stbl", described, *tables)))
    )


def movie(*tracks: bytes, behind: bytes = b"", data: bytes = bytes(64), packed: bool = False) -> bytes:
    head = box("mvhd", numbers(0, 0, 0, 1000, 5000, 65536, 1 << 24, 0, 0), MATRIX, bytes(24), numbers(9))
    content = head + b"".join(tracks) + behind
    if packed:
        whole = box("moov", content)
        content = box("cmov", box("dcom", b"zlib"), box("cmvd", numbers(len(whole)), zlib.compress(whole, 9)))
    return FTYP + box("moov", content) + box("mdat", data)


def plain(count: int, size: int = 1, **options: object) -> bytes:
    """A track of so many samples of one size, which is said in twelve bytes."""
    tables = (
        table("stts", count, 1, each=2), table("stsc", 1, count, 1, each=3), box("stsz", numbers(0, size, count)),
        table("stco", 1000),
    )  # fmt: skip
    return track(*tables, **options)  # type: ignore[arg-type]


def fragmented(count: int, size: int = 1, flags: int = 0, runs: int = 1) -> bytes:
    trex = box("mvex", box("trex", numbers(0, 1, 1, 40, size, 0)))
    empty = track(table("stts"), table("stsc"), box("stsz", numbers(0, 0, 0)), table("stco"))
    run = box("trun", numbers(flags, count))
    return movie(empty, behind=trex) + b"".join(
        box("moof", box("mfhd", numbers(0, n + 1)), box("traf", box("tfhd", numbers(0x20000, 1)), run))
        + box("mdat", bytes(64))
        for n in range(runs)
    )


def edited(edits: int, samples: int) -> bytes:
    """Each edit names all samples once more."""
    table_ = box("edts", box("elst", numbers(0, edits), numbers(5000, 0, 65536) * edits))
    tables = (
        table("stts", samples, 40, each=2), table("stsc", 1, samples, 1, each=3),
        box("stsz", numbers(0, 1, samples)), table("stco", 1000), table("stss", 1),
    )  # fmt: skip
    return movie(track(*tables, edits=table_), data=bytes(samples + 2000))


def chunked(chunks: int, each: int) -> bytes:
    """Plain sound: an entry for each thousand samples that a chunk claims."""
    tables = (
        table("stts", 48000, 1, each=2), table("stsc", 1, each, 1, each=3), box("stsz", numbers(0, 1, 48000)),
        table("stco", *[1000] * chunks),
    )  # fmt: skip
    return movie(track(*tables, handler=b"soun", entry=SOWT), data=bytes(100_000))


def element(kind: str, *parts: bytes, claims: int | None = None) -> bytes:
    content = b"".join(parts)
    size = len(content) if claims is None else claims
    return bytes.fromhex(kind) + (size | 1 << 56).to_bytes(8) + content


EBML = element("1a45dfa3", element("4282", b"webm"), element("4287", b"\2"), element("4285", b"\2"))
INFO = element("1549a966", element("2ad7b1", (1_000_000).to_bytes(3)))
VP8 = element(
    "ae", element("d7", b"\1"), element("73c5", b"\1"), element("83", b"\1"), element("86", b"V_VP8"),
    element("e0", element("b0", b"\1\x40"), element("ba", b"\0\xf0")),
)  # fmt: skip


def matroska(*parts: bytes) -> bytes:
    return EBML + element("18538067", INFO, *parts)


def chunk(kind: bytes, content: bytes, claims: int | None = None) -> bytes:
    return kind + struct.pack("<I", len(content) if claims is None else claims) + content + bytes(len(content) % 2)


def avi(streams: list[bytes], behind: bytes = b"") -> bytes:
    """`streams`: what stands in each stream's list behind its head."""
    avih = chunk(b"avih", struct.pack("<14I", 40000, 0, 0, 0x10, 100, 0, len(streams), 0, 320, 240, 0, 0, 0, 0))
    strh = chunk(b"strh", b"vidsMJPG" + struct.pack("<12I", 0, 0, 0, 1, 25, 0, 100, 0, 0, 0, 0, 0))
    strf = chunk(b"strf", struct.pack("<IiiHH6I", 40, 320, 240, 1, 24, 0x47504A4D, 0, 0, 0, 0, 0))
    lists = b"".join(chunk(b"LIST", b"strl" + strh + strf + extra) for extra in streams)
    body = chunk(b"LIST", b"hdrl" + avih + lists) + chunk(b"LIST", b"movi") + behind
    return chunk(b"RIFF", b"AVI " + body)


def index_of_indexes(times: int, entries: int) -> bytes:
    """An AVI whose outer index names the same inner one again and again."""
    head = struct.pack("<HBBI4sIII", 4, 0, 0, times, b"00dc", 0, 0, 0)
    inner = struct.pack("<HBBI4sQI", 2, 0, 1, entries, b"00dc", 0, 0) + struct.pack("<II", 8, 100) * entries

    def made(place: int) -> bytes:
        outer = head + struct.pack("<QII", place, 8 + len(inner), entries) * times
        return avi([chunk(b"indx", outer)], chunk(b"ix00", inner))

    return made(made(0).rindex(b"ix00"))

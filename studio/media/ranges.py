"""Byte ranges of HTTP, so that a browser can seek in a video without fetching all of it. Pure: no I/O."""

import re

_SINGLE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range lies wholly outside the file: answer 416 with `Content-Range: bytes */<size>`."""


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The slice `start, stop` (stop excluded) of a file of `size` bytes that a `Range` header asks for.

    All of it, however long: programs that fetch take a shorter 206 for the end of the file. None means that the whole
    file is to be served, with 200: there is no header, it is not understood, or it asks for several ranges at once
    (RFC 9110, 14.2).

    Raises Unsatisfiable.
    """
    match = _SINGLE.fullmatch(header or "")
    if match is None:
        return None
    first, last = match.groups()
    if first:
        return _from_start(int(first), int(last) if last else None, size)
    return _suffix(int(last), size) if last else None


def content_range(start: int, stop: int, size: int) -> str:
    """The value of `Content-Range` for a slice."""
    return f"bytes {start}-{stop - 1}/{size}"


def _from_start(start: int, last: int | None, size: int) -> tuple[int, int] | None:
    if last is not None and last < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, size if last is None else min(last + 1, size)


def _suffix(length: int, size: int) -> tuple[int, int]:
    if length == 0 or size == 0:
        raise Unsatisfiable
    return max(0, size - length), size

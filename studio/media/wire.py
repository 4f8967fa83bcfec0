"""How the studio and its child processes speak: four bytes of length, then JSON."""

from __future__ import annotations

import base64
import json
import os
from decimal import Decimal
from typing import Any

LONGEST = 16 << 20  # bytes


class Garbled(Exception):
    """What came is no message."""


def encoded(message: dict[str, Any]) -> bytes:
    text = json.dumps(message, default=_plain).encode()
    return len(text).to_bytes(4) + text


def send(handle: int, message: dict[str, Any]) -> None:
    rest = memoryview(encoded(message))
    while rest:
        rest = rest[os.write(handle, rest) :]


def receive(handle: int) -> dict[str, Any] | None:
    """The next message; None at the end."""
    head = _read(handle, 4)
    text = _read(handle, length(head)) if len(head) == 4 else b""
    return decoded(text) if text else None


def length(head: bytes) -> int:
    """Of the message that comes behind these four bytes. Raises Garbled."""
    size = int.from_bytes(head)
    if size > LONGEST:
        raise Garbled
    return size


def decoded(text: bytes) -> dict[str, Any]:
    """Raises Garbled."""
    try:
        message = json.loads(text, object_hook=_rich)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise Garbled from error
    if not isinstance(message, dict):
        raise Garbled
    return message


def _read(handle: int, size: int) -> bytes:
    """So many bytes, fewer at the end."""
    parts = bytearray()
    while len(parts) < size and (part := os.read(handle, size - len(parts))):
        parts += part
    return bytes(parts)


def _plain(value: object) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    raise TypeError(type(value))


def _rich(value: dict[str, Any]) -> Any:
    if value.keys() == {"decimal"}:
        return Decimal(value["decimal"])
    if value.keys() == {"bytes"}:
        return base64.b64decode(value["bytes"])
    return value

"""One request and its whole, small answer."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from .connection import FAULTS, Connection, TooLarge, reason

ANSWER_LIMIT = 1024 * 1024  # bytes of a body, packed or unpacked
WIRE_LIMIT = ANSWER_LIMIT + 128 * 1024  # the same with status line, headers and chunk marks


@dataclass(frozen=True)
class Answer:
    """A whole answer. `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Fault:
    """No whole answer. `sent`: the request, or a part of it, may have left. `stale`: the connection was a kept one, and
    closed. `body`: what came all the same.

    It does not hold the error, whose frames hold the request and with it the key.
    """

    reason: str
    sent: bool
    stale: bool
    status: int | None
    body: bytes


def exchange(
    connection: Connection,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    start_by: float = math.inf,
) -> Answer | Fault:
    """Connects, sends one request, once, and reads its answer; redirects are answers.

    After `start_by` (`time.monotonic()`) nothing is sent. Never raises for what the network or the server does.
    """
    status, came = None, bytearray()
    try:
        connection.connect()
        if time.monotonic() >= start_by:
            raise TimeoutError
        connection.request(method, target, body, headers, preload_content=False)
        response = connection.getresponse()
        status = response.status
        # read1 keeps what came before a fault, and unpacks no more than it is asked for.
        while piece := response.read1(65536, decode_content=True):
            came += piece
            if len(came) > ANSWER_LIMIT:
                raise TooLarge
        return Answer(status, response.headers, bytes(came))
    except FAULTS as error:
        connection.close()
        return Fault(reason(error, sent=connection.sent), connection.sent, False, status, bytes(came))

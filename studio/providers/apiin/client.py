"""The client of the API: one paid call, one free one."""

import json
import math
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

from urllib3.exceptions import LocationParseError
from urllib3.util import Timeout, Url, parse_url

from studio.catalog.request import GenerationRequest
from studio.net.connection import AUTHORITIES, Connection, Deadline, connection_to
from studio.net.exchange import WIRE_LIMIT, Answer, Fault, exchange
from studio.net.session import Session

from ..base import Accepted, Inputs, NotSent, Progress, TryLater, Uncertain, no_inputs
from .keyless import Keyless
from .replies import read_check, read_poll, read_submit

_MADE_UP_TASK = "dailies-key-check"
_IDLE_MOST = 200  # kept connections


class Client:
    """Speaks to one provider with one key. May be shared by threads.

    `base`: the API's address, with a path and without a query, e.g. `https://apiin.one/api/v1`. `submit_seconds` and
    `poll_seconds` bound a whole call, `connect_seconds` its dialling and, once more, its TLS handshake. `authorities`:
    the file of certificate authorities to trust. Proxies, certificates and passwords that the
    environment names are not used.

    Raises ValueError for an address or a key that cannot be sent; the key is in no error, answer, log or repr.
    """

    def __init__(
        self,
        base: str,
        key: str,
        *,
        submit_seconds: float = 60,
        poll_seconds: float = 15,
        connect_seconds: float = 5,
        authorities: str = AUTHORITIES,
    ) -> None:
        self._base = _parse_base(base)
        self._path = self._base.path or ""
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("The API key has to be printable ASCII without blanks.")
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # nothing to unpack, so no small answer that becomes a large one
            "User-Agent": "Dailies",
        }
        self._keyless = Keyless(key)
        self._submit_seconds, self._poll_seconds = submit_seconds, poll_seconds
        self._connect_seconds, self._authorities = connect_seconds, authorities
        self._polls = Session(_IDLE_MOST, authorities)

    def __repr__(self) -> str:
        return f"Client(base={self._base.url!r})"

    def submit(self, request: GenerationRequest | Mapping[str, Any], *, start_by: float = math.inf) -> Accepted:
        """Asks for one video: the one call that costs. Sent once, over a connection of its own.

        `request` may be the API's JSON as a dict, which is sent as it is. After `start_by` (`time.monotonic()`) it is
        rather not sent: a process that was stopped for a while may have lost the right to.
        Raises NotSent, Refused, Uncertain, TryLater or AccountTrouble; each says what it means for the money. Raises
        TypeError or ValueError, before anything is sent, for a dict that JSON cannot hold.
        """
        content = request.to_api() if isinstance(request, GenerationRequest) else dict(request)
        body = json.dumps(content, allow_nan=False).encode()
        headers = {**self._headers, "Content-Type": "application/json", "Connection": "close"}
        # What took half its time to connect would most likely be cut off before the answer: rather not sent at all.
        start_by = min(start_by, time.monotonic() + self._submit_seconds / 2)
        with closing(self._connection(Deadline(self._submit_seconds))) as connection:
            target = f"{self._path}/videos/generations"
            answer = exchange(connection, "POST", target, headers, body, start_by=start_by)
        if isinstance(answer, Answer):
            return read_submit(answer.status, answer.body, answer.headers, self._keyless)
        if not answer.sent:
            raise _not_sent(answer)
        raise Uncertain(
            f"The request was sent to the provider, but no whole answer came back: {answer.reason}.",
            raw=self._keyless.raw(answer.body),
            http_status=answer.status,
        )

    def status(self, task_id: str, inputs: Inputs = no_inputs) -> Progress:
        """Asks how far a task is. Free; may be repeated for ever. `inputs` gives the links that it was asked for with,
        and is called only where an answer may repeat one of them.

        Raises TryLater, UnknownTask or AccountTrouble.
        """
        answer = self._get(task_id)
        if isinstance(answer, Fault):
            raise self._later(answer)
        return read_poll(answer.status, answer.body, answer.headers, self._keyless, inputs)

    def check(self) -> None:
        """Returns when the provider accepts the key, asking it about a task that does not exist. Free.

        Raises AccountTrouble where the key is wrong, NotSent where the provider cannot be reached, TryLater where its
        answer does not tell.
        """
        answer = self._get(_MADE_UP_TASK)
        if isinstance(answer, Fault):
            raise self._later(answer) if answer.sent else _not_sent(answer)
        read_check(answer.status, answer.body, answer.headers, self._keyless)

    def close(self) -> None:
        """Closes the connections that are kept for further polls."""
        self._polls.close()

    def _get(self, task_id: str) -> Answer | Fault:
        """One poll, over a kept connection where there is one."""
        timeout = Timeout(total=self._poll_seconds, connect=self._connect_seconds)
        return self._polls.ask(f"{self._base.url}/tasks/{_segment(task_id)}", self._headers, timeout)

    def _connection(self, deadline: Deadline) -> Connection:
        return connection_to(
            self._base, deadline, self._authorities, connect_seconds=self._connect_seconds, most_bytes=WIRE_LIMIT
        )

    def _later(self, fault: Fault) -> TryLater:
        error = TryLater(
            f"The provider could not be asked: {fault.reason}.",
            raw=self._keyless.raw(fault.body),
            http_status=fault.status,
        )
        error.short = f"HTTP {fault.status}, but {fault.reason}" if fault.status else f"none, {fault.reason}"
        return error


def _parse_base(base: str) -> Url:
    """The address without a slash at its end."""
    try:
        url = parse_url(base.rstrip("/"))
    except LocationParseError:
        url = Url()
    if url.scheme not in ("http", "https") or not url.host or url.auth or url.query or url.fragment:
        raise ValueError("The API's address has to be an http or https URL of a host and a path.")
    return url


def _segment(task_id: str) -> str:
    """A task id as one segment of a path, whatever it is made of."""
    if task_id in (".", ".."):
        return task_id.replace(".", "%2E")
    return quote(task_id, safe="", errors="replace")


def _not_sent(fault: Fault) -> NotSent:
    return NotSent(f"Nothing was sent to the provider: {fault.reason}.")

"""The client of the API: one paid call, one free one."""

import json
import math
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from studio.catalog.request import GenerationRequest

from ..base import NotSent, TryLater, Uncertain
from .envelope import Inputs
from .keyless import Keyless
from .replies import Accepted, Progress, no_inputs, read_check, read_poll, read_submit
from .wire import Answer, Exchange, Fault, Session

_MADE_UP_TASK = "dailies-key-check"
_IDLE_MOST = 200  # kept connections


class Client:
    """Speaks to one provider with one key. May be shared by threads.

    `base`: the API's address, with a path and without a query, e.g. `https://apiin.one/api/v1`. `submit_seconds` and
    `poll_seconds` bound a whole call, `connect_seconds` its dialling and, once more, its TLS handshake. `verify`: a
    file of certificate authorities to trust instead of the usual ones. Proxies, certificates and passwords that the
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
        verify: Literal[True] | str = True,
    ) -> None:
        self._base = _normal(base)
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("The API key has to be printable ASCII without blanks.")
        secure, authorities = self._base.startswith("https:"), DEFAULT_CA_BUNDLE_PATH if verify is True else verify
        self._context = ssl.create_default_context(cafile=authorities) if secure else None
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # nothing to unpack, so no small answer that becomes a large one
            "User-Agent": "Dailies",
        }
        self._keyless = Keyless(key)
        self._submit_seconds, self._poll_seconds = submit_seconds, poll_seconds
        self._connect_seconds = connect_seconds
        self._polls = Session(self._context, _IDLE_MOST)

    def __repr__(self) -> str:
        return f"Client(base={self._base!r})"

    def submit(self, request: GenerationRequest | Mapping[str, Any], *, start_by: float = math.inf) -> Accepted:
        """Asks for one video: the one call that costs. Sent once, over a connection of its own.

        `request` may be the API's JSON as a dict, which is sent as it is. After `start_by` (`time.monotonic()`) it is
        rather not sent: a process that was stopped for a while may have lost the right to.
        Raises NotSent, Refused, Uncertain, TryLater or AccountTrouble; each says what it means for the money. Raises
        TypeError or ValueError, before anything is sent, for a dict that JSON cannot hold.
        """
        content = request.to_api() if isinstance(request, GenerationRequest) else dict(request)
        body = json.dumps(content, allow_nan=False).encode()
        # What took half its time to be sent would most likely be cut off before the answer: rather not sent at all.
        start_within = min(self._submit_seconds / 2, start_by - time.monotonic())
        exchange = Exchange(self._submit_seconds, self._connect_seconds, start_within=start_within)
        with Session(self._context) as session:
            answer = session.exchange(self._request("POST", "/videos/generations", body), exchange)
        if isinstance(answer, Answer):
            return read_submit(answer.status, answer.body, answer.headers, self._keyless)
        if answer.unsent:
            raise _not_sent(answer)
        raise Uncertain(
            f"The request was sent to the provider, but no whole answer came back: {answer.why}.",
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
            raise _not_sent(answer) if answer.unsent else self._later(answer)
        read_check(answer.status, answer.body, answer.headers, self._keyless)

    def close(self) -> None:
        """Closes the connections that are kept for further polls."""
        self._polls.close()

    def _get(self, task_id: str) -> Answer | Fault:
        """One poll: over a kept connection, and if that turns out to be dead over a new one."""
        request = self._request("GET", f"/tasks/{_segment(task_id)}")
        exchange = Exchange(self._poll_seconds, self._connect_seconds)
        answer = self._polls.exchange(request, exchange)
        if isinstance(answer, Fault) and answer.stale:
            with Session(self._context) as session:
                return session.exchange(request, exchange)
        return answer

    def _request(self, method: str, path: str, body: bytes | None = None) -> requests.PreparedRequest:
        more = {"Content-Type": "application/json", "Connection": "close"} if body else {}
        request = requests.Request(method, self._base, {**self._headers, **more}, data=body).prepare()
        request.url = self._base + path  # set afterwards: preparing would make "..", a step up, of "%2E%2E"
        return request

    def _later(self, fault: Fault) -> TryLater:
        error = TryLater(
            f"The provider could not be asked: {fault.why}.",
            raw=self._keyless.raw(fault.body),
            http_status=fault.status,
        )
        error.short = f"HTTP {fault.status}, but {fault.why}" if fault.status else f"none, {fault.why}"
        return error


def _normal(base: str) -> str:
    with suppress(ValueError):
        url = urlsplit(requests.Request("GET", base).prepare().url or "")
        extras = "@" in url.netloc or url.query or url.fragment
        if url.scheme in ("http", "https") and url.hostname and not extras:
            return url.geturl().rstrip("/")
    raise ValueError("The API's address has to be an http or https URL of a host and a path.")


def _segment(task_id: str) -> str:
    """A task id as one segment of a path, whatever it is made of."""
    if task_id in (".", ".."):
        return task_id.replace(".", "%2E")
    return quote(task_id, safe="", errors="replace")


def _not_sent(fault: Fault) -> NotSent:
    return NotSent(f"Nothing was sent to the provider: {fault.why}.")

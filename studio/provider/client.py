"""The client of the API: one paid call, one free one."""

import json
import socket
import ssl
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from studio.catalog.request import GenerationRequest

from .errors import NotSent, TryLater, Uncertain
from .keyless import Keyless
from .replies import Accepted, Progress, read_check, read_poll, read_submit
from .wire import Answer, BrokenAnswer, Connection, Deadline, Fault

_MADE_UP_TASK = "dailies-key-check"
_IDLE_MOST = 8  # kept connections
_FAULT_WORDS: list[tuple[type[Exception], str]] = [  # the first that fits; follows "the provider:"
    (socket.gaierror, "its name cannot be found"),
    (TimeoutError, "it took too long"),
    (ConnectionRefusedError, "it refuses connections"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (ssl.SSLError, "the secure connection failed"),
]


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
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError("The API's address has to be an http or https URL of a host and a path.")
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("The API key has to be printable ASCII without blanks.")
        secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if secure else 80)
        authorities = DEFAULT_CA_BUNDLE_PATH if verify is True else verify
        self._context = ssl.create_default_context(cafile=authorities) if secure else None
        self._path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~")
        self._base = f"{parts.scheme}://{parts.netloc}{self._path}"
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # nothing to unpack, so no small answer that becomes a large one
            "User-Agent": "Dailies",
        }
        self._keyless = Keyless(key)
        self._submit_seconds, self._poll_seconds = submit_seconds, poll_seconds
        self._connect_seconds = connect_seconds
        self._idle: deque[Connection] = deque()  # taken and given back by threads: each step is atomic

    def __repr__(self) -> str:
        return f"Client(base={self._base!r})"

    def submit(self, request: GenerationRequest | Mapping[str, Any]) -> Accepted:
        """Asks for one video: the one call that costs. Sent once, over a connection of its own.

        `request` may be the API's JSON as a dict, which is sent as it is.
        Raises NotSent, Refused, Uncertain, TryLater or AccountTrouble; each says what it means for the money. Raises
        TypeError or ValueError, before anything is sent, for a dict that JSON cannot hold.
        """
        content = request.to_api() if isinstance(request, GenerationRequest) else dict(request)
        body = json.dumps(content, allow_nan=False).encode()
        headers = {**self._headers, "Content-Type": "application/json", "Connection": "close"}
        connection = self._connect()
        # What took half its time to be sent would most likely be cut off before the answer: rather not sent at all.
        deadline = Deadline(self._submit_seconds, start_within=self._submit_seconds / 2)
        answer = connection.exchange("POST", f"{self._path}/videos/generations", headers, body, deadline)
        connection.close()
        if isinstance(answer, Answer):
            return read_submit(answer.status, answer.body, answer.headers, self._keyless)
        if not answer.sent:
            raise _not_sent(answer)
        raise Uncertain(
            f"The request was sent to the provider, but no whole answer came back: {_words(answer)}.",
            raw=self._keyless.raw(answer.body),
            http_status=answer.status,
        )

    def status(self, task_id: str) -> Progress:
        """Asks how far a task is. Free; may be repeated for ever.

        Raises TryLater, UnknownTask or AccountTrouble.
        """
        answer = self._get(task_id)
        if isinstance(answer, Fault):
            raise self._later(answer)
        return read_poll(answer.status, answer.body, answer.headers, self._keyless)

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
        for connection in self._take_kept():
            connection.close()

    def _connect(self) -> Connection:
        return Connection(self._host, self._port, self._context, self._connect_seconds)

    def _get(self, task_id: str) -> Answer | Fault:
        """One poll: over a kept connection, and if that turns out to be dead over a new one."""
        target = f"{self._path}/tasks/{_segment(task_id)}"
        deadline = Deadline(self._poll_seconds)
        connection = self._kept() or self._connect()
        was_kept = connection.sock is not None
        answer = connection.exchange("GET", target, self._headers, None, deadline)
        if was_kept and _went_stale(answer):
            connection = self._connect()
            answer = connection.exchange("GET", target, self._headers, None, deadline)
        self._keep(connection)
        return answer

    def _kept(self) -> Connection | None:
        for connection in self._take_kept():
            if connection.reusable:
                return connection
            connection.close()
        return None

    def _take_kept(self) -> Iterator[Connection]:
        while True:
            try:
                yield self._idle.pop()
            except IndexError:
                return

    def _keep(self, connection: Connection) -> None:
        if connection.reusable and len(self._idle) < _IDLE_MOST:
            self._idle.append(connection)
        else:
            connection.close()

    def _later(self, fault: Fault) -> TryLater:
        return TryLater(
            f"The provider could not be asked: {_words(fault)}.",
            raw=self._keyless.raw(fault.body),
            http_status=fault.status,
        )


def _segment(task_id: str) -> str:
    """A task id as one segment of a path, whatever it is made of."""
    if task_id in (".", ".."):
        return task_id.replace(".", "%2E")
    return quote(task_id, safe="", errors="replace")


def _went_stale(answer: Answer | Fault) -> bool:
    """Whether a kept connection was closed at the other end before it answered."""
    return isinstance(answer, Fault) and answer.status is None and not isinstance(answer.error, TimeoutError)


def _not_sent(fault: Fault) -> NotSent:
    return NotSent(f"Nothing was sent to the provider: {_words(fault)}.")


def _words(fault: Fault) -> str:
    """A fault in words for people; never the error's own text, which may quote what was sent."""
    if isinstance(fault.error, BrokenAnswer):
        return str(fault.error)
    words = (said for kind, said in _FAULT_WORDS if isinstance(fault.error, kind))
    return next(words, "the connection broke" if fault.sent else "it cannot be reached")

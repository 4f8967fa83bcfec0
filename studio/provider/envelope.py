"""Takes an answer of the API apart, as far as it can be read, in every shape that has been seen.

Documented: `{"code", "message", "data": {"task_id", "status"}}` and `{"error": {"code", "message", "type"}}`. Seen on
the provider's other pages, its sister sites and in public clients: `{"id", "status", "model", "created_at"}`, and the
places for the link, the failure and the credits that are listed below.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from studio.catalog.links import is_http_link

from .keyless import Keyless

_TASK_ID_LIMIT = 200  # characters
_LINK_LIMIT = 8192
_WORD_LIMIT = 100
_WORDS_LIMIT = 1000
_CREDITS_LIMIT = 1_000_000
_WAIT_LIMIT = 86400.0  # seconds


class Headers(Protocol):
    """The headers of an answer: a dict, or those of urllib3."""

    def items(self) -> Iterable[tuple[str, str]]: ...


@dataclass(frozen=True)
class Envelope:
    """One answer. `top` and `data` are empty where the answer holds no such object; `readable` is whether it is a JSON
    object at all."""

    http_status: int
    headers: Headers
    raw: str
    readable: bool
    top: dict[str, Any]
    data: dict[str, Any]
    keyless: Keyless

    @property
    def code(self) -> int:
        """The status that counts: in 2xx an `error.code` or `code` of 400 or more stands for the HTTP status."""
        if 200 <= self.http_status < 300:
            for code in (whole(_object(self.top.get("error")).get("code")), whole(self.top.get("code"))):
                if code is not None and code >= 400:
                    return code
        return self.http_status

    @property
    def task_id(self) -> str | None:
        """From `data.task_id`, `data.id`, `task_id` or `id`: the first that can be one."""
        places = [(self.data, "task_id"), (self.data, "id"), (self.top, "task_id"), (self.top, "id")]
        return self._first_id(*(box.get(name) for box, name in places))

    @property
    def named_task_id(self) -> str | None:
        """From a place that holds no request's id, as an `id` beside an error may be."""
        return self._first_id(self.data.get("task_id"), self.data.get("id"), self.top.get("task_id"))

    def _first_id(self, *values: Any) -> str | None:
        return next((found for found in map(_task_id, values) if found and not self.keyless.is_in(found)), None)

    @property
    def status_word(self) -> str:
        """From `data.status` or `status`, as the provider writes it; "" where there is none."""
        words = (box.get("status") for box in (self.data, self.top))
        return next((self._clean(word, _WORD_LIMIT) for word in words if isinstance(word, str) and word.strip()), "")

    @property
    def credits(self) -> int | None:
        """`consumed_credits`, in `data` or beside it."""
        amounts = (whole(box.get("consumed_credits")) for box in (self.data, self.top))
        return next((amount for amount in amounts if amount is not None and 0 <= amount <= _CREDITS_LIMIT), None)

    @property
    def video_url(self) -> str | None:
        """The first absolute http or https link in a place that we know."""
        links = (link for box in (self.data, self.top) for link in _links(box))
        return next((link for link in links if _is_link(link) and not self.keyless.is_in(link)), None)

    @property
    def words(self) -> str:
        """What the provider says is wrong, on one line; "" where it says nothing."""
        error = self.top.get("error")
        inner = self.data.get("error")
        for said in (
            self.data.get("error_message"),
            inner,
            _object(inner).get("message"),
            error,
            _object(error).get("message"),
            self.top.get("error_message"),
            self.top.get("message"),
        ):
            if isinstance(said, str) and said.strip() and said.strip().lower() != "success":
                return self._clean(said, _WORDS_LIMIT)
        return ""

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, from either form of `Retry-After`; at most a day."""
        values = (value for name, value in self.headers.items() if name.lower() == "retry-after")
        return _seconds(next(values, "").strip())

    def _clean(self, text: str, limit: int) -> str:
        """One line that any database can hold, without the key."""
        # With room to spare, so that a key which crosses the limit is seen, but not a whole MiB.
        text = text[: 20 * _WORDS_LIMIT]
        visible = "".join(character if character.isprintable() else " " for character in text)
        return self.keyless.hide(" ".join(visible.split()))[:limit]


def open_envelope(http_status: int, body: bytes, headers: Headers, keyless: Keyless) -> Envelope:
    """Never fails: what cannot be read is an envelope that is not `readable`."""
    content = _json(body)
    top = _object(content)
    data = top.get("data")
    if isinstance(data, list):
        data = next((item for item in data if isinstance(item, dict)), None)
    return Envelope(http_status, headers, keyless.raw(body), isinstance(content, dict), top, _object(data), keyless)


def whole(value: Any) -> int | None:
    """A whole number from an int, an integral float or digits in a string; None for all else, true and false too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) < 20 and value.strip().isascii() and value.strip().isdigit():
        return int(value)
    return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # broken, another encoding, a number of too many digits, nested too deep
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _task_id(value: Any) -> str | None:
    """Any text without blanks: what a URL cannot hold is escaped when it is polled, for a paid take hangs on it."""
    number = whole(value)
    text = str(number) if number and not isinstance(value, str) else value
    if not isinstance(text, str):
        return None
    text = text.strip()
    usable = text.isprintable() and not any(character.isspace() for character in text)
    return text if usable and 0 < len(text) <= _TASK_ID_LIMIT else None


def _links(box: dict[str, Any]) -> list[Any]:
    response = box.get("response")
    first = response[0] if isinstance(response, list) and response else response
    return [first, _object(box.get("output")).get("video_url"), box.get("video_url")]


def _is_link(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LINK_LIMIT and is_http_link(value)


def _seconds(wait: str) -> float | None:
    if wait.isascii() and wait.isdigit():
        return min(float(wait[:9]), _WAIT_LIMIT)
    try:
        moment = parsedate_to_datetime(wait)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:  # "-0000": UTC, from a machine that does not know its zone
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), _WAIT_LIMIT)

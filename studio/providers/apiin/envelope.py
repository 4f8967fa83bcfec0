"""Takes an answer of the API apart, as far as it can be read, in every shape that has been seen.

Documented: `{"code", "message", "data": {"task_id", "status"}}` and `{"error": {"code", "message", "type"}}`. Seen on
the provider's other pages, its sister sites and in public clients: `{"id", "status", "model", "created_at"}`, and the
places for the status, the failure and the credits that are listed below; `links` knows those for the video.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from ..base import Inputs
from .amounts import amount
from .keyless import Keyless
from .links import Links
from .reasons import is_reason, said

_TASK_ID_LIMIT = 200  # characters
_WORD_LIMIT = 64
_WORDS_LIMIT = 1000
_WAIT_LIMIT = 86400.0  # seconds

_STATUS = ("status", "task_status", "state")
_REASONS = (
    "error_message", "error", "fail_reason", "failure_reason", "error_msg", "fail_msg", "task_status_msg", "detail",
    "errors",
)  # fmt: skip
_LESS_CLEAR = ("message", "msg", "reason")  # may be of the asking instead of the take
_CHARGED, _RESERVED = ("consumed_credits", "credits_consumed"), ("credits_reserved", "reserved_credits")


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
    def task_word(self) -> str:
        """The status word in `data`, which is certainly the task's; "" where there is none."""
        return self._word(self.data)

    @property
    def status_word(self) -> str:
        """The status word as the provider writes it; "" where there is none. Beside an object of the task, "ok" and
        "success" tell only that the asking went well.
        """
        word = self._word(self.top)
        return self.task_word or ("" if self.data and word.lower() in ("ok", "success") else word)

    def _word(self, box: dict[str, Any]) -> str:
        words = (box.get(name) for name in _STATUS)
        return next((self._clean(word, _WORD_LIMIT) for word in words if isinstance(word, str) and word.strip()), "")

    @property
    def credits(self) -> Decimal | None:
        """What the provider says that it took."""
        return self._amount(_CHARGED)

    @property
    def reserved(self) -> Decimal | None:
        """What it has set aside for the take, which is no charge yet."""
        return self._amount(_RESERVED)

    def _amount(self, names: tuple[str, ...]) -> Decimal | None:
        """In `data`, beside it, or in an object of either, as in `usage`. A nought may only mean "not yet"."""
        boxes = [self.data, self.top, *_objects_in(self.data), *_objects_in(self.top)]
        found = [each for box in boxes for name in names if (each := amount(box.get(name))) is not None]
        return next((each for each in found if each), next(iter(found), None))

    def known_link(self, inputs: Inputs) -> str | None:
        """The link to the video, where it is in a place that we know. `inputs`: the links that the take was asked for
        with.
        """
        boxes = (self.data, self.top)
        if not any(Links({}).known(boxes)):
            return None
        return self._usable(Links(inputs()).known(boxes))

    def only_link(self, inputs: Inputs) -> str | None:
        """The one link in the whole answer that may be it."""
        found = list(Links(inputs()).anywhere(self.top))
        return self._usable(iter(found)) if len(found) == 1 else None

    def _usable(self, links: Iterator[str]) -> str | None:
        return next((link for link in links if not self.keyless.is_in(link)), None)

    @property
    def words(self) -> str:
        """What the provider says is wrong, on one line; "" where it says nothing."""
        places = [(box, name) for names in (_REASONS, _LESS_CLEAR) for box in (self.data, self.top) for name in names]
        reasons = (said(box.get(name)) for box, name in places)
        return next((self._clean(reason, _WORDS_LIMIT) for reason in reasons if is_reason(reason)), "")

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


def _objects_in(box: dict[str, Any]) -> list[dict[str, Any]]:
    return [value for value in box.values() if isinstance(value, dict)]


def _task_id(value: Any) -> str | None:
    """Any text without blanks: what a URL cannot hold is escaped when it is polled, for a paid take hangs on it."""
    number = whole(value)
    text = str(number) if number and not isinstance(value, str) else value
    if not isinstance(text, str):
        return None
    text = text.strip()
    usable = text.isprintable() and not any(character.isspace() for character in text)
    return text if usable and 0 < len(text) <= _TASK_ID_LIMIT else None


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

"""What a provider can do, and what can go wrong with it, told apart by what it means for the money."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

State = Literal["running", "succeeded", "failed"]
Inputs = Callable[[], Mapping[str, str]]  # asked only where an answer holds a link at all


@dataclass(frozen=True)
class Accepted:
    """The provider took the request and will charge for it. `credits`: what it said it takes, `reserved`: what it said
    it sets aside until then; None where it did not.

    `raw`: the answer as text, without the key, at most 64 KiB.
    """

    task_id: str
    status_word: str
    credits: Decimal | None
    raw: str
    reserved: Decimal | None = None


@dataclass(frozen=True)
class Progress:
    """Where a task stands.

    `status_word` is the provider's own, `known_word` whether we have seen it before. An unknown one, or none, is
    running, but with a link to a video it is an end.
    `video_url` is set on success only, and None there too where no link is the video's without doubt: then it is
    somewhere in `raw`. `message` is what the provider says about a failure, "" where it says nothing.
    `credits`, `reserved` and `raw` as in Accepted.
    """

    state: State
    status_word: str
    known_word: bool
    video_url: str | None
    credits: Decimal | None
    message: str
    raw: str
    reserved: Decimal | None = None


def no_inputs() -> Mapping[str, str]:
    """Of a take that was asked for with words alone."""
    return {}


class Provider(Protocol):
    """The program that speaks to one account. May be shared by threads."""

    def submit(self, request: Mapping[str, Any], *, start_by: float) -> Accepted:
        """Asks for one video: the one call that costs. Sent once, and not after `start_by` (`time.monotonic()`).

        Raises NotSent, Refused, Uncertain, TryLater or AccountTrouble; each says what it means for the money.
        """

    def status(self, task_id: str, inputs: Inputs = no_inputs) -> Progress:
        """Asks how far a task is. Free; may be repeated for ever. `inputs` gives the links that it was asked for with.

        Raises TryLater, UnknownTask or AccountTrouble.
        """

    def check(self) -> None:
        """Returns when the provider accepts the key. Free. Raises AccountTrouble, NotSent or TryLater."""


class ProviderError(Exception):
    """The provider did not do what was asked. Never raised itself: its subclasses say whether it may cost.

    `message`: plain words for people, which may quote the provider's.
    `raw`: the answer as text, without the key, at most 64 KiB; "" where there was none.
    `http_status`: the answer's HTTP status, None where there was none.
    `retry_after`: seconds that the provider asked to wait, None where it did not.
    `short`: what came instead of an answer, in a few words, as in "HTTP 500".
    """

    short = ""

    def __init__(
        self,
        message: str,
        *,
        raw: str = "",
        http_status: int | None = None,
        retry_after: float | None = None,
        code: int = 0,
        reason: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.raw, self.http_status, self.retry_after = message, raw, http_status, retry_after
        self.code, self.reason = code, reason


class NotSent(ProviderError):
    """Not a byte of the request left this machine. Nothing is charged; it may be sent again."""


class Refused(ProviderError):
    """A definite refusal: the request was read and turned down. Not charged; sending the same again is of no use.

    `code`: the status that counts, from the HTTP answer or from the envelope inside it.
    """


class Uncertain(ProviderError):
    """The request may have arrived, and nobody can ask. It may be charged; never send it again by itself."""


class TryLater(ProviderError):
    """Safe to repeat. On a submit this is 429: turned away unread, not charged. On a poll, any passing fault."""


class AccountTrouble(ProviderError):
    """The provider turned the account away, not the request: not charged. The same will happen to every other request.

    `reason`: "key" (401, or 403 on a poll: the key is wrong) or "credits" (402: the balance is too low).
    """


class UnknownTask(ProviderError):
    """The provider does not know this task id, for now or for good. Says nothing about whether it was charged."""

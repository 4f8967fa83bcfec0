"""What can go wrong with the provider, told apart by what it means for the money."""


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
        self, message: str, *, raw: str = "", http_status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.raw = raw
        self.http_status = http_status
        self.retry_after = retry_after


class NotSent(ProviderError):
    """Not a byte of the request left this machine. Nothing is charged; it may be sent again."""


class Refused(ProviderError):
    """A definite refusal: the request was read and turned down. Not charged; sending the same again is of no use.

    `code`: the status that counts, from the HTTP answer or from the envelope inside it.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int,
        raw: str = "",
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, raw=raw, http_status=http_status, retry_after=retry_after)
        self.code = code


class Uncertain(ProviderError):
    """The request may have arrived, and nobody can ask. It may be charged; never send it again by itself."""


class TryLater(ProviderError):
    """Safe to repeat. On a submit this is 429: turned away unread, not charged. On a poll, any passing fault."""


class AccountTrouble(ProviderError):
    """The provider turned the account away, not the request: not charged. The same will happen to every other request.

    `reason`: "key" (401, or 403 on a poll: the key is wrong) or "credits" (402: the balance is too low).
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        raw: str = "",
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, raw=raw, http_status=http_status, retry_after=retry_after)
        self.reason = reason


class UnknownTask(ProviderError):
    """The provider does not know this task id, for now or for good. Says nothing about whether it was charged."""

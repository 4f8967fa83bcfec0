"""Every answer of the API as a small typed result, or as the error that says what it means for the money. Pure."""

import re

from ..base import (
    Accepted,
    AccountTrouble,
    Inputs,
    Progress,
    ProviderError,
    Refused,
    State,
    TryLater,
    Uncertain,
    UnknownTask,
    no_inputs,
)  # fmt: skip
from .envelope import Envelope, Headers, open_envelope
from .keyless import Keyless

# Words that have been seen, in lower case with "_" between them, and their nearest kin.
RUNNING_WORDS = frozenset({
    "in_progress", "not_start", "not_started", "pending", "queued", "queueing", "queuing", "in_queue", "waiting",
    "submitted", "starting", "started", "processing", "running", "generating", "rendering",
})  # fmt: skip
SUCCEEDED_WORDS = frozenset({
    "completed", "complete", "success", "successful", "succeeded", "succeed", "done", "finished", "finish", "ok",
})  # fmt: skip
FAILED_WORDS = frozenset({
    "failed", "failure", "fail", "error", "errored", "canceled", "cancelled", "expired", "timeout", "timed_out",
    "time_out", "rejected", "aborted", "terminated",
})  # fmt: skip
# A word that speaks of moderation or a filter is an end, unless it says that somebody is still at it.
_MODERATION = re.compile(r"moderat|filter|nsfw|safety|unsafe|sensitive|flagged|blocked|banned|prohibit|violat|censor")
_STILL_AT_IT = re.compile(r"ing$|pending|await|waiting|queue|check|review|progress|pass|approv|^(pre|in|under)_")


_NO_KEY = Keyless()


def read_submit(http_status: int, body: bytes, headers: Headers, keyless: Keyless = _NO_KEY) -> Accepted:
    """The answer to `POST /videos/generations`. `keyless` takes the key out of a text.

    Raises AccountTrouble, TryLater, Refused or Uncertain, and nothing else whatever the answer is.
    """
    answer = open_envelope(http_status, body, headers, keyless)
    if answer.code < 200 or answer.code >= 300:
        raise _submit_error(answer)
    if answer.task_id is None:
        what = "gave no task id" if answer.readable else "could not be read"
        raise _error(Uncertain, answer, f"The provider's answer {what}, so this may have been accepted and charged.")
    return Accepted(answer.task_id, answer.status_word, answer.credits, answer.raw, answer.reserved)


def read_poll(
    http_status: int, body: bytes, headers: Headers, keyless: Keyless = _NO_KEY, inputs: Inputs = no_inputs
) -> Progress:
    """The answer to `GET /tasks/{task_id}`. `keyless` takes the key out of a text. `inputs`: by parameter, the links
    that the take was asked for with, which the answer may repeat.

    Raises AccountTrouble, UnknownTask or TryLater, and nothing else whatever the answer is.
    """
    answer = open_envelope(http_status, body, headers, keyless)
    if 200 <= http_status < 300 and _tells_the_end(answer):
        return _progress(answer, inputs)  # the failure of a take may come with an error of its own, in place of ours
    if answer.code < 200 or answer.code >= 300:
        raise _poll_error(answer)
    if not answer.readable:
        raise _error(TryLater, answer, "The provider's answer could not be read.")
    progress = _progress(answer, inputs)
    if progress.state == "running" and not answer.status_word and not answer.data and answer.words:
        raise _error(TryLater, answer, "The provider reports an error")
    return progress


def read_check(http_status: int, body: bytes, headers: Headers, keyless: Keyless = _NO_KEY) -> None:
    """The answer to a poll of a task that does not exist: returns where it shows that the key was accepted.

    Raises AccountTrouble or TryLater.
    """
    answer = open_envelope(http_status, body, headers, keyless)
    if answer.code in (400, 404, 422):
        return
    if answer.code < 200 or answer.code >= 300:
        raise _poll_error(answer)
    if not answer.readable:  # somebody else's page, or not the API's address
        raise _error(TryLater, answer, "The provider's answer could not be read.")


def _tells_the_end(answer: Envelope) -> bool:
    """Whether a final status word is certainly the task's: beside an error, "error" may be about the asking."""
    word = answer.status_word.lower()
    of_task = answer.task_word or answer.named_task_id or word not in ("error", "success", "ok")
    return bool(of_task) and _state(word)[0] != "running"


def _progress(answer: Envelope, inputs: Inputs) -> Progress:
    word = answer.status_word
    state, known = _state(word)
    link = answer.known_link(inputs) if state == "succeeded" or not known else None
    if link:
        state = "succeeded"
    elif state == "succeeded":
        link = answer.only_link(inputs)
    return Progress(
        state=state,
        status_word=word,
        known_word=known,
        video_url=link,
        credits=answer.credits,
        message=answer.words if state == "failed" else "",
        raw=answer.raw,
        reserved=answer.reserved,
    )


def _state(word: str) -> tuple[State, bool]:
    """What a word means, and whether that is certain."""
    word = re.sub(r"[\s_-]+", "_", word.strip().lower())
    if word in SUCCEEDED_WORDS:
        return "succeeded", True
    if word in FAILED_WORDS:
        return "failed", True
    if _MODERATION.search(word) and not _STILL_AT_IT.search(word):
        return "failed", False
    return "running", word in RUNNING_WORDS


def _submit_error(answer: Envelope) -> ProviderError:
    code = answer.code
    if 200 <= answer.http_status < 300 and answer.named_task_id:
        # An error and a task id in one answer contradict each other: not to be sent again on the strength of either.
        return _error(Uncertain, answer, f"The provider answered with an error ({code}) and a task id at once")
    if code in (401, 402):
        return _account_trouble(answer)
    if code == 429:
        return _error(TryLater, answer, "The provider takes no more requests for the moment")
    if 400 <= code < 500 and code not in (408, 409):
        message = _with_words(f"The provider refused this request ({code})", answer)
        return Refused(message, code=code, raw=answer.raw, http_status=answer.http_status)
    return _error(Uncertain, answer, f"The provider answered with an error ({code}), so this may have been charged")


def _poll_error(answer: Envelope) -> ProviderError:
    if answer.code in (401, 403):
        return _account_trouble(answer)
    if answer.code == 404:
        return _error(UnknownTask, answer, "The provider does not know this task")
    return _error(TryLater, answer, f"The provider cannot say how far this is ({answer.code})")


def _account_trouble(answer: Envelope) -> AccountTrouble:
    reason, message = "key", "The provider does not accept the API key"
    if answer.code == 402:
        reason, message = "credits", "The provider says that the account has too few credits"
    message = _with_words(message, answer)
    error = AccountTrouble(message, reason=reason, raw=answer.raw, http_status=answer.http_status)
    error.short = _in_short(answer)
    return error


def _error(
    kind: type[Uncertain] | type[TryLater] | type[UnknownTask], answer: Envelope, message: str
) -> Uncertain | TryLater | UnknownTask:
    message = _with_words(message, answer)
    error = kind(message, raw=answer.raw, http_status=answer.http_status, retry_after=answer.retry_after)
    error.short = _in_short(answer)
    return error


def _in_short(answer: Envelope) -> str:
    code = f", error {answer.code}" if answer.code != answer.http_status else ""
    words = answer.words if answer.readable else "no JSON object"
    return f"HTTP {answer.http_status}{code}" + (f": {words}" if words else "")


def _with_words(message: str, answer: Envelope) -> str:
    message = message.rstrip(".")
    return f"{message}: {answer.words}" if answer.words else f"{message}."

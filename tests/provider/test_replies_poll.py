"""Every shape that an answer to a poll has been seen in, or may come in."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.provider import AccountTrouble, ProviderError, Refused, TryLater, Uncertain, UnknownTask
from studio.provider.replies import read_check, read_poll, read_submit

LINK = "https://cdn.example/v.mp4?sign=a%2Fb"


def poll(status: int, body: object, **headers: str):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_poll(status, content, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("word", "state", "known"),
    [
        ("IN_PROGRESS", "running", True), ("pending", "running", True), ("processing", "running", True),
        ("Pending", "running", True), ("COMPLETED", "succeeded", True), ("completed", "succeeded", True),
        ("SUCCESS", "succeeded", True), ("success", "succeeded", True), ("Succeeded", "succeeded", True),
        ("FAILED", "failed", True), ("failed", "failed", True), ("ERROR", "failed", True), ("error", "failed", True),
        ("WARMING_UP", "running", False), ("canceled", "running", False), (" completed ", "succeeded", True),
    ],
)  # fmt: skip
def test_status_words_are_compared_without_case_and_an_unknown_one_is_running(word, state, known):
    for body in ({"code": 200, "message": "success", "data": {"status": word}}, {"id": "n50", "status": word}):
        progress = poll(200, body)
        assert (progress.state, progress.known_word, progress.status_word) == (state, known, word.strip())


@pytest.mark.parametrize("body", [{}, {"data": None}, {"code": 200, "message": "success", "data": {}}, {"status": 7}])
def test_an_answer_without_a_status_is_still_running(body):
    progress = poll(200, body)
    assert (progress.state, progress.known_word, progress.status_word) == ("running", False, "")


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"status": "SUCCESS", "response": [LINK]}},
        {"data": {"status": "COMPLETED", "response": [LINK, "https://cdn.example/second.mp4"]}},
        {"data": {"status": "completed", "output": {"video_url": LINK}}},
        {"data": {"status": "completed", "video_url": LINK}},
        {"data": [{"status": "completed", "video_url": LINK}]},
        {"status": "completed", "output": {"video_url": LINK}},
        {"id": "n50", "status": "completed", "video_url": LINK, "data": None},
        {"data": {"status": "completed", "response": [None], "output": "x", "video_url": LINK}},
        {"data": {"status": "completed", "response": ["/v.mp4"], "output": {"video_url": LINK}}},
    ],
)
def test_the_link_is_found_in_every_place(body):
    progress = poll(200, body)
    assert (progress.state, progress.video_url) == ("succeeded", LINK)


@pytest.mark.parametrize(
    "link",
    ["", "/v.mp4", "//cdn.example/v.mp4", "javascript:alert(1)", "ftp://cdn.example/v", "file:///etc/passwd",
     "https://", "https://cdn.example/a b", "https://[::1", "https://cdn.example/\ud83e",
     "https://a/" + "b" * 9000, 7, None, [], {}],
)  # fmt: skip
def test_a_success_without_a_link_that_we_know_is_a_success_all_the_same(link):
    progress = poll(200, {"data": {"status": "completed", "response": [link], "video_url": link, "file": LINK}})
    assert (progress.state, progress.video_url) == ("succeeded", None)
    assert LINK in progress.raw


def test_a_link_counts_only_once_the_take_succeeded():
    assert poll(200, {"data": {"status": "processing", "video_url": LINK}}).video_url is None


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"status": "FAILED", "error_message": "Bad face"}},
        {"data": {"status": "FAILED", "error": "Bad face"}},
        {"data": {"status": "FAILED", "error": {"message": "Bad face"}}},
        {"data": {"status": "FAILED", "error_message": "", "error": {"code": 1, "message": "Bad face"}}},
        {"status": "failed", "error": {"message": "Bad face"}},
        {"status": "failed", "error": "Bad face"},
        {"message": "Bad face", "data": {"status": "failed", "error_message": None}},
    ],
)
def test_the_reason_of_a_failure_is_found_in_every_place(body):
    assert (poll(200, body).state, poll(200, body).message) == ("failed", "Bad face")


@pytest.mark.parametrize(
    "body",
    [
        {"code": 200, "data": {"status": "failed", "error": {"code": 400, "message": "Bad face"}}},
        {"code": 200, "data": {"status": "ERROR", "code": 500, "error": {"code": "500", "message": "Bad face"}}},
        {"code": 400, "message": "Bad face", "data": {"status": "failed"}},
        {"error": {"code": 500, "message": "Bad face"}, "data": {"status": "error"}},
        {"task_id": "n50", "status": "error", "error": {"code": 400, "message": "Bad face"}},
        {"id": "n50", "status": "failed", "error": {"code": 400, "message": "Bad face"}},
        {"status": "failed", "error": {"code": 404, "message": "Bad face"}},
    ],
)
def test_a_failed_take_with_an_error_of_its_own_is_a_failure_of_the_take(body):
    assert (poll(200, body).state, poll(200, body).message) == ("failed", "Bad face")


def test_a_take_that_is_done_is_done_whatever_the_envelope_says():
    for body in ({"code": 500, "data": {"status": "SUCCESS", "video_url": LINK}}, {"code": 500, "status": "completed"}):
        assert poll(200, body).state == "succeeded"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, {"code": 500, "data": {"status": "processing"}}, TryLater),
        (200, {"code": 404, "data": {"status": "unheard of"}}, UnknownTask),
        (200, {"code": 429, "status": "error", "message": "Too fast"}, TryLater),
        (200, {"code": 401, "status": "error", "id": "request-1"}, AccountTrouble),
        (200, {"code": 500, "status": "success"}, TryLater),
        (500, {"data": {"status": "failed"}}, TryLater),
    ],
)
def test_an_error_beside_no_final_word_on_the_take_is_about_the_poll(status, body, error):
    with pytest.raises(error):
        poll(status, body)


def test_success_is_not_the_reason_of_a_failure():
    assert poll(200, {"code": 200, "message": "success", "data": {"status": "failed"}}).message == ""


def test_credits_are_read_from_a_poll_too():
    assert poll(200, {"data": {"status": "completed", "consumed_credits": 76}}).credits == 76


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (401, AccountTrouble), (403, AccountTrouble), (404, UnknownTask), (402, TryLater), (400, TryLater),
        (408, TryLater), (409, TryLater), (410, TryLater), (422, TryLater), (429, TryLater), (500, TryLater),
        (503, TryLater),
    ],
)  # fmt: skip
def test_an_error_on_a_poll_never_fails_a_take(code, error):
    said = {"code": code, "message": "Too bad"}
    for status, body in ((code, {"error": said}), (200, {"error": said}), (200, said), (code, b"<html>")):
        with pytest.raises(error) as caught:
            poll(status, body, Retry_After="3")
        assert type(caught.value) is error
        assert getattr(caught.value, "retry_after", None) == (None if error is AccountTrouble else 3)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"data":{"sta', b"\xff\xfe", b"[" * 100_000, [], 7, "x", None])
def test_an_answer_that_cannot_be_read_is_asked_for_again(body):
    with pytest.raises(TryLater):
        poll(200, body)


@pytest.mark.parametrize("body", [{"error": "overloaded"}, {"error": {"message": "overloaded"}, "data": None}])
def test_an_error_without_a_code_is_asked_about_again(body):
    with pytest.raises(TryLater, match="overloaded"):
        poll(200, body)


NAMES = st.sampled_from(
    ["code", "data", "error", "message", "error_message", "status", "id", "task_id", "response", "output", "video_url"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
ANYTHING = st.recursive(
    LEAVES | st.sampled_from(["failed", "completed", "402", LINK]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
HEADERS = st.dictionaries(st.sampled_from(["Retry-After", "x"]), st.text(max_size=40), max_size=2)


def error_of(read, *answer):
    try:
        read(*answer)
    except ProviderError as error:
        return error
    return None


@settings(max_examples=150, deadline=None)
@given(
    status=st.integers(100, 999) | st.just(200),
    body=ANYTHING.map(lambda content: json.dumps(content).encode()) | st.binary(max_size=40),
    headers=HEADERS,
)
def test_whatever_the_answer_is_only_our_own_errors_are_raised(status, body, headers):
    for read, errors in (
        (read_submit, (Refused, Uncertain, TryLater, AccountTrouble)),
        (read_poll, (TryLater, AccountTrouble, UnknownTask)),
        (read_check, (TryLater, AccountTrouble)),
    ):
        error = error_of(read, status, body, headers)
        assert error is None or (isinstance(error, errors) and "\x00" not in error.message + error.raw)

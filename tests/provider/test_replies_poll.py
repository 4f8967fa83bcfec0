"""Every shape that an answer to a poll has been seen in, or may come in."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.providers.apiin.keyless import Keyless
from studio.providers.apiin.replies import read_check, read_poll, read_submit
from studio.providers.base import AccountTrouble, ProviderError, Refused, TryLater, Uncertain, UnknownTask

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
        ("WARMING_UP", "running", False), (" completed ", "succeeded", True), ("NOT_START", "running", True),
        ("not start", "running", True), ("In-Queue", "running", True), ("queued", "running", True),
        ("succeed", "succeeded", True), ("SUCCEED", "succeeded", True), ("done", "succeeded", True),
        ("finished", "succeeded", True), ("ok", "succeeded", True), ("canceled", "failed", True),
        ("Cancelled", "failed", True), ("EXPIRED", "failed", True), ("timeout", "failed", True),
        ("timed out", "failed", True), ("rejected", "failed", True), ("aborted", "failed", True),
        ("content_moderated", "failed", False), ("Request Moderated", "failed", False), ("NSFW", "failed", False),
        ("content_filter", "failed", False), ("SAFETY_BLOCKED", "failed", False), ("moderating", "running", False),
        ("pending_moderation", "running", False), ("safety_check", "running", False),
        ("moderation_passed", "running", False), ("in_review", "running", False),
    ],
)  # fmt: skip
def test_status_words_are_compared_without_case_and_an_unknown_one_is_running(word, state, known):
    names = ("status", "state", "task_status")
    bodies = [{"code": 200, "message": "success", "data": {name: word}} for name in names]
    for body in [*bodies, *({"id": "n50", name: word} for name in names)]:
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
        {"data": {"status": "completed", "response": LINK}},
        {"data": {"status": "completed", "response": [{"url": LINK}]}},
        {"data": {"status": "completed", "output": LINK}},
        {"data": {"status": "completed", "output": [LINK]}},
        {
            "status": "succeeded",
            "output": [LINK],
            "urls": {"get": "https://api.example/p/1", "cancel": "https://x.y/c"},
        },
        {"data": {"status": "completed", "outputs": [LINK]}},
        {"data": {"status": "completed", "outputs": [{"type": "image", "url": "https://a.b/c"}, {"url": LINK}]}},
        {"data": {"status": "completed", "videos": [{"id": "1", "url": LINK, "duration": "5"}]}},
        {"data": {"status": "completed", "result": {"video_url": LINK}}},
        {"status": "completed", "result": LINK},
        {
            "code": 0,
            "message": "SUCCEED",
            "data": {"task_status": "succeed", "task_result": {"videos": [{"url": LINK}]}},
        },
        {"data": {"status": "completed", "output": {"video": {"url": LINK, "content_type": "video/mp4"}}}},
        {"data": {"status": "completed", "output": f"  {LINK}\r\n"}},
        {"data": {"status": "completed", "response": ["https://cdn.example/cover.jpg", LINK]}},
        {
            "data": {
                "status": "completed",
                "cover_url": "https://cdn.example/c.jpg",
                "videos": [{"cover_url": "https://cdn.example/c", "thumbnail": "https://cdn.example/t", "url": LINK}],
            }
        },
    ],
)
def test_the_link_is_found_in_every_place(body):
    progress = poll(200, body)
    assert (progress.state, progress.video_url) == ("succeeded", LINK)


@pytest.mark.parametrize(
    "link",
    ["", "/v.mp4", "//cdn.example/v.mp4", "javascript:alert(1)", "ftp://cdn.example/v", "file:///etc/passwd",
     "https://", "https://cdn.example\\@a/b", "https://[::1", "https://cdn.example/\ud83e",
     "https://a/" + "b" * 9000, 7, None, [], {}, "https://cdn.example/cover.png", {"type": "image", "url": LINK}],
)  # fmt: skip
def test_a_success_without_a_link_that_we_know_is_a_success_all_the_same(link):
    others = [f"{LINK}&part=1", f"{LINK}&part=2"]
    progress = poll(200, {"data": {"status": "completed", "response": [link], "video_url": link, "files": others}})
    assert (progress.state, progress.video_url) == ("succeeded", None)
    assert others[0] in progress.raw


@pytest.mark.parametrize(
    ("link", "escaped"),
    [
        ("https://cdn.example/a b.mp4", "https://cdn.example/a%20b.mp4"),
        (" https://cdn.example/a.mp4\n", "https://cdn.example/a.mp4"),
        ("https://cdn.example/a.mp4?sign=\r\n  x y", "https://cdn.example/a.mp4?sign=%20%20x%20y"),
        ("HTTP://cdn.example/a.mp4", "HTTP://cdn.example/a.mp4"),
        ("https://cdn.example/%20a.mp4", "https://cdn.example/%20a.mp4"),
    ],
)
def test_a_link_is_stripped_and_its_blanks_are_escaped(link, escaped):
    assert poll(200, {"data": {"status": "completed", "video_url": link}}).video_url == escaped


@pytest.mark.parametrize("word", ["ready", "STAGE_9", "", None, 3, 2.5, True, ["done"], "content_moderated"])
def test_an_unknown_word_or_none_with_a_known_link_is_done(word):
    for body in (
        {"data": {"status": word, "video_url": LINK}}, {"data": {"state": word, "output": [LINK]}},
        {"task_status": word, "result": {"video_url": LINK}}, {"message": "success", "data": {"response": [LINK]}},
    ):  # fmt: skip
        assert (poll(200, body).state, poll(200, body).video_url) == ("succeeded", LINK)


@pytest.mark.parametrize("word", ["processing", "queued", "failed", "canceled"])
def test_a_known_word_counts_for_more_than_a_link(word):
    progress = poll(200, {"data": {"status": word, "video_url": LINK}})
    assert (progress.state == "succeeded", progress.video_url) == (False, None)


@pytest.mark.parametrize("more", [
    {"files": [{"href": LINK}]}, {"resultJson": json.dumps({"resultUrls": [LINK]})}, {"url": LINK},
    {"message": "Your video is at https://cdn.example/v.mp4."}, {"a": {"b": [LINK], "c": LINK}, "image": "https://x.y/z"},
    {"video": {"url": LINK}, "thumbnail_url": "https://cdn.example/t", "input": {"image": "https://a.b/c"}},
])  # fmt: skip
def test_the_only_link_of_a_take_that_is_done_is_taken_wherever_it_is(more):
    progress = poll(200, {"code": 200, "data": {"status": "completed", **more}})
    assert progress.video_url in (LINK, "https://cdn.example/v.mp4")


@pytest.mark.parametrize("more", [
    {"files": [LINK, LINK + "2"]}, {"message": "See https://docs.example/errors for more."}, {"webhook_url": LINK},
    {"cover": "https://cdn.example/cover"}, {"urls": {"get": LINK}}, {"first_frame": LINK}, {},
])  # fmt: skip
def test_a_link_that_may_be_another_is_not_taken(more):
    assert poll(200, {"data": {"status": "completed", **more}}).video_url is None
    assert poll(200, {"data": {"status": "unheard of", **more}}).state == "running"


@pytest.mark.parametrize("name", ["image", "video", "audio"])
def test_an_echo_of_what_was_sent_is_never_the_result(name):
    sent = "https://mine.example/in%20put?sign=a%2Fb"

    def progress(**data):
        body = {"data": {"status": "completed", **data}}
        return read_poll(200, json.dumps(body).encode(), {}, inputs=lambda: {name: sent})

    for echo in (sent, "https://mine.example/in put?sign=a/b", f" {sent}\n"):
        assert progress(**{name: echo}).video_url is None
        assert progress(video_url=echo, response=[echo]).video_url is None
        assert progress(output={"video_url": echo}, files=[LINK]).video_url == LINK
        assert progress(**{name: echo, "video_url": LINK}).video_url == LINK
    if name != "video":  # whose copy would stand where the result does
        assert progress(**{f"{name}_url": "https://cdn.example/copy", "files": LINK}).video_url == LINK
    body = {"data": {"status": "unheard of", "video_url": sent}}
    assert read_poll(200, json.dumps(body).encode(), {}, inputs=lambda: {name: sent}).state == "running"


def test_what_was_sent_is_looked_up_only_where_there_is_a_link():
    def inputs():
        raise AssertionError("nobody needs to know")

    for data in ({"status": "processing", "video_url": LINK}, {"status": "unheard of"}, {"status": "failed"}):
        read_poll(200, json.dumps({"data": data}).encode(), {}, inputs=inputs)


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
        {"message": "success", "data": {"status": "failed", "message": "Bad face"}},
        {"message": "ok", "data": {"status": "failed", "fail_reason": "Bad face"}},
        {"message": "SUCCEED", "data": {"task_status": "failed", "task_status_msg": "Bad face"}},
        {"data": {"status": "failed", "error_message": "SUCCEED", "message": "ok", "error": {"detail": "Bad face"}}},
        {"data": {"status": "failed", "error": {"code": 7, "error": {"message": "Bad face"}}}},
        {"data": {"status": "failed", "errors": [{"message": "Bad face"}]}},
        {"data": {"status": "failed", "error_message": "<!DOCTYPE html><html>502</html>", "message": "Bad face"}},
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


@pytest.mark.parametrize(
    "words", ["success", "SUCCEED", "succeeded", "Ok", "ok.", "OK!", " Success ", "None", "<html>x"]
)
def test_success_is_not_the_reason_of_a_failure(words):
    for name in ("message", "error_message", "error", "fail_reason", "task_status_msg"):
        assert poll(200, {"code": 200, "message": words, "data": {"status": "failed", name: words}}).message == ""


def test_a_reason_has_an_end_and_no_key():
    body = {"data": {"status": "failed", "fail_reason": "aio_s3cret-key " + "x" * 9000}}
    message = read_poll(200, json.dumps(body).encode(), {}, Keyless("aio_s3cret-key")).message
    assert message.startswith("[key] xxx")
    assert len(message) == 1000


@pytest.mark.parametrize("name", ["consumed_credits", "credits_consumed"])
def test_credits_are_read_from_a_poll_too(name):
    for body in (
        {"data": {"status": "completed", name: 24.5}}, {"data": {"status": "completed"}, name: "24.5"},
        {"data": {"status": "completed", "usage": {name: 24.5}}}, {"status": "completed", "usage": {name: "24.50"}},
        {"data": {"status": "completed", name: 24.5, "credits_reserved": 30}, name: 0},
    ):  # fmt: skip
        assert poll(200, body).credits == Decimal("24.5")


def test_what_is_set_aside_is_no_charge():
    progress = poll(200, {"data": {"status": "processing", "credits_reserved": 24}})
    assert (progress.credits, progress.reserved) == (None, 24)


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
    [
        "code",
        "data",
        "error",
        "message",
        "error_message",
        "status",
        "id",
        "task_id",
        "response",
        "output",
        "video_url",
        "task_status",
        "state",
        "videos",
        "result",
        "url",
        "type",
        "detail",
        "errors",
        "loc",
        "msg",
        "consumed_credits",
    ]
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

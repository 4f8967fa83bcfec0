"""Every shape that an answer to a create call has been seen in, or may come in."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest

from studio.providers.apiin.replies import read_submit
from studio.providers.base import AccountTrouble, Refused, TryLater, Uncertain


def submit(status: int, body: object, **headers: str):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_submit(status, content, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("body", "task_id", "word", "taken"),
    [
        ({"code": 200, "message": "success", "data": {"task_id": "n5", "status": "PENDING"}}, "n5", "PENDING", None),
        ({"id": "n50", "status": "pending", "model": "ltx-2", "created_at": 1}, "n50", "pending", None),
        ({"data": {"task_id": "n50", "consumed_credits": 24}}, "n50", "", 24),
        ({"data": {"id": "n50", "consumed_credits": 24.0}, "id": "request-1"}, "n50", "", 24),
        ({"task_id": "n50", "id": "request-1", "consumed_credits": "24"}, "n50", "", 24),
        ({"data": [{"task_id": "n50"}]}, "n50", "", None),
        ({"data": [None, "x", {"id": "n50"}]}, "n50", "", None),
        ({"data": None, "id": "n50"}, "n50", "", None),
        ({"data": [], "task_id": "n50"}, "n50", "", None),
        ({"data": {"task_id": 50}}, "50", "", None),
        ({"data": {"task_id": " n50 "}}, "n50", "", None),
        ({"data": {"task_id": "", "id": "n50"}}, "n50", "", None),
        ({"data": {"task_id": "a/b?c=ü"}}, "a/b?c=ü", "", None),
        ({"data": {"task_id": "n" * 200}}, "n" * 200, "", None),
        ({"code": "200", "data": {"task_id": "n50"}, "error": None}, "n50", "", None),
        ({"code": 0, "data": {"task_id": "n50"}}, "n50", "", None),
        ({"code": True, "error": {"code": 0}, "data": {"task_id": "n50"}}, "n50", "", None),
        ({"data": {"task_id": "n50", "status": 7, "consumed_credits": True}}, "n50", "", None),
        ({"data": {"task_id": "n50", "consumed_credits": -1}}, "n50", "", None),
        ({"data": {"task_id": "n50", "consumed_credits": 1.5}}, "n50", "", Decimal("1.5")),
        ({"data": {"task_id": "n50", "consumed_credits": "24.5"}}, "n50", "", Decimal("24.5")),
        ({"data": {"task_id": "n50", "credits_consumed": 24.5}}, "n50", "", Decimal("24.5")),
        ({"data": {"task_id": "n50"}, "credits_consumed": 24}, "n50", "", 24),
        ({"data": {"task_id": "n50", "usage": {"credits_consumed": 24}}}, "n50", "", 24),
        ({"data": {"task_id": "n50", "credits_reserved": 24}}, "n50", "", None),
        ({"data": {"task_id": "n50", "consumed_credits": "-1"}}, "n50", "", None),
        ({"data": {"task_id": "n50", "consumed_credits": "1e300"}}, "n50", "", None),
        ({"data": {"task_id": "n50", "consumed_credits": "24 credits"}}, "n50", "", None),
        ({"data": {"task_id": "n50", "consumed_credits": [24]}}, "n50", "", None),
        ({"data": {"task_id": "n50", "consumed_credits": 0}}, "n50", "", 0),
        ({"data": {"task_id": "n50", "consumed_credits": 1e300}}, "n50", "", None),
    ],
)  # fmt: skip
def test_an_accepted_request_is_known_in_every_shape(body, task_id, word, taken):
    accepted = submit(200, body)
    assert (accepted.task_id, accepted.status_word, accepted.credits) == (task_id, word, taken)
    assert json.loads(accepted.raw) == body
    assert submit(201, b"\xef\xbb\xbf" + json.dumps(body).encode()).task_id == task_id


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>502 Bad Gateway</body></html>",
        b'{"code":200,"data":{"task_id":"n50',
        b'{"data":{"task_id":"n50\xff"}}',
        b'{"code":' + b"4" * 5000 + b"}",
        b"[" * 100_000,
        b'{"data":' * 100_000,
        "null",
        17,
        "n50",
        ["n50"],
        [],
        {},
        {"code": 200, "message": "success"},
        {"data": "n50"},
        {"data": {"task_id": None}},
        {"data": {"task_id": True}},
        {"data": {"task_id": {"id": "n50"}}},
        {"data": {"task_id": "two words"}},
        {"data": {"task_id": "n" * 201}},
        {"data": {"task_id": "half a pair \ud83e"}},
        {"data": {"task_id": "a\x00b"}},
    ],
    ids=lambda body: str(body)[:30],
)
def test_a_2xx_without_a_task_id_that_we_can_read_may_be_charged(body):
    with pytest.raises(Uncertain) as caught:
        submit(200, body)
    assert caught.value.http_status == 200
    caught.value.raw.encode()


ENVELOPES = [
    lambda code: (code, {"error": {"code": code, "message": "Too bad", "type": "x"}}),
    lambda code: (200, {"error": {"code": code, "message": "Too bad"}}),
    lambda code: (200, {"code": code, "message": "Too bad"}),
    lambda code: (200, {"code": str(code), "message": "Too bad", "data": None}),
    lambda code: (201, {"code": 200, "error": {"code": str(code), "message": "Too bad"}, "data": {}}),
    lambda code: (code, b"Too bad"),
]


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, Refused), (403, Refused), (404, Refused), (413, Refused), (422, Refused), (451, Refused),
        (401, AccountTrouble), (402, AccountTrouble), (429, TryLater),
        (408, Uncertain), (409, Uncertain), (500, Uncertain), (502, Uncertain), (503, Uncertain), (599, Uncertain),
    ],
)  # fmt: skip
def test_an_error_counts_by_its_code_wherever_it_stands(code, error, envelope):
    status, body = envelope(code)
    with pytest.raises(error) as caught:
        submit(status, body)
    assert type(caught.value) is error
    assert caught.value.http_status == status
    assert "Too bad" in caught.value.raw
    assert isinstance(body, bytes) or "Too bad" in caught.value.message
    assert error is not Refused or caught.value.code == code
    assert caught.value.reason == {401: "key", 402: "credits"}.get(code, "")


@pytest.mark.parametrize("status", [100, 103, 301, 304, 307, 600])
def test_a_status_that_is_neither_yes_nor_no_may_be_charged(status):
    with pytest.raises(Uncertain):
        submit(status, {"data": {"task_id": "n50"}})


@pytest.mark.parametrize("code", [402, 429, 400, 10001])
def test_an_error_and_a_task_id_in_one_answer_may_be_charged(code):
    for body in (
        {"code": code, "data": {"task_id": "n50"}},
        {"error": {"code": code}, "task_id": "n50"},
        {"error": {"code": code}, "data": {"id": "n50"}},
    ):
        with pytest.raises(Uncertain):
            submit(200, body)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7), (" 7 ", 7), ("0", 0), ("9" * 400, 86400), ("soon", None), ("", None), ("-5", None), ("1.5.2", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 99 Oct 2015 07:28:00 GMT", None), ("٧", None),
        ("Fri, 31 Dec 9999 23:59:59 -0000", 86400), ("Fri, 31 Dec 9999 23:59:59 -2359", 86400),
    ],
)  # fmt: skip
def test_both_forms_of_retry_after_are_obeyed(value, seconds):
    with pytest.raises(TryLater) as caught:
        submit(429, b"", retry_AFTER=value)
    assert caught.value.retry_after == seconds


def test_a_date_to_retry_after_becomes_seconds_from_now():
    moment = datetime.now(UTC) + timedelta(seconds=90)
    with pytest.raises(TryLater) as caught:
        submit(429, b"", Retry_After=format_datetime(moment, usegmt=True))
    assert 80 < caught.value.retry_after <= 90


def test_the_providers_words_fit_on_a_line_and_in_any_database():
    with pytest.raises(Refused) as caught:
        submit(400, {"error": {"message": "Prompt\n\tis \x00 bad \ud83e" + "!" * 5000}})
    assert caught.value.message.startswith("The provider refused this request (400): Prompt is bad !!!")
    assert len(caught.value.message) < 1100
    caught.value.message.encode()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_word_for_is_no_amount(number):
    body = f'{{"data": {{"task_id": "n50", "consumed_credits": {number}, "credits_reserved": 24}}}}'
    accepted = submit(200, body.encode())
    assert (accepted.task_id, accepted.credits, accepted.reserved) == ("n50", None, 24)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"detail": "Bad length"}, "Bad length"),
        ({"detail": [{"loc": ["body", "duration"], "msg": "ensure this is at least 5", "type": "value_error"}]},
         "duration: ensure this is at least 5"),
        ({"detail": [{"loc": ["body"], "msg": "a"}, {"loc": ["body", "image", 0], "msg": "b"}]}, "body: a; image.0: b"),
        ({"errors": ["Bad length", "Bad seed"]}, "Bad length; Bad seed"),
        ({"errors": [{"field": "duration", "message": "too long"}]}, "duration: too long"),
        ({"errors": {"duration": ["too long"], "seed": ["too small"]}}, "duration: too long; seed: too small"),
        ({"message": "success", "errors": [{"message": "ok"}, {"detail": "Bad length"}]}, "Bad length"),
        ({"error": {"code": "invalid_duration", "type": "x"}}, "invalid_duration"),
        ({"error": {"message": "Bad length", "code": "invalid_duration"}}, "Bad length"),
        ({"msg": "Bad length"}, "Bad length"),
        ({"data": {"message": "Bad length"}, "message": "SUCCEED"}, "Bad length"),
    ],
)  # fmt: skip
def test_a_refusal_says_why_wherever_that_stands(body, words):
    with pytest.raises(Refused) as caught:
        submit(400, body)
    assert caught.value.message == f"The provider refused this request (400): {words}"


@pytest.mark.parametrize("body", [{"detail": "<html><body>400"}, {"errors": []}, {"message": "ok"}, b"<html>"])
def test_a_refusal_without_a_reason_quotes_no_page_and_no_success(body):
    with pytest.raises(Refused) as caught:
        submit(400, body)
    assert caught.value.message == "The provider refused this request (400)."

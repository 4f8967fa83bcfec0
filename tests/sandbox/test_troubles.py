"""Each word asks for one trouble, and gets it."""

import time

import pytest
import requests

from studio.sandbox.troubles import TROUBLES, trouble_in

from .conftest import PACE, Client


@pytest.fixture(autouse=True)
def _blank_videos(blank_videos: None) -> None:
    """What these tests ask for is not looked at."""


def test_fail_is_accepted_and_fails_later(client: Client) -> None:
    data = client.wait(client.accepted(prompt="[fail] a duel"))
    assert data["status"] == "failed"
    assert data["error_message"]
    assert "response" not in data


def test_refuse_is_a_400_and_makes_nothing(client: Client) -> None:
    answer = client.create(prompt="a duel [REFUSE] only here")
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request"
    assert "only here" not in client.get("/").text


def test_slow_takes_longer_than_any_other(client: Client) -> None:
    begun = time.time()
    data = client.wait(client.accepted(prompt="[slow] clouds"))
    assert data["status"] == "completed"
    assert time.time() - begun >= 45 * PACE


def test_reset_breaks_the_connection_and_makes_the_video_all_the_same(client: Client) -> None:
    with pytest.raises(requests.ConnectionError) as broken:
        client.create(prompt="[reset] a storm over the pier", seed=12)
    assert "reset" in str(broken.value).lower()
    page = client.get("/").text
    row = page[: page.index("a storm over the pier")].rpartition("<tr>")[2]
    task_id = row.partition("<td>")[2].partition("</td>")[0]
    assert client.wait(task_id)["response"]


def test_lost_is_accepted_and_then_unknown(client: Client) -> None:
    assert client.poll(client.accepted(prompt="[lost]")).status_code == 404


def test_late_never_completes(client: Client) -> None:
    task_id = client.accepted(prompt="[late]")
    time.sleep(10 * PACE)
    assert client.poll(task_id).json()["data"] == {"task_id": task_id, "status": "IN_PROGRESS"}


def test_busy_is_429_once_for_each_prompt_and_seed(client: Client) -> None:
    first, second, other = (client.create(prompt="[busy] at noon", seed=seed) for seed in (5, 5, 6))
    assert [first.status_code, second.status_code, other.status_code] == [429, 200, 429]
    assert int(first.headers["Retry-After"]) >= 1


def test_broke_is_402(client: Client) -> None:
    answer = client.create(prompt="[broke]")
    assert answer.status_code == 402
    assert answer.json()["error"]["code"] == 402


def test_nolink_completes_without_a_link(client: Client) -> None:
    data = client.wait(client.accepted(prompt="[nolink]"))
    assert data["status"] == "completed"
    assert data["response"] == []


def test_html_is_a_502_that_is_no_json(client: Client) -> None:
    answer = client.create(prompt="[html]")
    assert answer.status_code == 502
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize("word", TROUBLES)
def test_every_trouble_is_found_without_case(word: str) -> None:
    assert trouble_in(f"A lake, [{word.upper()}], at noon") == word


def test_a_word_without_brackets_is_no_trouble() -> None:
    assert trouble_in("fail to be slow [and] html") == ""

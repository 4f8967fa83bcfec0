"""The provider's protocol, as it is documented, over real sockets."""

import socket
from typing import Any

import pytest
import requests

from .conftest import Client


def test_a_request_is_accepted_with_a_task_id(client: Client) -> None:
    answer = client.create(prompt="[late] anything")
    assert answer.status_code == 200
    assert answer.json()["code"] == 200
    assert answer.json()["message"] == "success"
    data = answer.json()["data"]
    assert data["status"] == "IN_PROGRESS"
    assert data["task_id"].startswith("n50")
    assert data["task_id"].endswith("_ltx2")
    assert "consumed_credits" not in data


def test_a_finished_task_has_a_link_and_says_what_it_took(clip: dict[str, Any], client: Client) -> None:
    assert clip["status"] == "completed"
    assert clip["response"] == [f"{client.sandbox.url}/videos/{clip['task_id']}.mp4"]
    assert clip["consumed_credits"] == 20


@pytest.mark.parametrize(("seconds", "credits"), [(5, 20), (6, 36), (10, 36), (20, 68)])
def test_a_started_block_of_five_seconds_counts_whole(client: Client, seconds: int, credits: int) -> None:
    data = client.wait(client.accepted(prompt="[nolink]", duration=seconds))
    assert data["consumed_credits"] == credits


@pytest.mark.parametrize("key", [None, "Bearer wrong", "Bearer", "Basic aio_sandbox", "Bearer ключ".encode()])
def test_without_the_key_nothing_is_said(client: Client, key: Any, clip: dict[str, Any]) -> None:
    headers = {"Authorization": key} if key else {}
    base = client.sandbox.base
    asked = requests.get(f"{base}/tasks/{clip['task_id']}", headers=headers, timeout=5)
    posted = requests.post(f"{base}/videos/generations", json={}, headers=headers, timeout=5)
    for answer in (asked, posted):
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == 401
        assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"model": "sora"}, "model"),
        ({"type": "opera"}, "type"),
        ({"type": ["text-to-video"]}, "type"),
        ({"prompt": ""}, "prompt"),
        ({"duration": 4}, "duration"),
        ({"resolution": "8k"}, "resolution"),
        ({"seed": -2}, "seed"),
        ({"type": "image-to-video"}, "image"),
        ({"type": "lipsync", "audio": "file:///etc/passwd"}, "audio"),
        ({"type": "control", "video": "https://a.example/v.mp4", "mode": "blur"}, "mode"),
    ],
)
def test_a_wrong_parameter_is_named(client: Client, wrong: dict[str, Any], named: str) -> None:
    answer = client.create(**wrong)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == 400
    assert error["type"] == "invalid_request"
    assert f"{named}:" in error["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 50_000, b'{"seed": ' + b"9" * 9999 + b"}"]
)
def test_a_body_that_is_no_json_object_is_refused(client: Client, body: bytes) -> None:
    url = f"{client.sandbox.base}/videos/generations"
    answer = requests.post(url, data=body, headers=client.headers, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request"


def test_a_body_of_more_than_a_mebibyte_is_not_read(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.sandbox.port), timeout=5) as connection:
        connection.sendall(
            b"POST /api/v1/videos/generations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_without_a_length_is_not_read(client: Client) -> None:
    url = f"{client.sandbox.base}/videos/generations"
    answer = requests.post(url, data=iter([b"{}"]), headers=client.headers, timeout=5)
    assert answer.status_code == 411


@pytest.mark.parametrize("task_id", ["n50nothing_ltx2", "..%2Fsecret", "N50", "", "a/b", "%00", "n50" + "a" * 300])
def test_an_unknown_task_is_404(client: Client, task_id: str) -> None:
    answer = client.poll(task_id)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == 404


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v2/tasks/x", "/videos/", "/videos/../x.mp4", "/samples/none.jpg"])
def test_other_paths_are_404(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_another_host_name_is_turned_away(client: Client) -> None:
    assert client.get("/", Host="evil.example").status_code == 403
    assert client.get("/", Host="localhost:1").status_code == 200


def test_the_same_seed_is_kept_and_minus_one_draws_one(client: Client) -> None:
    tasks = client.sandbox.folder / "tasks"
    drawn = {
        (tasks / f"{client.accepted(prompt='[late]')}.json").read_text().partition('"seed": ')[2] for _ in range(3)
    }
    assert len(drawn) == 3


def test_the_page_lists_tasks_and_escapes_their_prompts(client: Client) -> None:
    task_id = client.accepted(prompt="[late] <script>alert(1)</script>")
    page = client.get("/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert task_id in page.text
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize("prompt", ["half a pair \ud800", "\x00"])
def test_a_prompt_that_is_no_text_is_refused_in_words(client: Client, prompt: str) -> None:
    answer = client.create(prompt=prompt)
    assert answer.status_code == 400
    assert "cannot be sent" in answer.json()["error"]["message"]

"""Polls are free: they may be repeated, share connections, and no fault of theirs says anything about the take."""

import threading
import time

import pytest

from studio.providers.base import AccountTrouble, NotSent, TryLater, UnknownTask

from .servers import RUNNING, Peer, answering, reply
from .test_submit_money import BROKEN, ENDLESS, free_port

DONE = {"data": {"status": "completed", "video_url": "https://cdn.example/other.mp4"}}


def test_polls_share_a_connection(serve, client_of):
    for tls in (False, True):
        server = serve(answering(*[reply(200, RUNNING)] * 3), tls=tls)
        client = client_of(server.base)
        assert [client.status("n50_ltx2").state for _ in range(3)] == ["running"] * 3
        assert server.connections == 1
        assert server.lines == ["GET /api/v1/tasks/n50_ltx2 HTTP/1.1"] * 3


def test_a_kept_connection_that_was_hung_up_is_replaced(serve, client_of):
    def once_then_hang_up(peer: Peer) -> None:
        peer.read()
        peer.send(reply(200, RUNNING))
        if len(peer.server.requests) == 1:
            peer.read()

    server = serve(once_then_hang_up)
    client = client_of(server.base)
    assert [client.status("a").state, client.status("b").state] == ["running", "running"]
    assert server.connections == 2
    assert [line.split()[1][-1] for line in server.lines] == ["a", "b", "b"]


def test_an_answer_to_nothing_is_not_taken_for_the_next_ones(serve, client_of):
    sent = threading.Event()

    def too_much(peer: Peer) -> None:
        while peer.read():
            peer.send(reply(200, RUNNING))
            time.sleep(0.02)
            peer.send(reply(200, DONE))
            sent.set()

    client = client_of(serve(too_much).base)
    client.status("a")
    sent.wait(5)
    time.sleep(0.02)
    assert client.status("b").state == "running"


def test_threads_may_share_a_client(serve, client_of):
    def echo(peer: Peer) -> None:
        while request := peer.read():
            task = request.split()[1].decode().rpartition("/")[2]
            peer.send(reply(200, {"data": {"status": "FAILED", "error": task}}))

    client = client_of(serve(echo).base)
    wrong: list[str] = []

    def poll(number: int) -> None:
        wrong.extend(f"{number}-{n}" for n in range(20) if client.status(f"{number}-{n}").message != f"{number}-{n}")

    threads = [threading.Thread(target=poll, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("task_id", "segment"),
    [
        ("n50_ltx2", "n50_ltx2"),
        ("a/b?c#d", "a%2Fb%3Fc%23d"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("../admin", "..%2Fadmin"),
        ("two words\r\nX: y", "two%20words%0D%0AX%3A%20y"),
        ("é\ud83e%", "%C3%A9%3F%25"),
    ],
)
def test_any_task_id_stays_one_segment_of_the_path(task_id, segment, serve, client_of):
    server = serve(answering(reply(200, RUNNING)))
    client_of(server.base).status(task_id)
    assert server.lines == [f"GET /api/v1/tasks/{segment} HTTP/1.1"]


@pytest.mark.parametrize("script", [*BROKEN.values(), *ENDLESS.values(), Peer.reset], ids=[*BROKEN, *ENDLESS, "reset"])
def test_a_fault_on_a_poll_passes(script, serve, client_of):
    server = serve(script)
    with pytest.raises(TryLater):
        client_of(server.base, poll_seconds=0.1 if script in ENDLESS.values() else 5).status("n50_ltx2")
    assert server.connections == 1


@pytest.mark.parametrize("tls", ["http", "https"])
def test_a_provider_that_cannot_be_reached_may_be_asked_later(tls, client_of):
    client = client_of(f"{tls}://127.0.0.1:{free_port()}/api/v1")
    with pytest.raises(TryLater, match="refuses connections"):
        client.status("n50_ltx2")
    with pytest.raises(NotSent, match="refuses connections"):
        client.check()


@pytest.mark.parametrize(
    "answer",
    [
        reply(404, {"error": {"code": 404, "message": "Task not found"}}),
        reply(400, {"error": {"code": 400, "message": "Invalid task id"}}),
        reply(422),
        reply(200, {"code": 404, "message": "no such task"}),
        reply(200, RUNNING),
        reply(200, {"code": 200, "data": None}),
    ],
)
def test_a_key_is_checked_for_free(answer, serve, client_of):
    server = serve(answering(answer))
    assert client_of(server.base).check() is None
    assert [line.split()[0] for line in server.lines] == ["GET"]


@pytest.mark.parametrize("answer", [reply(401), reply(403), reply(200, {"code": 401, "message": "Unauthorized"})])
def test_a_wrong_key_is_told(answer, serve, client_of):
    client = client_of(serve(answering(answer, answer)).base)
    for call in (client.check, lambda: client.status("n50_ltx2")):
        with pytest.raises(AccountTrouble) as caught:
            call()
        assert caught.value.reason == "key"


@pytest.mark.parametrize(
    "answer", [reply(500), reply(429), reply(302), reply(200, b"<html>Sign in to this network</html>")]
)
def test_a_check_that_does_not_tell_says_so(answer, serve, client_of):
    with pytest.raises(TryLater):
        client_of(serve(answering(answer)).base).check()


def test_a_task_that_the_provider_does_not_know_is_told_apart(serve, client_of):
    with pytest.raises(UnknownTask, match="Task not found"):
        client_of(serve(answering(reply(404, {"message": "Task not found"}))).base).status("n50_ltx2")


def test_connections_that_are_kept_can_be_closed(serve, client_of):
    gone = threading.Event()

    def script(peer: Peer) -> None:
        while peer.read():
            peer.send(reply(200, RUNNING))
        gone.set()

    client = client_of(serve(script).base)
    client.status("n50_ltx2")
    client.close()
    assert gone.wait(5)

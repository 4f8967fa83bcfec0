"""What leaves the machine: one POST over a connection of its own, to the provider and to nobody else."""

import json
import zlib
from socket import gaierror
from ssl import SSLError

import pytest
from urllib3.exceptions import ReadTimeoutError

from studio.catalog.request import GenerationRequest
from studio.net.connection import Connection
from studio.providers.apiin.client import Client
from studio.providers.base import AccountTrouble, Refused, TryLater, Uncertain

from .servers import ACCEPTED, KEY, RUNNING, answering, reply

REQUEST = GenerationRequest.parse({"type": "text-to-video", "prompt": "a fox – ein Fuchs", "seed": "7"})


def test_it_sends_the_documented_request_and_returns_the_task_id(serve, client_of):
    server = serve(answering(reply(200, ACCEPTED)))
    accepted = client_of(server.base + "/").submit(REQUEST)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert line == "POST /api/v1/videos/generations HTTP/1.1"
    assert {f"Authorization: Bearer {KEY}", "Content-Type: application/json"} <= set(headers)
    assert {"Connection: close", "Accept-Encoding: identity", f"Host: 127.0.0.1:{server.port}"} <= set(headers)
    assert json.loads(body) == REQUEST.to_api()
    assert (accepted.task_id, accepted.status_word, accepted.credits) == ("n50_ltx2", "IN_PROGRESS", None)
    assert json.loads(accepted.raw) == ACCEPTED


def test_a_stored_request_is_sent_as_it_is(serve, client_of):
    server = serve(answering(reply(200, ACCEPTED)), tls=True)
    stored = {"model": "ltx-2", "prompt": "half a pair: \ud83e", "duration": 7.5, "of_tomorrow": None}
    client_of(server.base).submit(stored)
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == stored


def test_what_json_cannot_hold_is_the_callers_mistake_and_never_leaves(serve, client_of):
    server = serve(answering(reply(200, ACCEPTED)))
    for wrong in ({"seed": float("nan")}, {"seed": object()}):
        with pytest.raises((TypeError, ValueError)):
            client_of(server.base).submit(wrong)
    assert server.connections == 0


def test_each_post_has_a_connection_of_its_own(serve, client_of):
    server = serve(answering(reply(200, ACCEPTED, "Connection: keep-alive"), reply(200, ACCEPTED)))
    client = client_of(server.base)
    for _ in range(3):
        client.submit(REQUEST)
    assert (server.connections, len(server.requests)) == (3, 3)


def test_a_post_never_takes_a_connection_that_a_poll_left(serve, client_of):
    server = serve(answering(reply(200, ACCEPTED), reply(200, ACCEPTED)))
    client = client_of(server.base)
    client.status("n50_ltx2")
    client.submit(REQUEST)
    assert server.connections == 2


@pytest.mark.parametrize("error", [ReadTimeoutError(None, None, ""), ConnectionRefusedError(), SSLError(), gaierror()])
def test_no_error_of_the_library_proves_that_nothing_was_sent(error, serve, client_of, monkeypatch):
    def fail(connection):
        raise error

    server = serve(answering(reply(200, ACCEPTED)))
    monkeypatch.setattr(Connection, "getresponse", fail)
    with pytest.raises(Uncertain):
        client_of(server.base).submit(REQUEST)


def test_a_cookie_is_not_sent_back(serve, client_of):
    server = serve(answering(reply(200, RUNNING, "Set-Cookie: a=b; Path=/"), reply(200, RUNNING)))
    client = client_of(server.base)
    for _ in range(2):
        client.status("n50_ltx2")
    assert len(server.requests) == 2
    assert b"cookie" not in server.requests[1].lower()


def test_the_body_of_a_redirect_is_read_as_carefully_as_any(serve, client_of):
    bomb = zlib.compress(b" " * 5_000_000)
    server = serve(answering(reply(302, bomb, "Content-Encoding: deflate", "Location: /else")))
    with pytest.raises(Uncertain, match="too large") as caught:
        client_of(server.base).submit(REQUEST)
    assert (caught.value.http_status, len(server.requests)) == (302, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("call", "error"), [("submit", Uncertain), ("status", TryLater)])
def test_the_key_never_travels_through_a_redirect(status, call, error, serve, client_of):
    target = serve(answering(reply(200, ACCEPTED)))
    server = serve(answering(reply(status, b"", f"Location: {target.base}/videos/generations")))
    with pytest.raises(error) as caught:
        getattr(client_of(server.base), call)(REQUEST if call == "submit" else "n50_ltx2")
    assert caught.value.http_status == status
    assert (target.connections, len(server.requests)) == (0, 1)


def test_proxies_and_passwords_of_the_environment_are_not_used(serve, client_of, monkeypatch, tmp_path):
    proxy = serve(answering(reply(502)))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for tls in (False, True):
        server = serve(answering(reply(200, ACCEPTED)), tls=tls)
        client = client_of(server.base)
        client.submit(REQUEST)
        client.status("n50_ltx2")
        assert all(f"Bearer {KEY}".encode() in request for request in server.requests)
    assert proxy.connections == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(500, {"error": {"code": 500}}), Uncertain),
        (reply(502, b"<html>Bad Gateway</html>"), Uncertain),
        (reply(503, b"", "Retry-After: 1"), Uncertain),
        (reply(408), Uncertain),
        (reply(409), Uncertain),
        (reply(103), Uncertain),
        (reply(204), Uncertain),
        (reply(200, b"<html>Welcome</html>"), Uncertain),
        (reply(400, {"error": {"code": 400, "message": "Invalid parameters"}}), Refused),
        (reply(403, b"<html>Forbidden</html>"), Refused),
        (reply(429, b"", "Retry-After: 1"), TryLater),
        (reply(401), AccountTrouble),
        (reply(200, {"code": 402, "message": "Insufficient credits"}), AccountTrouble),
        (reply(200, {"error": {"code": 500}}), Uncertain),
    ],
    ids=lambda value: value.split(b"\r\n")[0].decode() if isinstance(value, bytes) else "",
)
def test_whatever_the_answer_is_the_request_is_sent_once(answer, error, serve, client_of):
    server = serve(answering(answer, answer))
    with pytest.raises(error):
        client_of(server.base).submit(REQUEST)
    assert server.lines == ["POST /api/v1/videos/generations HTTP/1.1"]


@pytest.mark.parametrize(
    ("base", "key"),
    [
        ("ftp://127.0.0.1/", "aio_key"),
        ("https:///api", "aio_key"),
        ("https://me:secret@127.0.0.1/", "aio_key"),
        ("https://127.0.0.1/?a=b", "aio_key"),
        ("https://127.0.0.1:99999/", "aio_key"),
        ("https://127.0.0.1/", ""),
        ("https://127.0.0.1/", "aio_key\r\nX: y"),
        ("https://127.0.0.1/", "aio_kéy"),
    ],
)
def test_an_address_or_a_key_that_cannot_be_sent_is_told_at_once_and_not_quoted(base, key):
    with pytest.raises(ValueError, match=r"^(The API|Port)") as caught:
        Client(base, key)
    assert not key or key not in str(caught.value)

"""What a fault on the wire means for the money: only what certainly never left is NotSent."""

import os
import socket
import time
import zlib

import pytest

from studio.net.connection import AUTHORITIES
from studio.providers.base import NotSent, Uncertain

from .servers import ACCEPTED, Peer, Server, reply

HEAD = b"HTTP/1.1 200 OK\r\n"
BODY = {"model": "ltx-2", "type": "text-to-video", "prompt": "a fox"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("http://127.0.0.1:{port}/api/v1", "refuses connections"),
        ("https://127.0.0.1:{port}/api/v1", "refuses connections"),
        ("http://does-not-exist.invalid/api/v1", "name cannot be found"),
        (f"http://{'a' * 70}.invalid/api/v1", "cannot be reached"),
    ],
)
def test_a_provider_that_cannot_be_reached_got_nothing(base, words, client_of):
    with pytest.raises(NotSent, match=words) as caught:
        client_of(base.replace("{port}", str(free_port()))).submit(BODY)
    assert (caught.value.raw, caught.value.http_status) == ("", None)


def test_an_untrusted_certificate_got_nothing(serve, client_of):
    server = serve(Peer.read, tls=True)
    with pytest.raises(NotSent, match="certificate is not trusted"):
        client_of(server.base, authorities=AUTHORITIES).submit(BODY)
    assert (server.connections, server.requests) == (1, [])


@pytest.mark.parametrize("at_hello", [Peer.wait, Peer.reset, lambda peer: peer.send(b"220 mail ready\r\n")])
def test_a_failed_handshake_got_nothing(at_hello, serve, client_of):
    server = serve(at_hello)
    with pytest.raises(NotSent):
        client_of(server.base.replace("http:", "https:")).submit(BODY)
    assert server.connections == 1


def hold(peer: Peer) -> None:
    while peer.sock.recv(65536):
        pass


def drip_handshake(peer: Peer) -> None:
    peer.drip(b"\x16\x03\x03\x3f\xff")


@pytest.mark.parametrize("script", [hold, drip_handshake])
def test_a_handshake_without_an_end_is_given_up_before_anything_is_sent(script, serve, client_of):
    base = serve(script).base.replace("http:", "https:")
    with pytest.raises(NotSent, match="took too long"):
        client_of(base, connect_seconds=0.2).submit(BODY)


def test_after_its_time_it_is_rather_not_sent(client_of, serve):
    server = serve(lambda peer: peer.read() and peer.send(reply(200, ACCEPTED)))
    client = client_of(server.base)
    with pytest.raises(NotSent):
        client.submit(BODY, start_by=time.monotonic() - 0.01)
    assert server.requests == []
    assert client.submit(BODY, start_by=time.monotonic() + 5).task_id == "n50_ltx2"


def test_what_took_too_long_to_connect_is_rather_not_sent(client_of, serve):
    class SlowToShakeHands(Server):
        def _serve(self, sock):
            time.sleep(0.3)
            super()._serve(sock)

    server = SlowToShakeHands(Peer.read, tls=True)
    with pytest.raises(NotSent, match="took too long"):
        client_of(server.base, submit_seconds=0.5).submit(BODY)
    server.close()
    assert server.requests == []


def break_tls(peer: Peer) -> None:
    peer.read()
    plain = socket.socket(fileno=os.dup(peer.sock.fileno()))
    plain.sendall(b"this is not a TLS record")
    peer.wait()


@pytest.mark.parametrize("script", [break_tls, lambda peer: peer.read() and peer.reset()])
def test_tls_that_breaks_after_the_request_was_read_may_be_charged(script, serve, client_of):
    server = serve(script, tls=True)
    with pytest.raises(Uncertain):
        client_of(server.base).submit(BODY)
    assert server.lines == ["POST /api/v1/videos/generations HTTP/1.1"]


def after_reading(action):
    return lambda peer: peer.read() and action(peer)


def sending(data: bytes):
    return after_reading(lambda peer: peer.send(data))


HALF = b'{"code":200,"data":{"task_id":"n50'
BROKEN = {
    "reset": after_reading(Peer.reset),
    "hung up": Peer.read,
    "half a status line": sending(b"HTTP/1.1 20"),
    "no HTTP": sending(b"hello\r\n\r\n"),
    "half the headers": sending(HEAD + b"Content-Type: appl"),
    "half the body": sending(HEAD + b"Content-Length: 400\r\n\r\n" + HALF),
    "half a body without a length": sending(HEAD + b"\r\n" + HALF),
    "half a chunk": sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\n80\r\n" + HALF),
    "a chunk of a negative size": sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + HALF),
    "a half refusal": sending(b"HTTP/1.1 400 Bad\r\nContent-Length: 400\r\n\r\n{"),
    "too many headers": sending(HEAD + b"A: b\r\n" * 200 + b"\r\n"),
    "too long a header": sending(HEAD + b"A: " + b"b" * 100_000 + b"\r\n\r\n"),
    "a larger body than a MiB": sending(reply(200, b" " * (1024 * 1024 + 1))),
    "an endless body": sending(HEAD + b"\r\n" + b" " * 2_000_000),
    "an endless chunk": sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + b" " * 2_000_000),
    "a bomb": sending(reply(200, zlib.compress(b" " * 50_000_000), "Content-Encoding: deflate")),
    "half an archive": sending(reply(200, zlib.compress(b" " * 5_000)[:-9], "Content-Encoding: gzip")),
    "no archive": sending(reply(200, b"{}", "Content-Encoding: gzip")),
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_a_request_without_a_whole_answer_may_be_charged_and_is_sent_once(script, serve, client_of):
    server = serve(script)
    with pytest.raises(Uncertain):
        client_of(server.base).submit(BODY)
    assert (server.connections, len(server.requests)) == (1, 1)


def test_a_connection_reset_before_the_request_was_read_may_be_charged(serve, client_of):
    server = serve(lambda peer: peer.sock.recv(1) and peer.reset())
    with pytest.raises(Uncertain):
        client_of(server.base).submit(BODY)
    assert (server.connections, server.requests) == (1, [])


def test_a_connection_reset_at_once_is_not_tried_again(serve, client_of):
    server = serve(Peer.reset)
    with pytest.raises((Uncertain, NotSent)):  # whichever came first, the reset or the first byte
        client_of(server.base).submit(BODY)
    assert server.connections == 1


ENDLESS = {
    "silence": after_reading(Peer.wait),
    "dripping status line": after_reading(lambda peer: peer.drip(b"HTTP/1.1 2")),
    "dripping headers": after_reading(lambda peer: peer.drip(HEAD + b"A: ")),
    "dripping body": after_reading(lambda peer: peer.drip(HEAD + b"Content-Length: 9999\r\n\r\n{")),
    "dripping body without a length": after_reading(lambda peer: peer.drip(HEAD + b"\r\n{")),
    "dripping chunks": after_reading(lambda peer: peer.drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n9999\r\n{")),
    "continuing for ever": after_reading(lambda peer: peer.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 9)),
}


@pytest.mark.parametrize(
    ("script", "tls"),
    [
        *((script, False) for script in ENDLESS.values()),
        (ENDLESS["silence"], True),
        (ENDLESS["dripping headers"], True),
    ],
    ids=[*ENDLESS, "silence in TLS", "dripping headers in TLS"],
)
def test_an_answer_without_an_end_is_given_up_at_the_deadline(script, tls, serve, client_of):
    server = serve(script, tls=tls)
    began = time.monotonic()
    with pytest.raises(Uncertain, match="took too long"):
        client_of(server.base, submit_seconds=0.1).submit(BODY)
    assert time.monotonic() - began < 3
    assert (server.connections, len(server.requests)) == (1, 1)


def test_what_came_of_a_broken_answer_is_kept_for_people_to_read(serve, client_of):
    server = serve(BROKEN["half the body"])
    with pytest.raises(Uncertain) as caught:
        client_of(server.base).submit(BODY)
    assert (caught.value.raw, caught.value.http_status) == (HALF.decode(), 200)


def test_an_answer_that_is_packed_unasked_is_read_all_the_same(serve, client_of):
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(reply(200, ACCEPTED).partition(b"\r\n\r\n")[2]) + packer.flush()
    server = serve(sending(reply(200, packed, "Content-Encoding: gzip")))
    assert client_of(server.base).submit(BODY).task_id == "n50_ltx2"

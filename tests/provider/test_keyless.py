"""The key is in nothing that leaves this room: no error, no answer, no log, no repr."""

import html
import http.client
import json
import logging
import traceback
from urllib.parse import quote

import pytest

from studio.providers.apiin.client import Client
from studio.providers.apiin.keyless import RAW_LIMIT, Keyless
from studio.providers.base import ProviderError

from .servers import KEY, Peer, answering, reply
from .test_submit_money import free_port

ESCAPED = json.dumps(KEY)[1:-1]
ECHOES = {
    "plain": KEY,
    "JSON": ESCAPED,
    "JSON with escaped slashes": ESCAPED.replace("/", "\\/"),
    "JSON in JSON": json.dumps(ESCAPED)[1:-1],
    "mixed": KEY.replace("_", "\\u005F").replace("/", "%2f"),
    "code points": "".join(f"\\u{ord(character):04X}" for character in KEY),
    "URL": quote(KEY, safe=""),
    "HTML": html.escape(KEY),
    "HTML code points": "".join(f"&#{ord(character)};" for character in KEY),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_the_key_is_hidden_however_it_is_escaped(echo):
    assert Keyless(KEY).hide(f"Bearer {echo} is wrong") == "Bearer [key] is wrong"


def test_a_key_that_is_cut_off_is_hidden():
    for length in range(8, len(KEY)):
        assert Keyless(KEY).hide(f"Bearer {KEY[:length]}") == "Bearer [key]"


def test_raw_answers_are_kept_to_64_kib_without_a_key_on_the_edge():
    for offset in range(0, len(KEY) + 2, 3):
        raw = Keyless(KEY).raw(b"x" * (RAW_LIMIT - offset) + KEY.encode() * 100)
        assert KEY[:8] not in raw
        assert RAW_LIMIT - 8 <= len(raw.encode()) <= RAW_LIMIT
    assert len(Keyless(KEY).raw(b"\xff\x00" * RAW_LIMIT).encode()) <= RAW_LIMIT
    assert "\x00" not in Keyless(KEY).raw(b"\x00")


def test_hiding_takes_no_longer_on_text_that_almost_holds_the_key():
    # With a pattern that can match in two ways this would not end.
    for key in (KEY, "a" * 60, "\\" * 60, '"' * 60):
        for text in ("\\" * RAW_LIMIT, "&#" + "0" * RAW_LIMIT, key[:-1] * (RAW_LIMIT // len(key)) + "!"):
            Keyless(key).hide(text)


def test_any_key_is_hidden_as_it_is_and_as_json():
    for key in (KEY, "\\" * 9, '"' * 9, "a/\\'b", "k"):
        assert Keyless(key).hide(f"Bearer: {key}!") == "Bearer: [key]!"
        assert Keyless(key).hide(f"Bearer: {json.dumps(key)[1:-1]}!") == "Bearer: [key]!"


def test_no_key_is_in_no_text():
    assert Keyless().hide("anything") == "anything"
    assert not Keyless().is_in("anything")


def test_the_repr_shows_the_address_alone():
    assert repr(Client("https://apiin.one/api/v1/", KEY)) == "Client(base='https://apiin.one/api/v1')"


def echo(status: int, shape: str):
    def script(peer: Peer) -> None:
        while peer.read():
            said = f"The key {KEY} is bad"
            bodies = {
                "error": {"error": {"code": status, "message": said}},
                "failure": {"data": {"task_id": "n50", "status": "failed", "error_message": said}},
                "word": {"data": {"task_id": "n50", "status": said}},
                "id": {"data": {"task_id": KEY, "id": f"x{KEY}".replace("/", "").replace('"', "")}},
                "link": {"data": {"status": "completed", "video_url": f"https://a/{quote(KEY, safe='')}"}},
            }
            peer.send(reply(status, bodies[shape], f"X-Echo: {KEY}", f"broken header {KEY}"))

    return script


@pytest.mark.parametrize("shape", ["error", "failure", "word", "id", "link"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
def test_an_echoed_key_reaches_nobody(status, shape, serve, client_of, caplog, capfd, monkeypatch):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    client = client_of(serve(echo(status, shape)).base)
    seen, errors = [], []
    for call in (lambda: client.submit({"prompt": "a fox"}), lambda: client.status("n50"), client.check):
        try:
            seen.append(repr(call()))
        except ProviderError as error:
            seen += [error.raw, repr(vars(error)), *traceback.format_exception(error)]
            errors.append(error)
    assert all(error.__context__ is None for error in errors)  # its frames would hold the headers
    text = "".join(seen) + caplog.text + "".join(capfd.readouterr())
    for form in (KEY, repr(KEY)[1:-1], *ECHOES.values()):
        assert form not in text


@pytest.mark.parametrize(
    "script", [Peer.reset, Peer.read, lambda peer: peer.read() and peer.send(b"HTTP/1.1 200 " + KEY.encode())]
)
def test_a_fault_carries_no_trace_of_the_request(script, serve, client_of):
    for base in (serve(script).base, f"http://127.0.0.1:{free_port()}"):
        for call in ("submit", "status"):
            with pytest.raises(ProviderError) as caught:
                getattr(client_of(base), call)({} if call == "submit" else "n50")
            assert caught.value.__context__ is None
            assert caught.value.__cause__ is None
            assert KEY not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


def test_a_redirect_is_not_quoted_with_the_key_in_it(serve, client_of):
    server = serve(answering(reply(302, KEY.encode(), f"Location: https://elsewhere.example/?key={quote(KEY)}")))
    with pytest.raises(ProviderError) as caught:
        client_of(server.base).status("n50")
    assert caught.value.raw == "[key]"

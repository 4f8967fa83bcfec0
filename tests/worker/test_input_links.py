"""Own files on their way to the provider: fresh links, tried first; what cannot be fetched is held, unsent."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests
from django.core.files.storage import default_storage
from django.db import connections

from studio.catalog.request import GenerationRequest
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.uploads.links import upload_of
from studio.uploads.links_port import application
from studio.worker.input_links import InputLinks, Unreachable
from tests.media.kept import picture
from tests.net.internet import CERTIFICATE, PUBLIC
from tests.provider.servers import KEY
from tests.rows import TOKEN, again, put

from .api import accepted, error, reset

SANDBOX = "sandbox"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def links_port(settings):
    """The studio's second port, on one that is free."""

    def serve(environ, start):
        asked.append((environ["PATH_INFO"], environ.get("HTTP_RANGE", "")))
        try:
            yield from application(environ, start)
        finally:
            connections.close_all()

    asked: list[tuple[str, str]] = []
    with make_server("127.0.0.1", 0, serve, handler_class=Quiet) as server:
        settings.STUDIO_LINKS_PORT = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield asked
        server.shutdown()
        thread.join()


def ask_with(studio, mine, provider=SANDBOX, key="key"):
    request = GenerationRequest.parse({"type": "image-to-video", "prompt": "Fog", "image": mine.link})
    return Generation.objects.enqueue(mine.owner, Connection.named(provider), [request], key=key, digest="d")[0]


def start(studio, provider=SANDBOX):
    """A worker that takes the fake API for this provider."""
    studio.provider = provider
    return studio.start()


def sent(studio):
    return [json.loads(content) for content in studio.api.bodies]


def test_the_sandbox_gets_a_link_that_opens_this_one_file(studio, settings, mine):
    with links_port(settings) as asked:
        row = ask_with(studio, mine)
        start(studio)
        done = studio.until(row, status="succeeded")
        (body,) = sent(studio)
        assert body["image"].startswith(f"http://127.0.0.1:{settings.STUDIO_LINKS_PORT}/files/")
        assert requests.get(body["image"], timeout=10).content == picture()
    assert asked[0][1] == "bytes=0-0"  # one byte, before it was sent
    assert done.request["image"] == mine.link
    assert done.sent_links == {"image": body["image"]}
    assert done.sent_request == body
    assert upload_of(body["image"].split("/")[4]) == mine


def test_a_take_sent_again_gets_a_fresh_link(studio, settings, mine):
    studio.api.on_post(error(429, "Slow down"), reset, accepted("n2"))
    with links_port(settings):
        row = ask_with(studio, mine)
        start(studio)
        studio.until(row, status="unconfirmed")
        new = again(row).resend()
        assert (new.sent_links, list(new.uploads.all())) == ({}, [mine])
        studio.until(new, status="succeeded")
    first, second, third = (body["image"] for body in sent(studio))
    assert upload_of(third.split("/")[4]) == mine
    assert again(row).sent_links == {"image": second}
    assert again(new).sent_links == {"image": third}
    assert first.rpartition("/")[2] == third.rpartition("/")[2]


def test_what_cannot_be_fetched_is_held_unsent_and_says_why(studio, settings, mine):
    with links_port(settings):
        pass  # it is gone again
    row, other = ask_with(studio, mine), studio.ask()
    put(other, connection=SANDBOX)
    start(studio)
    held = studio.until(row, held="link")
    assert (held.status, held.due_at, held.charged, held.claim_token) == ("queued", None, "no", "")
    assert "could not be fetched through its link: the server refuses connections" in held.message
    assert held.events.last().why == f"Held: {held.message}"
    assert [event.to_status for event in held.events.all()] == ["queued", "queued"]
    studio.until(other, status="succeeded")  # the others go on
    assert not Connection.of(SANDBOX).paused
    assert [body["type"] for body in sent(studio)] == ["text-to-video"]
    with links_port(settings):
        Generation.objects.of(Connection.named(SANDBOX)).are_held().release()  # "Send held takes"
        assert studio.until(row, status="succeeded").message == ""


def test_a_file_that_is_gone_from_the_store_is_not_asked_for(studio, settings, mine):
    default_storage.delete(mine.name)
    with links_port(settings):
        row = ask_with(studio, mine)
        start(studio)
        assert "404" in studio.until(row, held="link").message
    assert sent(studio) == []


def test_a_worker_that_died_between_link_and_sending_leaves_nothing_behind(studio, settings, mine):
    """The claim runs out, the next one makes a link of its own."""
    with links_port(settings):
        row = ask_with(studio, mine)
        put(row, claim_token=TOKEN, due_at=row.created_at)
        start(studio)
        done = studio.until(row, status="succeeded")
    assert len(sent(studio)) == 1
    assert done.sent_links["image"] == sent(studio)[0]["image"]


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1", "https://192.168.1.7", "https://tunnel.local", "https://[::1]"]
)
def test_a_real_provider_never_gets_a_private_address(studio, settings, mine, address):
    """Not even where the settings name one: the fake API is on loopback, but counts as a real one."""
    settings.STUDIO_PUBLIC_URL = address
    with links_port(settings) as asked:
        row = ask_with(studio, mine, studio.api.base)
        start(studio, studio.api.base)
        held = studio.until(row, held="link")
    assert "only public links" in held.message
    assert (sent(studio), asked) == ([], [])


def test_a_private_link_that_somehow_got_into_a_row_is_not_sent_to_a_real_provider(studio):
    row = studio.ask()
    request = {**row.request, "type": "image-to-video", "image": "http://169.254.169.254/latest/meta-data/"}
    put(row, request=request, type="image-to-video")
    start(studio, studio.api.base)
    assert "your own network" in studio.until(row, held="link").message
    assert sent(studio) == []


@pytest.mark.parametrize(("leads_to", "fetched"), [(PUBLIC, True), ("10.0.0.7", False), ("127.0.0.1", False)])
def test_a_public_name_has_to_lead_to_a_public_address(net, database_writer, settings, mine, leads_to, fetched):
    """One byte is fetched through the tunnel's own name; where that leads home, nothing is dialled."""
    settings.STUDIO_PUBLIC_URL, settings.PROVIDER = "https://tunnel.example.com", "https://apiin.one/api/v1"
    net.names["tunnel.example.com"] = [leads_to]
    seen = []

    def serve(peer):
        seen.append(peer.read())
        peer.send(b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-0/%d\r\nContent-Length: 1\r\n\r\nx" % mine.bytes)

    net.serve(PUBLIC, serve)
    row = ask_with(None, mine, settings.PROVIDER)
    reach = InputLinks(authorities=CERTIFICATE)
    if not fetched:
        with pytest.raises(Unreachable, match="private network"):
            reach.links_of(row, database_writer)
        assert net.dialled == []
        return
    link = reach.links_of(row, database_writer)["image"]
    assert link.startswith("https://tunnel.example.com/files/")
    assert upload_of(link.split("/")[4]) == mine
    assert b"Range: bytes=0-0" in seen[0]
    assert KEY.encode() not in seen[0]

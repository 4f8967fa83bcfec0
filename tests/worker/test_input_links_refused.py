"""Where a link is made to no good, or leads to something else: said in words, and nothing is sent."""

from __future__ import annotations

import pytest
from django.test import override_settings

from studio.media.storage import media_store
from studio.worker.input_links import InputLinks, Unreachable
from tests.net.internet import CERTIFICATE, PUBLIC
from tests.rows import put

from .test_input_links import SANDBOX, ask_with, sent, start

PAGE = b"<html>You are about to visit a tunnel"
ANSWERS = {
    "a page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE),
    "a part of another": b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-0/9\r\nContent-Length: 1\r\n\r\nx",
    "a page without an end": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PAGE,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_page_of_the_tunnels_own_is_not_sent_as_a_picture(net, database_writer, settings, mine, answer):
    settings.STUDIO_PUBLIC_URL, settings.PROVIDER = "https://tunnel.example.com", "https://apiin.one/api/v1"
    net.names["tunnel.example.com"] = [PUBLIC]

    def serve(peer):
        peer.read()
        peer.send(answer)

    net.serve(PUBLIC, serve)
    row = ask_with(None, mine, settings.PROVIDER)
    with pytest.raises(Unreachable, match=r"another file (is|may be) there"):
        InputLinks(authorities=CERTIFICATE).links_of(row, database_writer)


def test_without_the_keys_of_s3_there_is_no_link_and_words_instead(
    database_writer, settings, mine, monkeypatch, tmp_path
):
    pytest.importorskip("storages")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    settings.PROVIDER = "https://apiin.one/api/v1"
    row = ask_with(None, mine, settings.PROVIDER)
    store = media_store(tmp_path, "films", "https://s3.example.com", region_name="x", access_key=None, secret_key=None)
    there = override_settings(STORAGES={**settings.STORAGES, "default": store}, STUDIO_S3_BUCKET="films")
    with there, pytest.raises(Unreachable, match=r"No link.*STUDIO_S3_ACCESS_KEY"):
        InputLinks().links_of(row, database_writer)


@pytest.mark.parametrize("trouble", [PermissionError(13, "Not yours"), ValueError("Invalid endpoint: Not yours")])
def test_where_no_link_can_be_made_that_take_is_held_and_the_others_go_on(studio, mine, monkeypatch, trouble):
    def breaks(*_):
        raise trouble

    monkeypatch.setattr("studio.worker.input_links.link_to", breaks)
    row, other = ask_with(studio, mine), studio.ask()
    put(other, connection=SANDBOX)
    start(studio)
    held = studio.until(row, held="link")
    assert (held.status, held.due_at, held.charged) == ("queued", None, "no")
    assert "Not yours" in held.message
    studio.until(other, status="succeeded")
    assert [body["type"] for body in sent(studio)] == ["text-to-video"]


@pytest.mark.parametrize(
    ("link", "words"),
    [("https://drive.google.com/file/d/1/view", "Google Drive page"), ("http://10.0.0.7/a.png", "your own network")],
)
def test_a_page_that_shows_the_file_is_called_so(database_writer, studio, link, words):
    row = studio.ask()
    put(row, request={**row.request, "type": "image-to-video", "image": link}, type="image-to-video")
    with pytest.raises(Unreachable, match=words):
        InputLinks().links_of(row, database_writer)

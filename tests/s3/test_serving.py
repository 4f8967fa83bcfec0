"""Videos and files in S3: stored there by the same storage API, and fetched from there by signed links alone."""

from __future__ import annotations

import io
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client

from studio.generations.models import Generation
from studio.media.serving import signed_link
from studio.media.storage import is_local, store_trouble
from studio.middleware import local_user
from studio.uploads.links import signed_path
from studio.uploads.links_port import application
from tests.browser.process import free_ports
from tests.media.kept import clip, keep, picture, upload
from tests.rows import in_status

from .server import S3

pytestmark = pytest.mark.django_db


@pytest.fixture
def me() -> User:
    return local_user()


@pytest.fixture
def take(in_s3: S3, me: User) -> Generation:
    take = in_status("succeeded", owner=me, prompt="Cat, playing piano")
    keep(take)
    return take


def test_the_video_is_an_object_and_its_page_leads_there_by_a_signed_link(
    in_s3: S3, client: Client, take: Generation
) -> None:
    assert not is_local(default_storage)
    assert take.kept.name in in_s3.names()
    answer = client.get(f"/generations/{take.pk}/video/")
    link = answer["Location"]
    assert answer.status_code == 302
    assert link.startswith(f"{in_s3.endpoint}/dailies/videos/")
    assert "private" in answer["Cache-Control"]
    whole = requests.get(link, timeout=10)
    assert whole.content == clip()
    assert whole.headers["Content-Type"] == "video/mp4"
    assert "inline" in whole.headers["Content-Disposition"]
    assert requests.head(link, timeout=10).status_code in (200, 403)  # a signature is of one method


@pytest.mark.parametrize(("asked", "start", "stop"), [
    ("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-20", -20, None),
])  # fmt: skip
def test_it_comes_in_ranges(client: Client, take: Generation, asked: str, start: int, stop: int | None) -> None:
    link = client.get(f"/generations/{take.pk}/video/")["Location"]
    part = requests.get(link, headers={"Range": asked}, timeout=10)
    assert (part.status_code, part.content) == (206, clip()[start:stop])


def test_a_download_is_saved_under_its_name(client: Client, take: Generation) -> None:
    link = client.get(f"/generations/{take.pk}/video/?download=1")["Location"]
    told = requests.get(link, timeout=10).headers["Content-Disposition"]
    assert told == f'attachment; filename="{take.created_at.date()}_text-to-video_cat-playing-piano_{take.pk:04}.mp4"'


def test_a_poster_comes_by_a_link_that_the_browser_keeps_for_a_while(client: Client, take: Generation) -> None:
    answer = client.get(f"/generations/{take.pk}/poster/")
    assert requests.get(answer["Location"], timeout=10).content == picture()
    assert "max-age=3600" in answer["Cache-Control"]
    assert int(parse_qs(urlsplit(answer["Location"]).query)["X-Amz-Expires"][0]) > 3600


def test_without_a_valid_signature_nothing_is_given(client: Client, take: Generation) -> None:
    link = client.get(f"/generations/{take.pk}/video/")["Location"]
    bare = link.partition("?")[0]
    poster = client.get(f"/generations/{take.pk}/poster/")["Location"]
    swapped = f"{bare}?{poster.partition('?')[2]}"
    for wrong in (bare, link.replace("X-Amz-Signature=", "X-Amz-Signature=0"), swapped):
        answer = requests.get(wrong, timeout=10)
        assert answer.status_code == 403
        assert clip()[:64] not in answer.content


def test_a_link_dies(take: Generation) -> None:
    link, end = signed_link(take.kept.name, "video/mp4", seconds=1), time.monotonic() + 20
    while requests.get(link, timeout=10).status_code != 403:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_other_people_s_are_not_found(client: Client, take: Generation) -> None:
    Generation.objects.filter(pk=take.pk).update(owner=User.objects.create(username="somebody else"))
    assert client.get(f"/generations/{take.pk}/video/").status_code == 404


def test_the_links_port_leads_there_too(in_s3: S3, me: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "studio.uploads.links_port.close_old_connections", lambda: None
    )  # the test's own is still needed
    picked = upload(me)
    seen: dict[str, str] = {}
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": signed_path(picked), "wsgi.input": io.BytesIO(), "QUERY_STRING": "",
        "SERVER_NAME": "x", "SERVER_PORT": "1", "wsgi.url_scheme": "http",
    }  # fmt: skip
    body = application(environ, lambda status, headers: seen.update({"status": status, **dict(headers)}))
    assert (seen["status"], b"".join(body)) == ("302 Found", b"")
    fetched = requests.get(seen["Location"], timeout=10)
    assert (fetched.content, fetched.headers["Content-Type"]) == (picture(), "image/jpeg")


def test_a_store_that_can_be_used_is_no_trouble(in_s3: S3) -> None:
    assert store_trouble() == ""


@pytest.mark.parametrize(("wrong", "words"), [
    ({"bucket": "elsewhere"}, "there is no such bucket (STUDIO_S3_BUCKET)"),
    ({"access_key": "AKINOBODY"}, "the access key is not known there (STUDIO_S3_ACCESS_KEY)"),
    ({"secret_key": "wrong"}, "the secret key is wrong (STUDIO_S3_SECRET_KEY)"),
    ({"endpoint": "http://127.0.0.1:{free}"}, "it does not answer (STUDIO_S3_ENDPOINT)"),
])  # fmt: skip
def test_what_is_wrong_with_it_is_said_in_words(s3: S3, settings, wrong: dict[str, str], words: str) -> None:
    wrong = {name: value.format(free=free_ports(1)[0]) for name, value in wrong.items()}
    settings.STORAGES = {**settings.STORAGES, "default": s3.but(**wrong).storage()}
    assert store_trouble() == words

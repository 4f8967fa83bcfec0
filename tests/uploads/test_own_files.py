"""Own files in the composer: as `upload:<id>`, or with the form itself where there is no JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from studio.generations.models import Generation
from studio.uploads.intake import take_file
from studio.uploads.models import Upload
from tests.html import Element, read
from tests.media.made import picture, telltale, tone, video
from tests.pages import HTMX, typed

pytestmark = pytest.mark.django_db
PUBLIC = "https://93.184.216.34"


def upload(owner: Any, content: bytes) -> Upload:
    return take_file(owner, SimpleUploadedFile("a.bin", content))


def error(page: Element, name: str) -> str:
    return page.id(f"{name}-error").text


@pytest.mark.parametrize(("mode", "name", "content"), [
    ("image-to-video", "image", telltale), ("lipsync", "audio", tone), ("control", "video", video),
])  # fmt: skip
def test_a_take_is_asked_for_with_an_own_file(client: Client, me: User, mode: str, name: str, content: Any) -> None:
    mine = upload(me, content())
    client.post("/generations/", typed(mode, **{name: mine.link}, video_duration="6", audio_duration="6"))
    take = Generation.objects.get()
    assert take.request[name] == f"upload:{mine.pk}"
    assert list(take.uploads.all()) == [mine]
    assert (take.sent_links, take.sent_request) == ({}, take.request)
    before = mine.used_at
    mine.refresh_from_db()
    assert mine.used_at > before


@pytest.mark.parametrize("field", ["image", "image_file"])
def test_without_javascript_the_file_comes_with_the_form(client: Client, field: str) -> None:
    form = typed("image-to-video", image="")
    answer = client.post("/generations/", {**form, field: SimpleUploadedFile("a.jpg", telltale())})
    take = Generation.objects.get()
    assert answer.status_code == 303
    assert take.request["image"] == f"upload:{Upload.objects.get().pk}"


def test_what_else_is_wrong_does_not_lose_the_file(client: Client) -> None:
    form = typed("image-to-video", image="", prompt="", seed="12", resolution="480p")
    page = read(client.post("/generations/", {**form, "image_file": SimpleUploadedFile("a.jpg", telltale())}))
    mine = Upload.objects.get()
    kept = page.id("composer-form").values()
    assert (kept["image"], kept["seed"], kept["resolution"]) == (mine.link, "12", "480p")
    assert "Describe the shot" in error(page, "prompt")
    client.post("/generations/", {**kept, "prompt": "Fog"})
    assert Generation.objects.get().request["image"] == mine.link


def test_the_same_press_with_the_same_file_makes_one_take(client: Client) -> None:
    for _ in range(2):
        form = typed("image-to-video", image="")
        client.post("/generations/", {**form, "image_file": SimpleUploadedFile("a.jpg", telltale())})
    assert (Generation.objects.count(), Upload.objects.count()) == (1, 1)


def test_the_measured_length_is_sent_and_priced(client: Client, me: User) -> None:
    mine = upload(me, tone(12.5))
    priced = client.post("/estimate/", typed("lipsync", audio=mine.link, audio_duration=""))
    assert "80–94" in read(priced).text
    for typed_, sent, price in (("", 12.5, "80–94"), ("5", 5, "38")):
        form = typed("lipsync", audio="", audio_duration=typed_, submission_key=f"key-{typed_}")
        answer = client.post("/generations/", {**form, "audio_file": SimpleUploadedFile("a.wav", tone(12.5))})
        take = Generation.objects.latest("pk")
        assert (answer.status_code, take.request["audio_duration"], str(take.estimate)) == (303, sent, price)
    assert Generation.objects.count() == 2
    begins = read(client.get(f"/?type=lipsync&audio={mine.link}")).id("composer-form").values()
    assert begins["audio_duration"] == "12.5"
    switched = client.post("/compose/lipsync/", {"audio": mine.link, "prompt": "Fog"}, headers=HTMX)
    assert read(switched).id("composer-form").values()["audio_duration"] == "12.5"


@pytest.mark.parametrize(("length", "price"), [("5", "38"), ("10", "66")])
def test_a_length_that_was_typed_stands_and_is_what_is_priced(
    client: Client, me: User, length: str, price: str
) -> None:
    form = typed("lipsync", audio=upload(me, tone(12.5)).link, audio_duration=length)
    priced = read(client.post("/estimate/", form))
    assert f"{price} credits" in priced.text
    assert f"This recording is 12.5 s long; {length} s is what you ask for." in priced.id("missing").text
    client.post("/generations/", form)
    take = Generation.objects.get()
    assert (take.request["audio_duration"], str(take.estimate)) == (int(length), price)


@pytest.mark.parametrize(("seconds", "words"), [(3, "Choose a longer one"), (24, "Trim it")])
def test_outside_5_to_20_seconds_it_says_so_beside_the_field(
    client: Client, me: User, seconds: int, words: str
) -> None:
    mine = upload(me, tone(seconds))
    page = read(client.post("/generations/", typed("lipsync", audio=mine.link, audio_duration=""), headers=HTMX))
    assert f"{seconds} s long" in error(page, "audio")
    assert words in error(page, "audio")
    assert not page.all(id="audio_duration-error")
    read(client.post("/generations/", typed("lipsync", audio=mine.link, audio_duration="10", submission_key="2")))
    assert Generation.objects.count() == 0


def test_a_file_of_somebody_elses_of_another_kind_or_gone_is_refused(client: Client, me: User, other: User) -> None:
    theirs, sound = upload(other, telltale()), upload(me, tone(6))
    for link, words in (
        (theirs.link, "not there any more"),
        ("upload:999999", "not there any more"),
        (sound.link, "This is a recording; a picture belongs here"),
        ("upload:x", "not a link"),
    ):
        page = read(client.post("/generations/", typed("image-to-video", image=link), headers=HTMX))
        assert words in error(page, "image"), link
    assert Generation.objects.count() == 0


def test_a_file_that_is_refused_says_so_beside_its_field(client: Client) -> None:
    form = typed("image-to-video", image="")
    page = read(client.post("/generations/", {**form, "image_file": SimpleUploadedFile("a.jpg", video(8))}))
    assert "This is a video, not a picture" in error(page, "image")
    assert "Paste a link" not in error(page, "image")


def test_the_same_settings_with_the_same_file_are_the_same_take(client: Client, me: User) -> None:
    mine = upload(me, telltale())
    client.post("/generations/", typed("image-to-video", image=mine.link, seed="7"))
    page = read(client.post("/generations/", typed("image-to-video", image=mine.link, seed="7", submission_key="2")))
    assert "You have this take already" in error(page, "seed")


def test_what_a_take_was_made_from_is_in_the_form_again(client: Client, me: User) -> None:
    mine = upload(me, telltale())
    client.post("/generations/", typed("image-to-video", image=mine.link))
    page = read(client.get(f"/?from={Generation.objects.get().pk}"))
    assert page.one("input", name="image").attrs["value"] == mine.link


@pytest.mark.usefixtures("real")
def test_with_a_key_only_generate_waits_for_a_way_to_the_file(client: Client, me: User) -> None:
    mine = upload(me, tone(12.5))
    form = typed("lipsync", audio=mine.link, audio_duration="")
    priced = read(client.post("/estimate/", form))
    assert ("80–94" in priced.text, "provider can fetch" in priced.text) == (True, False)
    page = read(client.post("/generations/", form, headers=HTMX))
    assert "The provider can fetch only public links, and this file is on your computer" in error(page, "audio")
    for words in ("cloudflared tunnel --url http://127.0.0.1:8001", "STUDIO_PUBLIC_URL=", "STUDIO_S3_BUCKET="):
        assert words in page.text
    assert page.id("composer-form").values()["audio"] == mine.link
    assert Generation.objects.count() == 0


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(("named", "value", "takes"), [
    ("STUDIO_PUBLIC_URL", PUBLIC, 1), ("STUDIO_PUBLIC_URL", "http://tunnel.example.com", 0),
    ("STUDIO_PUBLIC_URL", "https://127.0.0.1:8001", 0), ("STUDIO_PUBLIC_URL", "https://192.168.1.7", 0),
    ("STUDIO_S3_BUCKET", "dailies", 1),
])  # fmt: skip
def test_with_a_key_a_public_way_opens_generate(
    client: Client, me: User, settings: Any, named: str, value: str, takes: int
) -> None:
    mine = upload(me, picture())
    setattr(settings, named, value)
    client.post("/generations/", typed("image-to-video", image=mine.link))
    assert Generation.objects.count() == takes


@pytest.mark.usefixtures("real")
def test_s3_on_this_machine_is_no_way(client: Client, me: User, settings: Any) -> None:
    mine = upload(me, picture())
    settings.STUDIO_S3_BUCKET, settings.S3_ENDPOINT = "dailies", "http://127.0.0.1:8333"
    client.post("/generations/", typed("image-to-video", image=mine.link))
    assert Generation.objects.count() == 0


@pytest.mark.parametrize("address", ["http://studio.example", "https://127.0.0.1:8001", "https://localhost"])
def test_an_address_where_nothing_can_be_fetched_is_called_so(
    client: Client, me: User, real: None, settings: Any, address: str
) -> None:
    settings.STUDIO_PUBLIC_URL = address
    form = typed("image-to-video", image=upload(me, telltale()).link)
    page = client.post("/generations/", form, headers=HTMX).content.decode()
    assert f"<code>{address}</code>, where the provider can fetch nothing" in page
    assert not Generation.objects.exists()

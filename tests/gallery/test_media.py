"""Kept videos and posters: the owner's alone, and named so that one finds them again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client

from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from tests.media.kept import clip, keep, picture
from tests.pages import Make


@pytest.fixture
def take(make: Make) -> Iterator[Generation]:
    take = make(request_={"prompt": "Cat, playing   piano!", "seed": 1234})
    kept = keep(take)
    yield take
    for name in (kept.name, kept.poster):
        default_storage.delete(name)


def test_the_owner_gets_the_bytes_that_were_kept(client: Client, take: Generation) -> None:
    whole = client.get(f"/generations/{take.pk}/video/")
    assert b"".join(whole) == clip()
    assert (whole["Content-Type"], whole["Content-Security-Policy"]) == ("video/mp4", "default-src 'none'; sandbox")
    part = client.get(f"/generations/{take.pk}/video/", headers={"Range": "bytes=100-299"})
    assert (part.status_code, b"".join(part)) == (206, clip()[100:300])
    poster = client.get(f"/generations/{take.pk}/poster/")
    assert (b"".join(poster), poster["Content-Type"]) == (picture(), "image/jpeg")
    assert "private" in poster["Cache-Control"]


@pytest.mark.parametrize("what", ["video", "poster"])
def test_a_number_that_stands_for_another_take_after_a_restore_brings_that_ones(
    client: Client, take: Generation, what: str
) -> None:
    answer = client.get(f"/generations/{take.pk}/{what}/")
    assert answer["Cache-Control"] == "private, no-cache"
    had = {"If-None-Match": answer["ETag"]}
    assert client.get(f"/generations/{take.pk}/{what}/", headers=had).status_code == 304
    KeptVideo.objects.update(sha256="0" * 64)
    assert client.get(f"/generations/{take.pk}/{what}/", headers=had).status_code == 200


@pytest.mark.parametrize("what", ["video", "poster"])
def test_what_belongs_to_others_or_is_not_kept_is_not_found(
    client: Client, other: User, make: Make, take: Generation, what: str
) -> None:
    assert client.get(f"/generations/{make().pk}/{what}/").status_code == 404
    assert client.get(f"/generations/{10**30}/{what}/").status_code == 404
    assert client.post(f"/generations/{take.pk}/{what}/").status_code == 405
    Generation.objects.filter(pk=take.pk).update(owner=other)
    assert client.get(f"/generations/{take.pk}/{what}/").status_code == 404
    assert client.head(f"/generations/{take.pk}/{what}/").status_code == 404


def test_no_other_site_shows_it_in_its_own_pages(client: Client, take: Generation) -> None:
    for url in (f"/generations/{take.pk}/video/", f"/generations/{take.pk}/poster/", "/"):
        answer = client.get(url)
        assert (answer.status_code, answer["Cross-Origin-Resource-Policy"]) == (200, "same-origin")
        foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        assert client.get(url, headers=foreign).status_code == 403
        assert client.get(url, headers=foreign | {"Sec-Fetch-Mode": "navigate"}).status_code == 200
        assert client.get(url, headers=foreign | {"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_without_the_password_nobody_gets_a_video(client: Client, take: Generation, settings: object) -> None:
    settings.STUDIO_PASSWORD = "twelve characters"  # type: ignore[attr-defined] # noqa: S105
    answer = client.get(f"/generations/{take.pk}/video/")
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/login/")


def test_a_file_that_has_vanished_is_not_found_and_breaks_nothing(client: Client, take: Generation) -> None:
    default_storage.delete(take.kept.name)
    assert client.get(f"/generations/{take.pk}/video/").status_code == 404


def test_a_download_is_named_by_date_mode_and_prompt(client: Client, take: Generation) -> None:
    day = take.created_at.date()
    plain = client.get(f"/generations/{take.pk}/video/")
    saved = client.get(f"/generations/{take.pk}/video/?download=1")
    name = f'filename="{day}_text-to-video_cat-playing-piano_{take.pk:04}.mp4"'
    assert plain["Content-Disposition"] == f"inline; {name}"
    assert saved["Content-Disposition"] == f"attachment; {name}"
    assert b"".join(saved) == clip()


def test_a_download_is_named_in_the_prompt_s_own_letters(client: Client, take: Generation) -> None:
    Generation.objects.filter(pk=take.pk).update(prompt='夜の猫 "Ärger"/../\r\n' + "lang " * 99)
    told = client.get(f"/generations/{take.pk}/video/?download=1")["Content-Disposition"]
    assert "filename*=utf-8''" in told
    assert "%E5%A4%9C%E3%81%AE%E7%8C%AB-%C3%A4rger-lang" in told
    assert not re.search(r"[\r\n/\"]", told.partition("''")[2])
    Generation.objects.filter(pk=take.pk).update(prompt="")
    told = client.get(f"/generations/{take.pk}/video/?download=1")["Content-Disposition"]
    assert told.endswith(f'_text-to-video_{take.pk:04}.mp4"')

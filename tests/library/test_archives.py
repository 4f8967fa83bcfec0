"""A zip is shown while it is packed, given to its owner alone, and in parts where that is asked for."""

import io
import zipfile

import pytest
from django.test import Client
from django.utils import timezone

from studio.library.archives import Archive
from studio.worker.housekeeping import Housekeeping
from tests.html import read
from tests.media.kept import keep
from tests.pages import HTMX, Make

pytestmark = pytest.mark.django_db


def archive(owner: object, **changes: object) -> Archive:
    now = timezone.now()
    return Archive.objects.create(owner=owner, created_at=now, **{"takes": [1, 2, 3], "due_at": now, **changes})


SHOWN = [
    ({}, "Waiting for a worker to pack 3 takes", True),
    ({"claim_token": "w", "done": 2}, "Packing 2 of 3 takes", True),
    ({"status": "ready", "bytes": 5_000_000, "due_at": None}, "3-takes.zip · 4.8 MB", False),
    ({"status": "failed", "why": "The disk is full.", "due_at": None}, "The disk is full.", False),
]


@pytest.mark.parametrize(("changes", "words", "goes_on"), SHOWN)
def test_it_says_how_far_it_is_and_asks_again_only_while_it_is_packed(
    client: Client, me: object, changes: dict, words: str, goes_on: bool
) -> None:
    found = archive(me, **changes)
    for headers in (HTMX, {}):
        part = read(client.get(f"/archives/{found.pk}/", headers=headers)).id(f"archive-{found.pk}")
        assert words in part.text
        assert ("hx-trigger" in part.attrs) == goes_on
    page = read(client.get(f"/archives/{found.pk}/"))
    assert page.all("a", id="back")
    assert not page.all("form", id="filters"), "nothing is there to filter"
    assert client.get(f"/archives/{found.pk}/file/").status_code == 404


def test_the_file_comes_as_a_download_in_parts_too(client: Client, make: Make, me: object, tmp_path) -> None:
    take = make()
    keep(take, b"video", poster=None)
    found = Archive.ask(me, [take.pk])
    Housekeeping(tmp_path / "packing").run_once()
    answer = client.get(f"/archives/{found.pk}/file/")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="dailies-{found.created_at:%Y-%m-%d}-1-take.zip"'
    whole = answer.getvalue()
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
    part = client.get(f"/archives/{found.pk}/file/", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.getvalue()) == (206, whole[10:20])


def test_anothers_archive_is_not_there(client: Client, other: object) -> None:
    theirs = archive(other, status="ready", name="archives/x.zip", due_at=None)
    for url in (f"/archives/{theirs.pk}/", f"/archives/{theirs.pk}/file/"):
        assert client.get(url).status_code == 404
        assert client.post(url).status_code == 405

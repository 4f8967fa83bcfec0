"""A large file comes by chunks, goes on from where it was, and is looked at only once it is whole."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from studio.media.room import Reserve
from studio.uploads import incoming
from studio.uploads.models import Upload
from tests.media.made import tone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.STUDIO_DATA_DIR = tmp_path
    return tmp_path / "incoming"


def begin(client: Client, size: int) -> str:
    answer = client.post("/uploads/incoming/", {"bytes": str(size)}).json()
    assert answer["chunk"] <= 8_000_000
    return str(answer["url"])


def append(client: Client, url: str, offset: object, chunk: bytes) -> Any:
    return client.post(f"{url}?offset={offset}", chunk, content_type="application/octet-stream")


def finish(client: Client, url: str, kind: str = "audio") -> Any:
    return client.post(f"{url}done/", {"kind": kind, "filename": "C:\\My voice.wav"})


def test_what_comes_by_chunks_is_the_file(client: Client, folder: Path) -> None:
    whole = tone(30)
    url = begin(client, len(whole))
    for start in range(0, len(whole), 100_000):
        chunk = whole[start : start + 100_000]
        assert append(client, url, start, chunk).json() == {"received": start + len(chunk)}
    said = finish(client, url).json()
    assert (said["filename"], said["seconds"], said["problem"]) == ("My voice.wav", 30.0, "")
    assert b"".join(client.get(said["url"])) == whole
    assert list(folder.iterdir()) == []
    assert client.get(url).status_code == 404


def test_after_a_break_it_goes_on_from_where_it_was(client: Client, folder: Path) -> None:
    """What came twice is written once, and what is missing is not skipped."""
    whole = tone(8)
    url = begin(client, len(whole))
    append(client, url, 0, whole[:50_000])
    assert append(client, url, 0, whole[:50_000]).json() == {"received": 50_000}
    assert append(client, url, 90_000, whole[90_000:]).json() == {"received": 50_000}
    assert client.get(url).json() == {"received": 50_000}
    answer = finish(client, url)
    assert (answer.status_code, answer.json()["retry"]) == (422, True)
    assert not Upload.objects.exists()
    assert append(client, url, 50_000, whole[50_000:]).json() == {"received": len(whole)}
    assert finish(client, url).json()["seconds"] == 8.0


def test_it_is_its_owners_alone(client: Client, other: User, folder: Path) -> None:
    theirs = f"/uploads/incoming/{incoming.begin(other, 5)}/"
    (path,) = folder.iterdir()
    assert append(client, theirs, 0, b"12345").status_code == 404
    assert client.get(theirs).status_code == 404
    assert finish(client, theirs).status_code == 404
    client.delete(theirs)
    assert path.read_bytes() == b""


def test_no_token_no_chunk(client: Client, strict: Client) -> None:
    url = begin(client, 5)
    assert strict.post("/uploads/incoming/", {"bytes": "5"}).status_code == 403
    assert append(strict, url, 0, b"12345").status_code == 403
    assert strict.delete(url).status_code == 403
    assert client.get(url).json() == {"received": 0}


@pytest.mark.parametrize("name", ["x", "0" * 32, f"{'0' * 32}-5", f"{'0' * 32}-{'9' * 300}", "..", "a-5"])
def test_a_name_that_nobody_was_given_is_not_there(client: Client, name: str) -> None:
    url = f"/uploads/incoming/{name}/"
    assert append(client, url, 0, b"1").status_code == 404
    assert client.get(url).status_code == 404
    assert finish(client, url).status_code == 404
    assert client.delete(url).status_code in (204, 404)


def test_sizes_are_bounded(client: Client, folder: Path) -> None:
    answer = client.post("/uploads/incoming/", {"bytes": str((1 << 30) + 1)})
    assert (answer.status_code, answer.json()["retry"]) == (422, False)
    assert "too large: 1 GB is the most. Cut it" in answer.json()["problem"]
    for odd in ("", "-1", "x", "9" * 30, "1.5"):
        assert client.post("/uploads/incoming/", {"bytes": odd}).status_code == 422
    assert list(folder.iterdir()) == [] if folder.exists() else True
    url = begin(client, 5)
    assert "More came" in append(client, url, 0, b"123456").json()["problem"]
    assert append(client, url, "x", b"1").status_code == 422
    assert client.get(url).json() == {"received": 0}


def test_room_is_asked_for_before_a_byte_is_sent_and_what_others_bring_counts(
    client: Client, other: User, folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 5_000_000
    monkeypatch.setattr(Reserve, "room_in", lambda *_: room)
    assert client.post("/uploads/incoming/", {"bytes": "2000000"}).status_code == 200
    incoming.begin(other, 400_000)
    answer = client.post("/uploads/incoming/", {"bytes": "200000"})
    assert (answer.status_code, answer.json()["retry"]) == (422, True)
    assert "disk is full" in answer.json()["problem"]
    assert "Make room there" in answer.json()["problem"]
    assert len(list(folder.iterdir())) == 2


def test_a_disk_that_fills_up_meanwhile_is_said_and_nothing_of_the_chunk_stays(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = begin(client, 10)
    append(client, url, 0, b"12345")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("studio.uploads.incoming.os.fsync", full)
        answer = append(client, url, 5, b"67890")
    assert (answer.status_code, answer.json()["retry"]) == (422, True)
    assert "disk is full" in answer.json()["problem"]
    assert client.get(url).json() == {"received": 5}
    assert append(client, url, 5, b"67890").json() == {"received": 10}


def test_so_many_at_once_and_no_more(client: Client, folder: Path) -> None:
    urls = [begin(client, 5) for _ in range(incoming.MOST_AT_ONCE)]
    answer = client.post("/uploads/incoming/", {"bytes": "5"})
    assert (answer.status_code, answer.json()["retry"]) == (422, True)
    assert "Try again when one of them is done" in answer.json()["problem"]
    assert client.delete(urls[0]).status_code == 204
    begin(client, 5)


def test_what_is_not_taken_is_gone_and_what_may_be_taken_later_stays(
    client: Client, folder: Path, settings: Any
) -> None:
    url = begin(client, 5)
    append(client, url, 0, b"12345")
    assert finish(client, url).json()["retry"] is False
    assert list(folder.iterdir()) == []
    whole = tone(6)
    url = begin(client, len(whole))
    append(client, url, 0, whole)
    before, settings.STUDIO_DISK_RESERVE = settings.STUDIO_DISK_RESERVE, Reserve(1 << 50)
    assert finish(client, url).json()["retry"] is True
    settings.STUDIO_DISK_RESERVE = before
    assert finish(client, url).json()["seconds"] == 6.0


def test_an_empty_file_is_called_empty(client: Client) -> None:
    assert "This file is empty" in finish(client, begin(client, 0)).json()["problem"]


def test_what_nobody_goes_on_with_is_swept(client: Client, folder: Path) -> None:
    begin(client, 5)
    (old,) = folder.iterdir()
    new = begin(client, 6)
    os.utime(old, (time.time() - 2 * incoming.DAY,) * 2)
    incoming.sweep()
    assert not old.exists()
    assert client.get(new).json() == {"received": 0}

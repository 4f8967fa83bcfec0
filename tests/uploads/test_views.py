"""A person's own files: taken, listed, shown, trimmed, deleted; theirs alone."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from studio.generations.models import Generation
from studio.media.room import Reserve
from studio.uploads.models import Upload
from tests.html import read
from tests.media.kept import keep
from tests.media.made import GPS, picture, telltale, tone, video
from tests.media.test_claims import HOSTILE
from tests.pages import HTMX, Make
from tests.uploads_made import made

pytestmark = pytest.mark.django_db
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def file(content: bytes, name: str = "a.bin") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def send(client: Client, content: bytes, kind: str = "", name: str = "a.bin") -> Any:
    return client.post("/uploads/", {"file": file(content, name), **({"kind": kind} if kind else {})})


def body(answer: Any) -> bytes:
    return b"".join(answer)


def test_a_picture_is_taken_cleaned_and_shown(client: Client) -> None:
    said = send(client, telltale(), "image", "Große Katze.jpg").json()
    upload = Upload.objects.get()
    assert said == {
        "id": upload.pk, "token": f"upload:{upload.pk}", "kind": "image", "filename": "Große Katze.jpg",
        "bytes": upload.bytes, "width": 48, "height": 64, "seconds": None, "has_sound": False,
        "url": f"/uploads/{upload.pk}/file/", "poster": f"/uploads/{upload.pk}/poster/", "reachable": True,
        "problem": "", "parent": None,
    }  # fmt: skip
    shown = client.get(said["url"])
    kept = body(shown)
    assert (shown["Content-Type"], len(kept)) == ("image/jpeg", said["bytes"])
    assert (shown["X-Content-Type-Options"], "sandbox" in shown["Content-Security-Policy"]) == ("nosniff", True)
    assert not Image.open(io.BytesIO(kept)).getexif().get_ifd(GPS)
    assert b"Lovelace" not in kept
    assert upload.name == f"uploads/{upload.sha256}.jpg"
    small = client.get(said["poster"])
    assert (small["Content-Type"], Image.open(io.BytesIO(body(small))).size) == ("image/jpeg", (48, 64))


def test_recordings_and_videos_are_measured(client: Client) -> None:
    said = send(client, tone(7.5), "audio").json()
    assert (said["kind"], said["seconds"], said["has_sound"], said["poster"]) == ("audio", 7.5, True, "")
    said = send(client, video(6), "video").json()
    assert (said["kind"], said["width"], said["height"], said["has_sound"]) == ("video", 160, 90, True)
    assert abs(said["seconds"] - 6) < 0.05
    part = client.get(said["url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, body(part)) == (206, video(6)[10:20])


def test_a_file_is_known_by_what_it_is(client: Client) -> None:
    """Whatever it is called, and whatever the browser says that it is."""
    content = SimpleUploadedFile("holiday.jpg", tone(6), content_type="image/jpeg")
    assert client.post("/uploads/", {"file": content}).json()["kind"] == "audio"
    for kind, sent, name, words in (
        ("image", video(6), "a.jpg", "This is a video, not a picture"),
        ("image", tone(6), "a.jpg", "This is a recording, not a picture"),
        ("video", picture(), "a.mp4", "This is a picture, not a video"),
        ("video", tone(6), "a.mp4", "without pictures"),
        ("audio", picture(), "a.mp3", "This is a picture, not a recording"),
        ("audio", video(6, sound=""), "a.mp3", "a video without sound"),
        ("image", PAGE, "a.jpg", "a web page"),
        ("image", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "an SVG drawing"),
        ("video", b"", "a.mp4", "empty"),
        ("audio", b"PK\x03\x04" + bytes(99), "a.mp3", "a ZIP archive"),
        ("video", video(6)[:9000], "a.mp4", "cut off"),
        ("image", picture()[:400], "a.jpg", "cut off"),
    ):
        answer = send(client, sent, kind, name)
        assert (answer.status_code, words in answer.json()["problem"]) == (422, True), answer.content
    assert Upload.objects.count() == 1


def test_of_a_video_in_the_place_of_a_recording_the_sound_is_taken(client: Client) -> None:
    said = send(client, video(6), "audio", "interview.mp4").json()
    assert (said["kind"], said["filename"], said["has_sound"]) == ("audio", "interview (sound)", True)
    assert client.get(said["url"])["Content-Type"] == "audio/mp4"


def test_the_same_file_is_stored_once_for_each_owner(client: Client, me: User, other: User) -> None:
    from studio.uploads.intake import take_file

    first, again = send(client, telltale()).json(), send(client, telltale(), name="b.jpg").json()
    assert again["id"] == first["id"]
    theirs = take_file(other, file(telltale()))
    mine = Upload.objects.get(pk=first["id"])
    assert (theirs.pk != mine.pk, theirs.name) == (True, mine.name)
    assert client.post(f"/uploads/{mine.pk}/delete/").json()["problem"] == ""
    assert default_storage.exists(theirs.name)
    assert Upload.objects.discard(theirs)
    assert not default_storage.exists(theirs.name)
    assert not default_storage.exists(theirs.poster)


@pytest.mark.parametrize("path", ["file/", "poster/", "trim/", "delete/"])
def test_somebody_elses_file_is_not_there(client: Client, other: User, path: str) -> None:
    from studio.uploads.intake import take_file

    upload = take_file(other, file(picture()))
    url = f"/uploads/{upload.pk}/{path}"
    assert (client.get if path in ("file/", "poster/") else client.post)(url).status_code == 404
    assert f'upload:{upload.pk}"' not in client.get("/uploads/").content.decode()
    assert Upload.objects.filter(pk=upload.pk).exists()


def test_no_file_and_no_token_are_refused(client: Client, strict: Client) -> None:
    assert client.post("/uploads/").status_code == 422
    assert send(strict, picture()).status_code == 403
    assert client.get("/uploads/1/trim/").status_code == 405


def test_a_name_is_shown_as_text_and_leads_nowhere(client: Client) -> None:
    said = send(client, picture(), name='"><script>alert(1)</script>.jpg').json()
    upload = Upload.objects.get(pk=said["id"])
    page = client.get("/uploads/?kind=image", headers=HTMX).content.decode()
    assert "<script>alert(1)" not in page
    assert upload.name == f"uploads/{upload.sha256}.jpg"


def test_earlier_files_are_listed_by_kind_newest_first(client: Client, make: Make) -> None:
    keep(make(request_={"prompt": "Kept cat"}))
    ids = [send(client, picture(size=(64 + n, 48))).json()["id"] for n in range(3)]
    send(client, tone(6))
    page = read(client.get("/uploads/?kind=image"))
    tokens = [each.attrs["data-token"] for each in page.all("button") if "data-token" in each.attrs]
    assert tokens == [f"upload:{pk}" for pk in reversed(ids)]
    assert "Kept cat" in page.text
    assert "Kept cat" in read(client.get("/uploads/?kind=video")).text
    assert "Kept cat" not in read(client.get("/uploads/?kind=audio")).text
    older = read(client.get(f"/uploads/?kind=image&before={ids[1]}"))
    assert [each.attrs["data-token"] for each in older.all("button") if "data-token" in each.attrs] == [
        f"upload:{ids[0]}"
    ]


def test_a_part_is_a_file_of_its_own(client: Client) -> None:
    whole = send(client, tone(30), name="speech.wav").json()
    part = made(client, f"/uploads/{whole['id']}/trim/", {"start": "4", "seconds": "12.5"})
    assert (part["seconds"], part["filename"], part["kind"]) == (12.5, "speech (4–16.5 s)", "audio")
    assert client.get(whole["url"]).status_code == 200
    for start, seconds, words in (
        ("29", "20", "too short"), ("31", "5", "Choose a part"), ("-1", "5", "in seconds"), ("x", "5", "in seconds"),
        ("0", "3", "too short"), ("NaN", "5", "in seconds"), ("0", "1e999", "in seconds"),
    ):  # fmt: skip
        answer = client.post(f"/uploads/{whole['id']}/trim/", {"start": start, "seconds": seconds})
        assert (answer.status_code, words in answer.json()["problem"]) == (422, True), (start, answer.content)
    still = send(client, picture()).json()["id"]
    assert client.post(f"/uploads/{still}/trim/", {"start": "0", "seconds": "5"}).status_code == 422


def test_frames_and_copies_of_kept_videos_are_files_that_stay(client: Client, make: Make) -> None:
    take = make()
    keep(take, video(8))
    seconds = {}
    for at in ("first", "last", "4.5"):
        said = made(client, f"/generations/{take.pk}/frame/", {"at": at})
        image = Image.open(io.BytesIO(body(client.get(said["url"]))))
        assert (said["kind"], said["width"], said["height"]) == ("image", 160, 90)
        seconds[at] = round((image.convert("L").getpixel((80, 45)) - 16) / 8)  # type: ignore[operator]
    assert seconds == {"first": 0, "last": 7, "4.5": 4}
    copy = client.post(f"/generations/{take.pk}/reuse/").json()
    assert (copy["kind"], copy["has_sound"]) == ("video", True)
    assert client.post(f"/generations/{take.pk}/reuse/").json()["id"] == copy["id"]
    default_storage.delete(take.kept.name)
    assert body(client.get(copy["url"])) == video(8)
    assert client.post(f"/generations/{take.pk}/reuse/").status_code == 422
    assert client.post(f"/generations/{take.pk}/frame/", {"at": "nonsense"}).status_code == 422


def test_frames_of_somebody_elses_video_are_not_to_be_had(client: Client, make: Make, other: User) -> None:
    keep(theirs := make(other))
    for path in ("frame", "reuse"):
        assert client.post(f"/generations/{theirs.pk}/{path}/").status_code == 404
        assert client.post(f"/generations/{make().pk}/{path}/").status_code == 404


def test_without_javascript_a_copy_leads_to_the_composer(client: Client, make: Make) -> None:
    keep(take := make(), video(8))
    answer = client.post(f"/generations/{take.pk}/reuse/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 303
    page = read(client.get(answer["Location"]))
    assert page.one("input", name="type").attrs["value"] == "control"
    assert page.one("input", name="video").attrs["value"] == f"upload:{Upload.objects.get().pk}"
    assert page.one("input", name="video_duration").attrs["value"] == "8"


def test_a_file_that_a_take_waits_for_is_not_deleted(client: Client, make: Make) -> None:
    pk = send(client, picture()).json()["id"]
    take = make(request_={"type": "image-to-video", "image": f"upload:{pk}"})
    answer = client.post(f"/uploads/{pk}/delete/")
    assert (answer.status_code, "still needs" in answer.json()["problem"]) == (409, True)
    Generation.objects.filter(pk=take.pk).update(status="succeeded")
    assert client.post(f"/uploads/{pk}/delete/").status_code == 200
    assert client.get(f"/uploads/{pk}/file/").status_code == 404
    assert Generation.objects.get(pk=take.pk).request["image"] == f"upload:{pk}"


def test_a_full_disk_is_said_and_leaves_nothing_behind(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.media.storage.os.fsync", full)
    answer = send(client, picture(size=(99, 66)))
    assert (answer.status_code, "No space left" in answer.json()["problem"]) == (422, True)
    assert Upload.objects.count() == 0
    assert not [name for name in default_storage.listdir("uploads")[1] if name.endswith(".part")]


def test_a_store_that_fails_does_not_keep_a_file_from_being_deleted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    pk = send(client, picture(size=(98, 66))).json()["id"]
    monkeypatch.setattr(default_storage, "delete", broken)
    assert client.post(f"/uploads/{pk}/delete/").status_code == 200
    assert not Upload.objects.exists()


@pytest.mark.parametrize("harm", [lambda whole: whole[:-9], lambda whole: whole[:-1] + bytes([whole[-1] ^ 1])])
def test_choosing_a_damaged_file_anew_heals_it(client: Client, harm: Any) -> None:
    send(client, tone(6))
    path = Path(default_storage.path(Upload.objects.get().name))
    whole = path.read_bytes()
    path.write_bytes(harm(whole))
    send(client, tone(6))
    assert (path.read_bytes() == whole, Upload.objects.count()) == (True, 1)


FAULTS = {
    28: ("disk is full", "Make room"), 122: ("disk is full", "Make room"), 13: ("may not write", "right to write"),
    30: ("may not write", "right to write"), 5: ("cannot be kept", "log says more"),
}  # fmt: skip


@pytest.mark.parametrize("number", FAULTS)
@pytest.mark.parametrize("where", ["studio.media.storage.os.fsync", "studio.media.storage.draft_beside"])
def test_what_keeps_a_file_from_being_stored_is_said_with_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int, where: str
) -> None:
    def broken(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(where, broken)
    answer = send(client, picture(size=(97, 66)))
    assert answer.status_code == 422
    for words in FAULTS[number]:
        assert words in answer.json()["problem"]
    assert "cannot be kept" in caplog.text


@pytest.mark.parametrize("number", [28, 13, 30])
def test_a_large_file_that_cannot_even_come_in_is_said_too(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("studio.media.untrusted.NamedTemporaryFile", broken)
    answer = send(client, tone(31))
    assert answer.status_code == 422
    assert FAULTS[number][1] in answer.json()["problem"]
    assert "cannot be taken" in caplog.text


def test_a_file_of_which_nothing_is_there_is_called_empty(client: Client) -> None:
    answer = send(client, b"")
    assert (answer.status_code, answer.json()["problem"]) == (
        422, "This file is empty. Save it again, or choose another.",
    )  # fmt: skip


def test_a_part_is_not_cut_where_there_is_no_room_for_it(client: Client, settings: Any) -> None:
    pk = send(client, tone(30)).json()["id"]
    settings.STUDIO_DISK_RESERVE = Reserve(1 << 50)
    answer = client.post(f"/uploads/{pk}/trim/", {"start": "1", "seconds": "5"})
    assert (answer.status_code, "disk is full" in answer.json()["problem"]) == (422, True)
    settings.STUDIO_DISK_RESERVE = Reserve(0)
    assert made(client, f"/uploads/{pk}/trim/", {"start": "1", "seconds": "5"})["seconds"] == 5


def test_a_form_whose_file_could_not_come_in_says_so_beside_the_field(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("studio.media.untrusted.NamedTemporaryFile", broken)
    form = {"type": "image-to-video", "prompt": "A cat", "duration": "5", "resolution": "480p", "takes": "1"}
    answer = client.post("/generations/", {**form, "submission_key": "k" * 20, "image_file": file(picture())})
    assert answer.status_code == 200
    assert "disk is full" in answer.content.decode()
    assert not Generation.objects.exists()


def test_a_part_that_cannot_be_written_down_is_said_with_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError(28, os.strerror(28))

    pk = send(client, tone(31)).json()["id"]
    monkeypatch.setattr("studio.media.untrusted.NamedTemporaryFile", broken)
    assert "Make room there" in made(client, f"/uploads/{pk}/trim/", {"start": "1", "seconds": "5"})["problem"]
    assert "cannot be taken" in caplog.text


@pytest.mark.parametrize("kind", ["several tracks", "many fragments", "AVI indexes"])
def test_a_small_file_that_claims_millions_of_samples_is_refused_in_words(client: Client, kind: str) -> None:
    answer = send(client, HOSTILE[kind], "video")
    assert answer.status_code == 422
    assert "claims more than it can hold" in answer.json()["problem"]
    assert not Upload.objects.exists()

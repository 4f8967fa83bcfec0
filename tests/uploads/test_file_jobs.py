"""How far a part or a frame is: as a fragment that asks again, as a page that reloads itself; for its owner alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client

from studio.uploads.file_jobs import FileJob
from studio.uploads.intake import take_file
from studio.uploads.models import Upload
from tests.html import read
from tests.media.kept import keep
from tests.media.made import tone, video
from tests.pages import HTMX, Make
from tests.uploads_made import make_files

pytestmark = pytest.mark.django_db
PAGE = {"Accept": "text/html,*/*;q=0.8"}


def speech(owner: User) -> Upload:
    return take_file(owner, ContentFile(tone(30), "speech.wav"))


def trim(client: Client, upload: Upload, **headers: Any) -> Any:
    return client.post(f"/uploads/{upload.pk}/trim/", {"start": "2", "seconds": "8"}, headers=headers)


def test_the_page_is_told_where_to_see_how_far_it_is(client: Client, me: User) -> None:
    answer = trim(client, speech(me))
    job = answer.json()["job"]
    assert (answer.status_code, client.get(job).json()["status"]) == (202, "pending")
    FileJob.objects.update(done=37)
    fragment = read(client.get(job, headers=HTMX))
    (shown,) = fragment.all("div", id=f"file-job-{FileJob.objects.get().pk}")
    assert (shown.attrs["hx-get"], fragment.one("progress").attrs["value"]) == (job, "37")
    make_files()
    done = client.get(job, headers=HTMX)
    (shown,) = read(done).all("div", id=f"file-job-{FileJob.objects.get().pk}")
    assert "hx-get" not in shown.attrs
    made = json.loads(shown.attrs["data-made"])
    assert (made["kind"], made["seconds"], made["filename"]) == ("audio", 8.0, "speech (2–10 s)")


def test_without_javascript_a_page_reloads_itself_and_leads_to_the_composer(client: Client, make: Make) -> None:
    keep(take := make(), video(8))
    answer = client.post(f"/generations/{take.pk}/frame/", {"at": "last"}, headers=PAGE)
    assert answer.status_code == 303
    page = client.get(answer["Location"], headers=PAGE).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="1"></noscript>' in page
    assert "Taking the frame" in page
    make_files()
    answer = client.get(answer["Location"], headers=PAGE)
    assert answer.status_code == 303
    form = read(client.get(answer["Location"]))
    assert form.one("input", name="image").attrs["value"] == f"upload:{Upload.objects.get().pk}"
    assert form.one("input", name="parent").attrs["value"] == str(take.pk)
    with_scripts = client.get(f"/uploads/jobs/{FileJob.objects.get().pk}/?page", headers=HTMX)
    assert with_scripts["HX-Redirect"] == answer["Location"]


def test_why_there_is_none_is_said_on_the_page_and_in_the_fragment(client: Client, me: User) -> None:
    job = trim(client, speech(me)).json()["job"]
    FileJob.objects.get().fail("No picture of this part can be read.")
    for headers in (HTMX, PAGE):
        page = client.get(job, headers=headers).content.decode()
        assert "No picture of this part can be read." in page
        assert 'http-equiv="refresh"' not in page
        assert "hx-get" not in page


def test_it_can_be_canceled(client: Client, me: User) -> None:
    job = trim(client, speech(me)).json()["job"]
    assert client.post(f"{job}cancel/", headers=HTMX).content == b""
    assert not FileJob.objects.exists()
    job = trim(client, Upload.objects.get()).json()["job"]
    assert client.post(f"{job}cancel/", headers=PAGE)["Location"] == "/"
    make_files()
    assert Upload.objects.count() == 1


def test_somebody_elses_is_not_there(client: Client, other: User) -> None:
    job = FileJob.ask_part(speech(other), "2", "8")
    for headers in (HTMX, PAGE, {}):
        assert client.get(f"/uploads/jobs/{job.pk}/", headers=headers).status_code == 404
        assert client.post(f"/uploads/jobs/{job.pk}/cancel/", headers=headers).status_code == 404
    assert FileJob.objects.count() == 1


def test_a_file_that_is_deleted_meanwhile_takes_its_jobs_along(client: Client, me: User) -> None:
    upload = speech(me)
    job = trim(client, upload).json()["job"]
    assert client.post(f"/uploads/{upload.pk}/delete/").status_code == 200
    assert client.get(job).status_code == 404
    make_files()
    assert not Upload.objects.exists()

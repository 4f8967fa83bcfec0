"""Own files in S3: taken, trimmed, framed and swept there, and sent to a real provider by the store's own links."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from studio.generations.connections import Connection
from studio.middleware import local_user
from studio.uploads.intake import take_file
from studio.uploads.models import Upload
from studio.uploads.reachable import link_to
from tests.media.kept import keep
from tests.media.made import picture, tone, video
from tests.rows import in_status
from tests.uploads_made import made

from .server import S3

pytestmark = pytest.mark.django_db


def test_files_live_there_from_the_first_byte_to_the_last(in_s3: S3, client: Client) -> None:
    said = client.post("/uploads/", {"file": SimpleUploadedFile("a.wav", tone(24))}).json()
    whole = Upload.objects.get()
    assert whole.name in in_s3.names()
    part = made(client, f"/uploads/{said['id']}/trim/", {"start": "2", "seconds": "8"})
    assert (part["seconds"], len(in_s3.names())) == (8.0, 2)
    again = client.post("/uploads/", {"file": SimpleUploadedFile("b.wav", tone(24))}).json()
    assert (again["id"], len(in_s3.names())) == (said["id"], 2)
    answer = client.get(said["url"])
    assert answer.status_code == 302
    assert requests.get(answer["Location"], timeout=10).content == tone(24)
    Upload.objects.update(used_at=timezone.now() - timedelta(days=31))
    assert (Upload.objects.sweep(), in_s3.names()) == (2, [])


def test_frames_and_copies_of_kept_videos_are_files_there(in_s3: S3, client: Client) -> None:
    keep(take := in_status("succeeded", owner=local_user()), video(8))
    frame = made(client, f"/generations/{take.pk}/frame/", {"at": "last"})
    copy = client.post(f"/generations/{take.pk}/reuse/").json()
    assert (frame["kind"], copy["kind"], copy["seconds"]) == ("image", "video", 8.0)
    assert {Upload.objects.get(pk=each["id"]).name for each in (frame, copy)} < set(in_s3.names())


def test_a_real_provider_gets_the_stores_own_link_unless_it_is_private(in_s3: S3, settings: object) -> None:
    mine = take_file(local_user(), SimpleUploadedFile("a.jpg", picture()))
    settings.STUDIO_S3_BUCKET = "dailies"  # type: ignore[attr-defined]
    assert link_to(mine, Connection.named("https://apiin.one/api/v1")) == ""  # this server is on loopback
    settings.STUDIO_PUBLIC_URL = "https://tunnel.example.com"  # type: ignore[attr-defined]
    assert link_to(mine, Connection.named("https://apiin.one/api/v1")).startswith("https://tunnel.example.com/files/")


def test_the_stores_link_outlives_the_job(settings: object) -> None:
    """By its text: signing asks nobody."""
    pytest.importorskip("storages")
    options = {
        "bucket_name": "dailies", "endpoint_url": "https://s3.example.com", "region_name": "auto",
        "access_key": "id", "secret_key": "secret", "querystring_auth": True, "signature_version": "s3v4",
    }  # fmt: skip
    store = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": store}  # type: ignore[attr-defined]
    settings.STUDIO_S3_BUCKET = "dailies"  # type: ignore[attr-defined]
    mine = Upload(pk=7, name="uploads/abc.jpg", content_type="image/jpeg", sha256="abc", kind="image")
    link = link_to(mine, Connection.named("https://apiin.one/api/v1"))
    assert link.startswith("https://s3.example.com/dailies/uploads/abc.jpg?")
    assert "X-Amz-Expires=172800" in link
    assert "secret" not in link

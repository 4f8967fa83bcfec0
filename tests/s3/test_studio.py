"""A real studio whose media store is a real S3 server: what it makes is kept there, and nowhere else."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.process import Studio
from tests.commands.starting import ROOT
from tests.commands.studio_client import StudioClient
from tests.media.kept import picture

from .server import S3


@pytest.fixture
def bucket(s3: S3) -> Iterator[S3]:
    yield s3
    empty(s3)


def empty(s3: S3) -> None:
    for name in s3.names():
        s3.client().delete_object(Bucket=s3.bucket, Key=name)


@pytest.fixture
def studio(bucket: S3, tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(ROOT, tmp_path)
    studio.env |= {"STUDIO_SANDBOX_PACE": "0.05", **bucket.environment()}
    try:
        yield studio
    finally:
        studio.end()


def test_videos_and_files_are_kept_there_and_come_back_from_a_backup(
    studio: Studio, bucket: S3, tmp_path: Path
) -> None:
    studio.start()
    visitor = StudioClient(studio.url)
    take = visitor.ask("Kept in a bucket")
    video = visitor.video(take)
    answer = visitor.get(f"/generations/{take}/video/")
    assert answer.history[0].status_code == 302
    assert answer.url.startswith(bucket.endpoint)
    assert answer.headers["Content-Type"] == "video/mp4"
    part = visitor.session.get(f"{studio.url}/generations/{take}/video/", headers={"Range": "bytes=5-9"}, timeout=20)
    assert (part.status_code, part.content) == (206, video[5:10])
    uploaded = visitor.upload("cat.jpg", picture())
    own = visitor.get(f"/uploads/{uploaded}/file/")
    assert own.url.startswith(bucket.endpoint)
    assert own.headers["Content-Type"] == "image/jpeg"

    names = bucket.names()
    assert sorted({name.partition("/")[0] for name in names}) == ["posters", "uploads", "videos"]
    assert {Path(name).suffix for name in names if name.startswith("videos/")} == {".mp4", ".json"}
    assert not any((studio.data_dir / folder).exists() for folder in ("videos", "posters", "uploads"))
    assert "cannot be used" not in studio.log()

    backup = tmp_path / "backup.tar"
    assert studio.manage("backup", backup, "--media").returncode == 0
    studio.stop()
    shutil.rmtree(studio.data_dir)
    empty(bucket)
    assert studio.manage("restore", backup).returncode == 0
    assert sorted(bucket.names()) == sorted(names)
    assert studio.manage("media", "--deep").stdout == "Every video and file is where it should be.\n"
    studio.start()
    assert visitor.video(take) == video

    bucket.client().delete_object(Bucket=bucket.bucket, Key=next(each for each in names if each.endswith(".mp4")))
    bucket.client().put_object(Bucket=bucket.bucket, Key="videos/stray.mp4", Body=b"stray")
    mended = studio.manage("media", "--mend", "--young=-1")
    assert mended.returncode == 0, mended.stdout
    assert "it will be fetched again" in mended.stdout
    assert visitor.video(take) == video
    assert "strays/videos/stray.mp4" in bucket.names()
    assert "videos/stray.mp4" not in bucket.names()


def test_a_bucket_that_cannot_be_used_is_said_and_stops_nothing(studio: Studio, bucket: S3) -> None:
    studio.env |= bucket.but(bucket="elsewhere").environment()
    studio.start()
    visitor = StudioClient(studio.url)
    take = visitor.ask("Nowhere to keep it")
    end = time.monotonic() + 90
    words = "does not take it: there is no such bucket (STUDIO_S3_BUCKET)"
    while words not in visitor.get(f"/generations/{take}/").text:
        assert time.monotonic() < end, visitor.get(f"/generations/{take}/").text
        time.sleep(0.3)
    assert "the store elsewhere cannot be used: there is no such bucket (STUDIO_S3_BUCKET)" in studio.log()
    studio.restart(**bucket.environment())
    assert visitor.video(take)

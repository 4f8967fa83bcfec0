"""`manage.py media`: what is missing, damaged or nobody's is found, and mended as far as it can be."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from studio import clock
from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.management import media_check as mending
from studio.uploads.models import Upload
from tests.media.kept import clip, keep, picture, upload
from tests.rows import again, in_status, user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def _empty_store(settings: object, tmp_path: Path) -> Iterator[None]:
    """A store of this test's own."""
    options = {"location": tmp_path / "store"}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": backend}  # type: ignore[attr-defined]
    yield
    shutil.rmtree(tmp_path / "store", ignore_errors=True)


def look(*options: str) -> tuple[int, list[str]]:
    """Its exit code and lines; files are old enough to be strays at once."""
    said, code = io.StringIO(), 0
    try:
        call_command("media", *options, "--young=-1", stdout=said)
    except SystemExit as stop:
        code = int(str(stop.code))
    return code, said.getvalue().splitlines()


@pytest.fixture
def kept() -> KeptVideo:
    kept = keep(in_status("succeeded"))
    default_storage.save(f"{kept.name.removesuffix('.mp4')}.json", ContentFile(b"{}"))
    return kept


def test_a_store_in_order_is_left_as_it_is(kept: KeptVideo) -> None:
    upload(user())
    for options in ((), ("--deep",), ("--mend", "--deep")):
        assert look(*options) == (0, ["Every video and file is where it should be."])
    assert default_storage.size(kept.name) == len(clip())


def test_a_video_that_is_gone_is_fetched_again(kept: KeptVideo) -> None:
    default_storage.delete(kept.name)
    code, said = look()
    assert code == 1
    assert said[0] == f"{kept.name}: missing (take #{kept.pk})"
    assert "--mend" in said[-1]
    assert again(kept.generation).keeping == "kept"
    before = again(kept.generation).revision
    assert look("--mend")[0] == 0
    take = again(kept.generation)
    assert (take.keeping, take.status, take.keep_attempts) == ("pending", "succeeded", 0)
    assert take.keep_due_at <= clock.now()
    assert take.keep_why == "Its file was gone from the media store."
    assert take.revision > before
    assert not KeptVideo.objects.exists()


@pytest.mark.parametrize("left", [0, 2])
def test_a_store_that_is_not_mounted_is_not_mended(tmp_path: Path, left: int) -> None:
    rows = [keep(in_status("succeeded")) for _ in range(5)]
    file = upload(user())
    before = list(Generation.objects.order_by("pk").values())
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    for row in rows[:left]:
        default_storage.save(row.name, ContentFile(clip()))
    with pytest.raises(CommandError, match=f"holds {left} of the 6 files.*Nothing is changed"):
        look("--mend")
    assert list(Generation.objects.order_by("pk").values()) == before
    assert KeptVideo.objects.count() == 5
    assert Upload.objects.filter(pk=file.pk).exists()
    assert look()[0] == 1  # to look does no harm


def test_a_video_that_was_kept_anew_meanwhile_stays_where_it_is(kept: KeptVideo) -> None:
    Path(default_storage.path(kept.name)).write_bytes(b"damaged")
    check = mending.Check(mend=True, deep=False, young=timedelta())
    KeptVideo.objects.update(sha256="0" * 64)  # as a worker does between the look and the mending
    assert check.fetch_again(kept) == ""
    assert default_storage.exists(kept.name)
    assert again(kept.generation).keeping == "kept"


def test_no_worker_fetches_it_to_a_name_that_is_still_being_cleared(
    kept: KeptVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(default_storage.path(kept.name)).write_bytes(b"damaged")
    due, real = [], mending.put_aside

    def meanwhile(name: str) -> str:
        due.append(Generation.objects.keeps_due(clock.now()).count())
        return real(name)

    monkeypatch.setattr(mending, "put_aside", meanwhile)
    assert look("--mend")[0] == 0
    assert set(due) == {0}
    assert Generation.objects.keeps_due(clock.now()).count() == 1


def test_without_a_link_the_card_says_that_it_is_gone(kept: KeptVideo) -> None:
    Generation.objects.update(video_url="")
    default_storage.delete(kept.name)
    assert look("--mend")[0] == 0
    take = again(kept.generation)
    assert (take.keeping, take.keep_due_at) == ("failed", None)
    assert "no link" in take.keep_why


@pytest.mark.parametrize(("harm", "deep"), [("cut off", False), ("longer", False), ("one bit", True)])
def test_a_damaged_video_is_put_aside_and_fetched_again(kept: KeptVideo, harm: str, deep: bool) -> None:
    last = bytes([clip()[-1] ^ 1])
    content = {"cut off": clip()[:-10], "longer": clip() + b"x", "one bit": clip()[:-1] + last}[harm]
    Path(default_storage.path(kept.name)).write_bytes(content)
    assert look()[0] == (0 if deep else 1)
    code, said = look("--mend", *["--deep"] * deep)
    assert (code, len(said)) == (0, 1)
    assert again(kept.generation).keeping == "pending"
    assert default_storage.open(f"strays/{kept.name}").read() == content
    assert not default_storage.exists(kept.name)


def test_a_poster_that_is_gone_is_drawn_again(kept: KeptVideo) -> None:
    for erase in (False, True):
        default_storage.delete(kept.poster)
        KeptVideo.objects.update(poster="" if erase else kept.poster)
        assert look()[0] == 1
        assert look("--mend")[0] == 0
        kept.refresh_from_db()
        assert default_storage.open(kept.poster).read(3) == b"\xff\xd8\xff"
        assert look() == (0, ["Every video and file is where it should be."])


def test_what_belongs_to_nothing_is_moved_and_not_deleted(kept: KeptVideo) -> None:
    strays = ["videos/2020-01-01/0001_lost.mp4", "videos/2020-01-01/.x.part", "posters/lost.jpg", "uploads/lost.bin"]
    for name in strays:
        default_storage.save(name, ContentFile(name.encode()))
    code, said = look()
    assert (code, sorted(line.partition(":")[0] for line in said[:-1])) == (1, sorted(strays))
    assert all(default_storage.exists(name) for name in strays)
    assert look("--mend")[0] == 0
    for name in strays:
        assert default_storage.open(f"strays/{name}").read() == name.encode()
        assert not default_storage.exists(name)
    assert look()[0] == 0


def test_a_file_whose_row_may_be_about_to_come_is_left_alone() -> None:
    default_storage.save("uploads/fresh.jpg", ContentFile(b"fresh"))
    assert list(mending.Check(mend=True, deep=False, young=timedelta(minutes=60)).faults()) == []
    assert default_storage.exists("uploads/fresh.jpg")


def test_a_file_of_somebody_s_that_is_gone_is_forgotten_unless_a_take_waits_for_it() -> None:
    gone, needed = upload(user(), picture(1)), upload(user(), picture(2))
    in_status("queued").uploads.add(needed)
    for each in (gone, needed):
        default_storage.delete(each.name)
    code, said = look("--mend")
    assert code == 1
    assert sum("choose it anew" in line for line in said) == 2
    assert [each.pk for each in Upload.objects.all()] == [needed.pk]


def test_a_damaged_file_of_somebody_s_is_put_aside_and_never_deleted() -> None:
    damaged = upload(user(), picture(1))
    with default_storage.open(damaged.name, "r+b") as file:
        file.seek(100)
        file.write(b"x")
    assert look("--deep", "--mend")[0] == 0
    assert not Upload.objects.exists()
    assert default_storage.size(f"strays/{damaged.name}") == len(picture(1))


def test_the_request_beside_a_video_is_written_anew(kept: KeptVideo) -> None:
    name = f"{kept.name.removesuffix('.mp4')}.json"
    default_storage.delete(name)
    code, said = look()
    assert (code, [name in line for line in said]) == (1, [True, False])
    assert look("--mend")[0] == 0
    told = json.loads(default_storage.open(name).read())
    assert (told["request"], told["file"]["sha256"]) == (kept.generation.request, kept.sha256)
    assert look()[0] == 0


def test_a_picture_of_a_file_is_drawn_again() -> None:
    upload(user(), poster="posters/upload-1.jpg")
    assert look("--mend")[0] == 0
    assert default_storage.open("posters/upload-1.jpg").read(3) == b"\xff\xd8\xff"


def test_a_newer_database_is_left_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('studio', '9999_next', '2027-01-01')"
        )
    with pytest.raises(CommandError, match="newer than this version"):
        look("--mend")

"""Archives are packed once, whole, by whichever worker comes first; and go after a day."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import threading
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from studio.background import ATTEMPTS, JOB
from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.library.archives import Archive
from studio.media.room import Reserve
from studio.worker import housekeeping as module
from studio.worker.housekeeping import Housekeeping
from studio.worker.zip_export import ZipExport
from tests.media.kept import keep
from tests.rows import ago, ask, put, user

pytestmark = pytest.mark.django_db
OTHER = "another worker"


@pytest.fixture
def housekeeping(tmp_path):
    return Housekeeping(tmp_path / "packing")


def takes(count, size=1000):
    rows = ask(count)
    for number, row in enumerate(rows):
        keep(row, bytes([number % 256]) * size, poster=None)
    return rows


def asked(rows):
    return Archive.ask(user(), [row.pk for row in rows])


def opened(archive):
    archive.refresh_from_db()
    assert archive.status == "ready", archive.why
    return zipfile.ZipFile(default_storage.open(archive.name))


def put_archive(archive, **columns):
    Archive.objects.filter(pk=archive.pk).update(**columns)
    archive.refresh_from_db()


def test_it_packs_the_videos_and_says_what_they_are(housekeeping, tmp_path):
    rows = takes(3)
    put(rows[1], prompt="=SUM(A1)", video_url="https://cdn.test/a.mp4", note="best, so far", rating=5)
    archive = asked(reversed(rows))
    housekeeping.run_once()
    with opened(archive) as packed:
        assert packed.testzip() is None
        names = [KeptVideo.objects.get(pk=row.pk).name.rpartition("/")[2] for row in reversed(rows)]
        assert packed.namelist() == [*names, "metadata.json", "takes.csv"]
        assert [packed.read(name)[:1] for name in names] == [b"\2", b"\1", b"\0"]
        assert {each.compress_type for each in packed.infolist()} == {zipfile.ZIP_STORED}
        told = json.loads(packed.read("metadata.json"))
        lines = list(csv.DictReader(io.StringIO(packed.read("takes.csv").decode())))
    assert [each["id"] for each in told] == [row.pk for row in reversed(rows)]
    assert told[1]["prompt"] == "=SUM(A1)"
    assert told[1]["rating"] == 5
    assert [each["file"] for each in told] == names
    assert lines[1]["prompt"] == "'=SUM(A1)"
    assert lines[1]["note"] == "best, so far"
    assert archive.bytes == default_storage.size(archive.name)
    assert archive.done == 3
    assert list((tmp_path / "packing").iterdir()) == []


def test_what_has_no_file_is_listed_with_its_link_and_the_reason(housekeeping):
    kept, link, lost, none = ask(4)
    keep(kept, b"video", poster=None)
    put(link, status="succeeded", video_url="https://cdn.test/b.mp4")
    default_storage.delete(keep(lost, b"lost", poster=None).name)
    archive = asked([kept, link, lost, none])
    Generation.objects.filter(pk=none.pk).delete()
    housekeeping.run_once()
    with opened(archive) as packed:
        assert len(packed.namelist()) == 3
        told = json.loads(packed.read("metadata.json"))
    assert [each["id"] for each in told] == [kept.pk, link.pk, lost.pk]
    assert [each.get("why_no_file", "") != "" for each in told] == [False, True, True]
    assert told[1]["link"] == "https://cdn.test/b.mp4"
    assert "not in the media store" in told[2]["why_no_file"]


@pytest.mark.django_db(transaction=True)
def test_many_workers_pack_each_archive_once(tmp_path, monkeypatch):
    rows, packed = takes(4, size=300_000), []
    archives = [asked(rows[:number]) for number in (1, 2, 3, 4)]
    finish = Archive.finish
    monkeypatch.setattr(Archive, "finish", lambda self, *args: packed.append(self.pk) or finish(self, *args))
    start = threading.Barrier(4)

    def work():
        start.wait()
        try:
            Housekeeping(tmp_path / "packing").run_once()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(packed) == [archive.pk for archive in archives]
    for number, archive in enumerate(archives, start=1):
        with opened(archive) as found:
            assert len(found.namelist()) == number + 2


def test_one_that_a_killed_worker_left_is_taken_over_when_its_lease_is_over(housekeeping, tmp_path):
    archive = asked(takes(1))
    (tmp_path / "packing").mkdir()
    (tmp_path / "packing" / f"{archive.pk}-old.zip").write_bytes(b"half")
    killed = Archive.claim()
    housekeeping.run_once()
    archive.refresh_from_db()
    assert archive.status == "pending"
    put_archive(archive, due_at=ago(seconds=1))
    housekeeping.run_once()
    with opened(archive):
        assert list((tmp_path / "packing").iterdir()) == []
    assert not killed.go_on(1)
    assert not killed.fail("late")
    assert not killed.finish("archives/other.zip", 1)


def test_how_far_it_is_stands_in_the_row_and_holds_the_claim(housekeeping, monkeypatch):
    monkeypatch.setattr(module, "NOTE_SECONDS", 0)
    archive, seen = asked(takes(3)), []
    go_on = Archive.go_on

    def watched(self, done, *lease):
        put_archive(archive, due_at=ago(seconds=1))
        assert go_on(self, done, *lease)
        archive.refresh_from_db()
        seen.append(archive.done)
        assert archive.due_at > ago(seconds=-Archive.lease.total_seconds() / 2)
        return True

    monkeypatch.setattr(Archive, "go_on", watched)
    housekeeping.run_once()
    assert seen[-1] == 3
    assert seen == sorted(seen)
    assert {1, 2} <= {*seen}


def test_a_worker_that_lost_its_archive_stops_and_leaves_nothing(housekeeping, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "NOTE_SECONDS", 0)
    archive = asked(takes(2))
    monkeypatch.setattr(Archive, "go_on", lambda self, *_: put_archive(archive, claim_token=OTHER) or False)
    housekeeping.run_once()
    archive.refresh_from_db()
    assert (archive.status, archive.claim_token, archive.name) == ("pending", OTHER, "")
    assert list((tmp_path / "packing").iterdir()) == []


def test_a_worker_that_leaves_gives_it_back_at_once(housekeeping):
    archive = asked(takes(2))
    claimed = Archive.claim()
    housekeeping.stopping.set()
    housekeeping.pack(claimed)
    archive.refresh_from_db()
    assert (archive.status, archive.claim_token, archive.attempts) == ("pending", "", 0)
    Housekeeping(housekeeping.folder).run_once()
    opened(archive).close()


def test_what_ends_its_worker_each_time_is_given_up_in_words(housekeeping):
    archive = asked(takes(1))
    put_archive(archive, attempts=ATTEMPTS)
    housekeeping.run_once()
    archive.refresh_from_db()
    assert (archive.status, archive.due_at) == ("failed", None)
    assert "Pick fewer takes" in archive.why


def test_without_room_it_fails_in_words_and_leaves_the_reserve(housekeeping, settings):
    archive = asked(takes(1))
    settings.STUDIO_DISK_RESERVE = Reserve(shutil.disk_usage(housekeeping.folder.parent).total)
    housekeeping.run_once()
    archive.refresh_from_db()
    assert archive.status == "failed"
    assert archive.why.startswith("The disk is full: ")
    assert archive.why.endswith("Make room, or pick fewer takes.")


def test_where_others_fill_the_disk_meanwhile_packing_stops_and_its_half_zip_goes(housekeeping, settings, monkeypatch):
    archive = asked(takes(3))
    real, packed = ZipExport._add_video, []

    def add(self, file, take, done):
        if packed:
            settings.STUDIO_DISK_RESERVE = Reserve(shutil.disk_usage(housekeeping.folder).total)
        packed.append(take)
        real(self, file, take, done)

    monkeypatch.setattr(ZipExport, "_add_video", add)
    housekeeping.run_once()
    archive.refresh_from_db()
    assert (archive.status, len(packed)) == ("failed", 2)
    assert "Make room" in archive.why
    assert list(housekeeping.folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_a_failure_with_words(tmp_path):
    (tmp_path / "packing").write_text("a file stands where the folder should")
    archive = asked(takes(1))
    Housekeeping(tmp_path / "packing").run_once()
    archive.refresh_from_db()
    assert archive.status == "failed"
    assert archive.why.startswith("It could not be packed: File exists")


def test_what_a_killed_worker_left_goes_unless_somebody_is_just_at_it(housekeeping):
    housekeeping.folder.mkdir()
    worked_on, done = asked(takes(1)), asked(takes(2))
    put_archive(worked_on, claim_token=OTHER, due_at=ago(days=-1))
    put_archive(done, claim_token=OTHER, status="ready", due_at=None)
    stays = housekeeping.folder / f"{worked_on.pk}-{OTHER}.zip"
    for path in (stays, housekeeping.folder / f"{done.pk}-{OTHER}.zip", housekeeping.folder / "999-x.csv"):
        path.write_bytes(b"half")
    housekeeping.run_once()
    assert list(housekeeping.folder.iterdir()) == [stays]


def test_they_go_after_a_day(housekeeping, tmp_path):
    old, new = asked(takes(1)), asked(takes(1))
    housekeeping.run_once()
    put_archive(old, created_at=ago(days=1, seconds=1))
    new.refresh_from_db()
    housekeeping.run_once()
    assert list(Archive.objects.all()) == [new]
    assert not default_storage.exists(old.name)
    assert default_storage.exists(new.name)


def test_a_second_click_asks_for_the_same_archive(housekeeping):
    rows = takes(2)
    first = asked(rows)
    assert asked(rows) == first
    assert asked(rows[:1]) != first
    housekeeping.run_once()
    assert asked(rows) != first


def test_a_claim_is_for_one_worker_even_where_two_read_the_same_row():
    archive = asked(takes(1))
    now = archive.due_at + timedelta(seconds=1)
    both_read = JOB.due(Archive.objects.filter(pk=archive.pk), now)
    assert JOB.take(both_read, 1, now + Archive.lease)
    assert not JOB.take(both_read, 2, now + Archive.lease)


class Killed(BaseException):
    """What a process does not survive, and nothing in it can catch."""


def dying(*_, **__):
    raise Killed


def die_at(monkeypatch, housekeeping, owner, name):
    """The housekeeping's process dies when it comes to this call; another one goes on."""
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, dying)
        with pytest.raises(Killed):
            housekeeping.run_once(worker=7)
    return Housekeeping(housekeeping.folder)


@pytest.mark.parametrize(("owner", "name"), [
    (ZipExport, "write"), (module, "place_file"), (Archive, "go_on"), (Archive, "finish"),
])  # fmt: skip
def test_one_whose_worker_died_anywhere_waits_no_longer_than_a_lease(housekeeping, monkeypatch, owner, name):
    monkeypatch.setattr(module, "NOTE_SECONDS", 0)
    archive = asked(takes(1))
    other = die_at(monkeypatch, housekeeping, owner, name)
    archive.refresh_from_db()
    assert archive.status == "pending"
    assert archive.due_at < ago(seconds=-Archive.lease.total_seconds() - 1)
    assert Archive.release_claims_of(71) == 0
    assert Archive.release_claims_of(7) == 1
    other.run_once()
    opened(archive).close()


def test_what_was_stored_by_a_worker_that_died_then_is_removed_one_day(housekeeping, monkeypatch):
    archive = asked(takes(1))
    before = set(default_storage.listdir("archives")[1]) if default_storage.exists("archives") else set()
    other = die_at(monkeypatch, housekeeping, Archive, "finish")
    (left,) = {f"archives/{name}" for name in default_storage.listdir("archives")[1]} - {
        f"archives/{n}" for n in before
    }
    Archive.release_claims_of(7)
    other.run_once()
    archive.refresh_from_db()
    assert default_storage.exists(left)
    long_ago = ago(days=2).timestamp()
    for name in (left, archive.name):
        os.utime(default_storage.path(name), (long_ago, long_ago))
    other.run_once()
    assert not default_storage.exists(left)
    opened(archive).close()

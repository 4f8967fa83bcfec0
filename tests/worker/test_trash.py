"""The trash is emptied by the worker: files go only then, sums stay, and what still runs is waited for."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from studio.generations.charges import totals_by_day
from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.library import review as judging
from studio.library import trash
from studio.library.models import Collection, Tag
from studio.worker.housekeeping import Housekeeping
from studio.worker.video_files import VideoFiles
from tests.media.kept import keep, upload
from tests.rows import TOKEN, again, ago, ask, in_status, put, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def housekeeping(tmp_path):
    return Housekeeping(tmp_path / "packing")


def rows_of(*rows):
    return Generation.objects.filter(pk__in=[row.pk for row in rows])


def thrown(row, **age):
    trash.throw_away(rows_of(row))
    return put(row, deleted_at=ago(**age)) if age else again(row)


def kept_files(row):
    kept = KeptVideo.objects.get(pk=row.pk)
    paper = kept.name.replace(".mp4", ".json")
    default_storage.save(paper, ContentFile(b"{}"))
    return [kept.name, paper, kept.poster]


def total():
    today = timezone.localdate()
    return totals_by_day(user().pk, {today})[0][today]


def test_files_go_when_the_time_is_over_and_not_before(housekeeping, settings):
    old, new = in_status("succeeded"), in_status("succeeded")
    files = {}
    for row in (old, new):
        keep(row, b"video")
        files[row.pk] = kept_files(row)
    thrown(old, days=settings.STUDIO_TRASH_DAYS, seconds=5)
    thrown(new, days=settings.STUDIO_TRASH_DAYS - 1)
    housekeeping.run_once()
    assert not any(default_storage.exists(name) for name in files[old.pk])
    assert all(default_storage.exists(name) for name in files[new.pk])
    assert list(KeptVideo.objects.values_list("pk", flat=True)) == [new.pk]
    assert trash.restore(rows_of(old, new)) == 1
    assert again(new).deleted_at is None


def test_nothing_of_it_is_left_but_what_the_sums_need(housekeeping):
    row = in_status("succeeded", credits=24, prompt="A secret plan")
    judging.set_tags(row, ["private"])
    judging.set_collections(row, [], "Secret client")
    judging.write_note(rows_of(row), "for nobody's eyes")
    file = upload(user())
    row.uploads.add(file)
    before = total()
    thrown(row, days=40)
    housekeeping.run_once()
    told = Generation.objects.filter(pk=row.pk).values().get()
    assert not any(
        "ecret" in str(value) or "nobody" in str(value) or "cdn.test" in str(value) for value in told.values()
    )
    assert (told["status"], told["charged"], told["credits"]) == ("succeeded", "yes", 24)
    assert not row.events.exists()
    assert not row.uploads.exists()
    assert not Tag.objects.exists()
    assert Collection.objects.count() == 1
    assert total() == before
    assert not Generation.objects.existing().filter(pk=row.pk).exists()


@pytest.mark.parametrize("status", ["submitting", "running", "unconfirmed"])
def test_what_the_provider_is_at_work_on_waits_until_it_is_finished(housekeeping, status):
    row = thrown(in_status(status), days=40)
    housekeeping.run_once()
    row = again(row)
    assert (row.purged_at, row.status) == (None, status)
    put(row, status="succeeded", due_at=None)
    housekeeping.run_once()
    assert again(row).purged_at


def test_what_runs_is_followed_in_the_trash_as_outside_of_it():
    row = thrown(in_status("running"))
    put(row, claim_token=TOKEN, due_at=ago(seconds=-60))
    assert row.succeed(TOKEN, "https://cdn.test/a.mp4", credits=24, raw="{}", word="completed")
    row = again(row)
    assert (row.status, row.credits, row.deleted_at is None) == ("succeeded", 24, False)


def test_what_waits_is_canceled_with_its_story_and_not_charged():
    rows = ask(3)
    put(rows[1], held="key", due_at=None)
    count, moment = trash.throw_away(rows_of(*rows))
    assert count == 3
    for row in map(again, rows):
        assert (row.status, row.charged, row.held, row.due_at, row.claim_token) == ("canceled", "no", "", None, "")
        assert row.deleted_at == moment
        assert [(each.from_status, each.to_status) for each in row.events.all()] == [
            ("", "queued"),
            ("queued", "canceled"),
        ]
    trash.restore(rows_of(*rows))
    assert {again(row).status for row in rows} == {"canceled"}


def test_one_that_a_worker_has_just_claimed_is_not_sent_after_it_was_thrown_away():
    row = put(ask()[0], claim_token=TOKEN, due_at=ago(seconds=-60))
    thrown(row)
    assert not row.begin_submit(TOKEN, timedelta(seconds=90))
    assert again(row).status == "canceled"


def test_thrown_away_twice_is_thrown_away_once():
    row = in_status("succeeded")
    _, first = trash.throw_away(rows_of(row))
    revision = again(row).revision
    trash.throw_away(rows_of(row))
    assert (again(row).deleted_at, again(row).revision) == (first, revision)


def test_what_was_had_back_while_the_trash_was_emptied_stays(monkeypatch):
    one, two = thrown(in_status("succeeded")), thrown(in_status("succeeded"))
    real = trash.in_batches

    def meanwhile(takes, change):
        def late(ids):
            Generation.objects.filter(pk=one.pk).update(deleted_at=None)
            return change(ids)

        return real(takes, late)

    monkeypatch.setattr(trash, "in_batches", meanwhile)
    trash.purge(Generation.objects.all())
    assert again(one).purged_at is None
    assert again(two).purged_at


def test_a_file_that_cannot_be_removed_does_not_keep_the_others(housekeeping, monkeypatch, caplog):
    row = in_status("succeeded")
    keep(row, b"video")
    video, paper, poster = kept_files(row)
    thrown(row, days=40)
    delete = type(default_storage._wrapped).delete

    def fails(self, name):
        if name == video:
            raise PermissionError(13, "not yours", name)
        delete(self, name)

    monkeypatch.setattr(type(default_storage._wrapped), "delete", fails)
    housekeeping.run_once()
    assert [default_storage.exists(name) for name in (video, paper, poster)] == [True, False, False]
    assert "cannot be removed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_many_workers_empty_it_side_by_side(tmp_path, monkeypatch):
    monkeypatch.setattr(trash, "ERASED_AT_ONCE", 3)
    rows = [thrown(in_status("succeeded"), days=40) for _ in range(20)]
    names = []
    for row in rows:
        keep(row, b"video", poster=None)
        names.append(KeptVideo.objects.get(pk=row.pk).name)
    start, failed = threading.Barrier(3), []

    def work():
        start.wait()
        try:
            Housekeeping(tmp_path / "packing").run_once()
        except Exception as error:
            failed.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert not KeptVideo.objects.exists()
    assert not any(default_storage.exists(name) for name in names)
    assert Generation.objects.filter(purged_at__isnull=False, digest="").count() == 20


class Killed(BaseException):
    """What a process does not survive, and nothing in it can catch."""


def test_a_worker_that_dies_while_it_empties_the_trash_leaves_no_file_without_a_row(housekeeping, monkeypatch):
    row = in_status("succeeded")
    keep(row, b"video")
    names = kept_files(row)
    thrown(row, days=40)

    def dies(*_, **__):
        raise Killed

    for owner, name in ((type(default_storage._wrapped), "delete"), (trash, "update")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, dies)
            with pytest.raises(Killed):
                Housekeeping(housekeeping.folder).run_once()
    housekeeping.run_once()
    assert not any(default_storage.exists(name) for name in names)
    assert again(row).digest == ""


def test_files_whose_row_was_never_written_go_with_the_take(housekeeping):
    """A worker died between the video and its row, and then the take was thrown away for good."""
    row = put(in_status("succeeded"), keeping="pending", keep_due_at=ago(seconds=1))
    shelf = VideoFiles(row)
    for name in (shelf.poster, shelf.paper, f"{shelf.stem}.mp4"):
        default_storage.save(name, ContentFile(b"left"))
    thrown(row, days=40)
    housekeeping.run_once()
    assert not any(default_storage.exists(name) for name in shelf.names)


def test_a_video_that_is_just_being_kept_is_waited_for(housekeeping):
    row = put(in_status("succeeded"), keeping="pending", keep_token="9:x", keep_due_at=ago(seconds=-60))  # noqa: S106
    thrown(row, days=40)
    housekeeping.run_once()
    assert again(row).purged_at
    assert again(row).digest
    put(row, keep_due_at=ago(seconds=1))
    housekeeping.run_once()
    assert again(row).digest == ""

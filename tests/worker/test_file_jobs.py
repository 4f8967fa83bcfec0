"""Parts and frames are cut out once, by whichever worker comes first; canceling one ends it."""

from __future__ import annotations

import threading

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from studio.background import ATTEMPTS
from studio.generations.kept_video import KeptVideo
from studio.media.refusals import NotTaken
from studio.uploads.file_jobs import MOST_PENDING, FileJob
from studio.uploads.intake import take_file
from studio.uploads.models import Upload
from studio.worker.housekeeping import FileJobs, Housekeeping
from tests.media.kept import keep
from tests.media.made import tone, video
from tests.rows import ago, ask, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cutting():
    return FileJobs()


@pytest.fixture
def speech():
    return take_file(user(), ContentFile(tone(30), "speech.wav"))


def put_job(job, **columns):
    FileJob.objects.filter(pk=job.pk).update(**columns)
    job.refresh_from_db()


def working(monkeypatch, act):
    """While a part is cut out, `act` happens once, and then it is asked how far it is."""

    def cut_out(source, start, seconds, waiting):
        waiting(0.25)
        act()
        waiting(0.5)
        return source

    monkeypatch.setattr("studio.uploads.file_jobs.part_of", cut_out)


def test_a_part_and_a_frame_are_made(cutting, speech):
    (take,) = ask(1)
    keep(take, video(8))
    part = FileJob.ask_part(speech, "2", "8.5")
    frame = FileJob.ask_frame(take.owner, KeptVideo.objects.get(), "last")
    cutting.run_once()
    part.refresh_from_db()
    frame.refresh_from_db()
    assert (part.status, part.result.seconds, part.result.filename) == ("ready", 8.5, "speech (2–10.5 s)")
    assert (frame.status, frame.result.kind, frame.done, frame.due_at) == ("ready", "image", 100, None)


def test_how_far_it_is_stands_in_the_row_and_holds_the_claim(cutting, speech, monkeypatch):
    job, seen = FileJob.ask_part(speech, "2", "8"), []

    def look():
        job.refresh_from_db()
        seen.append((job.done, FileJob.claim(7)))

    working(monkeypatch, look)
    cutting.run_once()
    assert seen == [(25, None)]


def test_one_that_is_canceled_ends_and_makes_nothing(cutting, speech, monkeypatch):
    job = FileJob.ask_part(speech, "2", "8")
    working(monkeypatch, lambda: FileJob.objects.filter(pk=job.pk).delete())
    cutting.run_once()
    assert not FileJob.objects.exists()
    assert Upload.objects.count() == 1


def test_a_worker_that_leaves_gives_it_back_at_once(cutting, speech, monkeypatch):
    job = FileJob.ask_part(speech, "2", "8")
    working(monkeypatch, cutting.stopping.set)
    cutting.run_once()
    job.refresh_from_db()
    assert (job.status, job.attempts, job.claim_token) == ("pending", 0, "")
    assert FileJob.claim(8).pk == job.pk


def test_one_that_a_killed_worker_left_is_taken_over_and_given_up_in_words_after_some(cutting, speech):
    job = FileJob.ask_part(speech, "2", "8")
    assert FileJob.claim(1).pk == job.pk
    assert FileJob.claim(2) is None
    assert FileJob.release_claims_of(1) == 1
    assert FileJob.claim(2).attempts == 2
    put_job(job, due_at=ago(seconds=1), attempts=ATTEMPTS)
    cutting.run_once()
    job.refresh_from_db()
    assert (job.status, job.why) == ("failed", "It could not be cut out, 3 times. Choose a shorter part.")


def test_what_is_gone_meanwhile_is_said(cutting):
    (take,) = ask(1)
    keep(take, video(8))
    job = FileJob.ask_frame(take.owner, KeptVideo.objects.get(), "first")
    KeptVideo.objects.all().delete()
    cutting.run_once()
    job.refresh_from_db()
    assert (job.status, job.why) == ("failed", "This file is not in the store any more.")


def test_a_second_click_asks_for_the_same_and_nobody_asks_for_many(speech):
    first = FileJob.ask_part(speech, "2", "8")
    assert FileJob.ask_part(speech, "2", "8") == first
    for number in range(MOST_PENDING - 1):
        FileJob.ask_part(speech, f"2.{number}", "8")
    with pytest.raises(NotTaken, match="Wait until one of them is there"):
        FileJob.ask_part(speech, "3", "8")
    for odd in ("0" * 40 + "2", "x", "-1", "1e9"):
        with pytest.raises(NotTaken):
            FileJob.ask_part(speech, odd, "8")


def test_they_go_after_a_day(tmp_path, speech):
    put_job(FileJob.ask_part(speech, "2", "8"), created_at=ago(hours=25), due_at=None)
    Housekeeping(tmp_path).run_once()
    assert not FileJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_workers_make_each_once(monkeypatch, speech):
    jobs, made = [FileJob.ask_part(speech, str(number), "8") for number in range(8)], []

    def note(source, start, seconds, waiting):
        made.append(start)
        return source

    monkeypatch.setattr("studio.uploads.file_jobs.part_of", note)

    def work():
        FileJobs().run_once()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [str(number) for number in range(len(jobs))]
    assert FileJob.objects.filter(status="ready").count() == len(jobs)

"""Where kept videos go, what a crash leaves there, and when none are kept."""

import hashlib
import threading

import pytest
from django.core.files.storage import FileSystemStorage

from studio.generations.kept_video import KeptVideo
from studio.net.fetch import Caps
from tests.media.clips import clip
from tests.media.video_server import held_after
from tests.rows import again, ago, put, soon

from .api import task
from .keeping import keeping_studio

THEIRS = {"keep_token": "999:x", "keep_due_at": soon(60)}  # what another worker is keeping


@pytest.fixture
def studio(transactional_db, tmp_path, settings):
    with keeping_studio(tmp_path, settings) as studio:
        yield studio


def test_a_take_out_of_the_trash_for_good_leaves_no_files(studio):
    going_on = threading.Event()
    studio.shop.turns.append(held_after(studio.shop, 1000, going_on))
    row = studio.finished()
    studio.start(lease=60)
    studio.until_true(lambda: len(studio.shop.requests) == 1)
    put(row, purged_at=ago(seconds=0), deleted_at=ago(seconds=1))
    going_on.set()
    studio.until_true(lambda: not [name for name in studio.files("downloads") if name.endswith(".part")])
    studio.until_true(lambda: (studio.files(), studio.files("posters")) == ([], []))
    assert not KeptVideo.objects.exists()


def test_what_is_in_the_trash_is_kept_all_the_same(studio):
    row = studio.finished(deleted_at=ago(seconds=5))
    studio.start()
    studio.kept(row)


def test_a_file_that_a_crash_left_is_found_and_not_fetched_again(studio):
    row = studio.finished()
    studio.start()
    studio.kept(row)
    before = studio.files()
    KeptVideo.objects.all().delete()  # as if the worker had died between the rename and the row
    put(row, keeping="pending", keep_due_at=ago(seconds=1))
    assert studio.kept(row).kept.sha256 == hashlib.sha256(clip()).hexdigest()
    assert studio.files() == before
    assert len(studio.shop.requests) == 1


def test_a_file_of_that_name_which_is_another_is_replaced(studio):
    row = studio.finished()
    studio.start()
    name = studio.kept(row).kept.name
    KeptVideo.objects.all().delete()
    (studio.folder / name).write_bytes(b"something else")
    put(row, keeping="pending", keep_due_at=ago(seconds=1))
    studio.kept(row)
    assert studio.content(row) == clip()
    assert len(studio.files()) == 2


def test_the_shape_of_a_take_that_asked_for_none_is_that_of_its_video(studio):
    studio.shop.files["/up.mp4"] = clip(width=180, height=320)
    none, asked = studio.finished("/up.mp4", aspect_ratio=""), studio.finished("/up.mp4", aspect_ratio="16:9")
    studio.start()
    assert studio.kept(none).aspect_ratio == "9:16"
    assert studio.kept(asked).aspect_ratio == "16:9"


def test_keeping_that_is_turned_off_leaves_the_link_and_can_be_done_by_hand(studio, settings):
    settings.STUDIO_KEEP_VIDEOS = False
    studio.api.on_poll(task("completed", response=[studio.shop.url()]))
    row = studio.ask()
    studio.start()
    done = studio.until(row, status="succeeded")
    assert (done.keeping, done.keep_due_at, studio.shop.requests) == ("off", None, [])
    assert "turned off" in done.keep_why
    assert done.keep_now()
    assert not done.keep_now() or again(row).keeping == "pending"
    studio.kept(row)


def test_run_once_keeps_what_is_due_and_leaves(studio):
    studio.api.on_poll(task("completed", response=[studio.shop.url()]))
    rows, later = [studio.finished() for _ in range(5)], studio.finished(keep_due_at=soon(60))
    studio.worker().run_once()
    assert {again(row).keeping for row in rows} == {"kept"}
    assert again(later).keeping == "pending"


def test_a_store_elsewhere_gets_the_files_and_shows_no_path(studio, monkeypatch):
    class Elsewhere(FileSystemStorage):
        def path(self, name):
            raise NotImplementedError

    saved = {}
    from studio.worker import video_files as shelving

    class Store(Elsewhere):
        exists = staticmethod(lambda name: name in saved)
        delete = staticmethod(lambda name: saved.pop(name))

        def save(self, name, content, max_length=None):
            saved[name] = content.read()
            return name

    monkeypatch.setattr(shelving, "default_storage", Store())
    row = studio.finished()
    studio.start()
    kept = studio.kept(row).kept
    assert set(saved) == {kept.name, kept.poster, kept.name.replace(".mp4", ".json")}
    assert hashlib.sha256(saved[kept.name]).hexdigest() == kept.sha256
    assert studio.files("downloads") == []


def test_a_store_that_takes_nothing_is_tried_again(studio, monkeypatch):
    from studio.worker import video_files as shelving

    class Store(FileSystemStorage):
        broken = True

        def path(self, name):
            raise NotImplementedError

        def exists(self, name):
            raise RuntimeError("SlowDown")

    monkeypatch.setattr(shelving, "default_storage", Store())
    row = studio.finished()
    studio.start(caps=Caps())
    studio.until_true(lambda: "media store does not take it" in again(row).keep_why)
    monkeypatch.undo()
    studio.kept(row)

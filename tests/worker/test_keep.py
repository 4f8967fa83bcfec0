"""What was paid for is kept: whole, checked, with its request beside it, by whichever worker has time."""

import hashlib
import json
import threading
import time

import pytest

from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.worker import downloads as keeper_module
from tests.media.clips import clip, large
from tests.media.video_server import held_after
from tests.rows import again, ago, put, soon

from .api import task
from .keeping import keeping_studio


def theirs():
    """What another worker is keeping has these."""
    return {"keep_token": "999:x", "keep_due_at": soon(60)}


@pytest.fixture
def studio(transactional_db, tmp_path, settings):
    with keeping_studio(tmp_path, settings) as studio:
        yield studio


def test_a_finished_video_is_kept_with_its_request_and_a_poster(studio):
    studio.api.on_poll(task("completed", response=[studio.shop.url()], consumed_credits=24))
    row = studio.ask("Cat playing piano")
    studio.start()
    done = studio.kept(row)
    video, content = done.kept, clip()
    day = done.created_at.date().isoformat()
    stem = f"{day}/{row.pk:04}_text-to-video_cat-playing-piano_seed-random"
    assert (studio.files(), studio.files("posters")) == ([f"{stem}.json", f"{stem}.mp4"], [f"{stem}.jpg"])
    assert studio.content(row) == content
    assert (video.name, video.poster) == (f"videos/{stem}.mp4", f"posters/{stem}.jpg")
    assert (video.sha256, video.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (video.width, video.height, video.frame_rate, video.has_sound) == (320, 180, 24, True)
    assert video.content_type == "video/mp4"
    assert done.kept_path == str(studio.folder / "videos" / f"{stem}.mp4")
    assert (done.keep_why, done.keep_token, done.keep_due_at, done.status) == ("", "", None, "succeeded")
    assert studio.files("downloads") == []
    told = json.loads((studio.folder / "videos" / f"{stem}.json").read_text())
    assert told["request"] == row.request
    assert (told["task_id"], told["credits"], told["model"], told["seed"]) == ("n1_ltx2", 24, "ltx-2", -1)
    assert "aio_" not in json.dumps(told)
    assert done.video_url not in json.dumps(told)


@pytest.mark.parametrize("kind", ["mov", "webm"])
def test_the_name_ends_as_the_bytes_say_and_not_the_link(studio, kind):
    studio.shop.files["/a.mp4"], studio.shop.type = clip(kind), "text/html"
    row = studio.finished()
    studio.start()
    assert studio.kept(row).kept.name.endswith(f".{kind}")


@pytest.mark.parametrize("prompt", ["", "../../etc/passwd", "漢字 " * 800, "x" * 2500, "a\0b", "🎬"])
def test_whatever_the_prompt_the_file_stays_in_its_folder(studio, prompt):
    row = put(studio.finished(), prompt=prompt.replace("\0", " "))
    studio.start()
    name = studio.kept(row).kept.name
    assert (studio.folder / name).resolve().parent.parent == (studio.folder / "videos").resolve()
    assert studio.content(row) == clip()


def test_the_card_follows_while_it_is_fetched(studio):
    studio.shop.files["/a.mp4"] = large(2_000_000)
    going_on = threading.Event()
    studio.shop.turns.append(held_after(studio.shop, 1_000_000, going_on, drip=1000))
    row = studio.finished()
    studio.start()
    studio.until_true(lambda: again(row).keep_total == 2_000_000)
    half = again(row)
    going_on.set()
    assert half.revision > row.revision
    assert half.is_being_kept
    assert half.is_live
    done = studio.kept(row)
    assert (done.keep_done, done.keep_total) == (2_000_000, 2_000_000)
    assert done.revision > half.revision
    assert not done.is_live


def test_a_slow_download_writes_about_once_a_second(studio):
    notes = []
    studio.shop.files["/a.mp4"] = content = large(1_000_000)

    def slowly(peer, request):
        peer.send(studio.shop.head(request, content))
        for start in range(0, len(content), 5000):
            peer.send(content[start : start + 5000])
            time.sleep(0.01)
            notes.append(again(row).revision)

    studio.shop.turns.append(slowly)
    row, began = studio.finished(), time.monotonic()
    studio.start()
    studio.kept(row)
    assert 1 <= notes[-1] - row.revision <= (time.monotonic() - began) + 1


def test_downloads_that_hang_delay_neither_sending_nor_polling(studio):
    going_on = threading.Event()
    rows = [studio.finished() for _ in range(4)]
    studio.shop.turns.extend(held_after(studio.shop, 1000, going_on) for _ in range(3))
    studio.start()
    studio.until_true(lambda: len(studio.shop.requests) == 3)
    row = studio.ask("while they hang")
    studio.until(row, status="succeeded")
    assert Generation.objects.filter(keeping="kept").count() == 0
    going_on.set()
    for each in rows:
        studio.kept(each)


def test_the_oldest_link_goes_first(studio, monkeypatch):
    monkeypatch.setattr(keeper_module, "THREADS", 1)
    studio.shop.files |= {f"/{age}.mp4": clip() for age in (1, 3, 2)}
    rows = [studio.finished(f"/{age}.mp4", finished_at=ago(hours=age)) for age in (1, 3, 2)]
    studio.start()
    for row in rows:
        studio.kept(row)
    assert [request.path for request in studio.shop.requests] == ["/3.mp4", "/2.mp4", "/1.mp4"]


def test_several_workers_fetch_each_video_once(studio):
    rows = [studio.finished() for _ in range(24)]
    for _ in range(3):
        studio.start()
    for row in rows:
        studio.kept(row)
    assert len(studio.shop.requests) == 24
    assert len(studio.files()) == 48


def test_a_stop_drops_a_download_at_once_and_the_next_worker_goes_on_with_it(studio):
    studio.shop.files["/a.mp4"] = large(3_000_000)
    row = studio.finished()
    part = studio.folder / "downloads" / f"{row.pk:04}.part"
    for _ in range(2):
        going_on = threading.Event()
        studio.shop.turns.append(held_after(studio.shop, 1_000_000, going_on))
        worker = studio.start()
        requests = len(studio.shop.requests)
        studio.until_true(lambda before=requests: len(studio.shop.requests) > before)
        studio.until_true(lambda: part.exists() and part.stat().st_size >= 1_000_000)
        began = time.monotonic()
        worker.stopping.set()
        studio.workers[0][1].join(10)
        assert time.monotonic() - began < 8
        going_on.set()
        studio.stop()
        left = again(row)
        assert (left.keeping, left.keep_token, left.keep_why) == ("pending", "", "")
        assert studio.files() == []
    studio.start()
    studio.kept(row)
    assert [request.start >= 1_000_000 for request in studio.shop.requests] == [False, True, True]
    assert studio.content(row) == studio.shop.files["/a.mp4"]


def test_what_another_worker_is_keeping_is_left_alone_until_its_lease_is_over(studio):
    row = studio.finished(**theirs())
    other = studio.finished()
    studio.start()
    studio.kept(other)
    assert again(row).keep_token == row.keep_token
    put(row, keep_due_at=ago(seconds=1))
    studio.kept(row)


def test_a_worker_that_lost_its_claim_changes_nothing(studio):
    row = studio.finished(**theirs())
    facts = {"name": "x", "bytes": 1, "width": 16, "height": 9}
    assert not row.record_download("9:old", 5, 10, soon() - ago())
    assert not row.keep_later("9:old", "no", soon() - ago())
    assert not row.fail_keep("9:old", "no")
    assert not row.keep("9:old", **facts)
    assert again(row).keep_why == ""
    assert not KeptVideo.objects.exists()

"""What is too large, too slow, cut off, or leads where it must not; and a disk without room."""

import errno
import gzip
import os
import shutil
import threading
import time
from contextlib import suppress

import pytest

from studio.generations.kept_video import KeptVideo
from studio.media.room import Reserve
from studio.net.fetch import Caps
from studio.worker import downloads as keeper_module
from studio.worker import partial_download
from tests.media.clips import clip
from tests.media.video_server import saying
from tests.rows import again, ago, put

from .keeping import IMPATIENT, SIZE, card, keeping_studio, was_tried


@pytest.fixture
def studio(transactional_db, tmp_path, settings):
    with keeping_studio(tmp_path, settings) as studio:
        yield studio


@pytest.mark.parametrize("length", [True, False], ids=["announced", "unannounced"])
def test_what_is_too_large_is_not_kept(studio, length):
    studio.shop.length = length
    row = studio.finished("/large.mp4")
    studio.start(caps=Caps(most=1_000_000))
    why = studio.until(row, keeping="failed").keep_why
    assert why.startswith("The file is larger than 1 MB, the most that is kept (STUDIO_VIDEO_LIMIT). Raise the limit")
    assert (studio.files(), studio.files("downloads")) == ([], [])


@pytest.mark.parametrize("place", [0, 40, 120, 1000], ids=["silence", "status line", "headers", "body"])
def test_what_drips_is_too_slow(studio, place):
    def drip(peer, request):
        data = studio.shop.head(request, studio.shop.files["/large.mp4"]) + studio.shop.files["/large.mp4"]
        peer.send(data[:place])
        for byte in range(place, place + 600):
            peer.send(data[byte : byte + 1])
            time.sleep(0.01)

    studio.shop.turns.append(drip)
    row, began = studio.finished("/large.mp4"), time.monotonic()
    studio.start(caps=Caps(connect=2, answer=0.4, silence=2, window=0.4, slowest=100_000), unit=60)
    studio.until_true(lambda: was_tried(row))
    assert time.monotonic() - began < 6
    assert "slow" in again(row).keep_why or "too long" in again(row).keep_why


def test_a_chunk_that_never_ends_its_first_line_is_too_slow(studio):
    def drip(peer, request):
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(600):
            peer.send(b"0")
            time.sleep(0.01)

    studio.shop.turns.append(drip)
    row = studio.finished()
    studio.start(caps=IMPATIENT, unit=60)
    studio.until_true(lambda: was_tried(row))
    assert "too slowly" in again(row).keep_why


def test_what_takes_too_long_in_all_is_put_off(studio):
    def steadily(peer, request):
        content = studio.shop.files["/large.mp4"]
        peer.send(studio.shop.head(request, content))
        for start in range(0, SIZE, 5000):
            peer.send(content[start : start + 5000])
            time.sleep(0.01)

    studio.shop.turns.append(steadily)
    row = studio.finished("/large.mp4")
    studio.start(caps=Caps(total=0.5, slowest=1), unit=60)
    studio.until_true(lambda: was_tried(row))
    assert "longer than" in again(row).keep_why


def test_a_cut_off_file_is_fetched_again_a_few_times_and_never_kept(studio):
    studio.shop.files["/a.mp4"] = clip(seconds=2)[:-100]  # the length that the server tells is right
    row = studio.finished()
    studio.start()
    assert studio.until(row, keeping="failed").keep_why == "The file is cut off."
    assert len(studio.shop.requests) == 4
    assert (studio.files(), studio.files("downloads")) == ([], [])
    assert not KeptVideo.objects.exists()


@pytest.fixture
def disk(monkeypatch, tmp_path, settings):
    """A disk with room for so many bytes, less what the studio's downloads take of it."""

    def with_room(room):
        def usage(folder):
            used = sum(path.stat().st_size for path in (tmp_path / "downloads").glob("*.part"))
            return shutil._ntuple_diskusage(10_000_000_000, 10_000_000_000, 512_000_000 + room - used)

        fake = type("Shutil", (), {"disk_usage": staticmethod(usage)})
        monkeypatch.setattr("studio.media.room.shutil", fake)

    settings.STUDIO_DISK_RESERVE = Reserve(512_000_000)
    return with_room


def packed(shop):
    """An answer that unpacks to far more than it is, and does not say how much."""

    def turn(peer, request):
        body = gzip.compress(shop.files[request.path] + bytes(60_000_000))
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")
        peer.send(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    return turn


def without_end(shop):
    def turn(peer, request):
        peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + shop.files[request.path])
        with suppress(OSError):
            for _ in range(1000):
                peer.sock.sendall(bytes(1 << 20))

    return turn


def test_a_video_for_which_there_is_no_room_is_not_even_fetched(studio, disk):
    disk(SIZE - 1)
    row = studio.finished("/large.mp4")
    studio.start(unit=0.05)
    studio.until_true(lambda: again(row).keep_attempts >= 3)
    assert again(row).keep_why == (
        "The disk is full: 1.5 MB more are needed, and there is room for 1.5 MB (STUDIO_DISK_RESERVE stays free). "
        "Make room."
    )
    assert len(studio.shop.requests) == 1  # which told how large it is
    assert studio.files("downloads") == []
    disk(SIZE)
    studio.kept(row)


@pytest.mark.parametrize("endless", [packed, without_end])
def test_what_never_ends_leaves_the_reserve_and_is_not_fetched_again_and_again(studio, disk, endless):
    disk(20_000_000)
    studio.shop.turns.extend([endless(studio.shop)])
    row = studio.finished("/large.mp4")
    studio.start(unit=0.05)
    studio.until_true(lambda: again(row).keep_attempts >= 4)
    assert again(row).keep_why.startswith("The disk is full: ")
    studio.until_true(lambda: "Make room." in (shown := card(row)) and "Save now" in shown)  # not while it is tried
    assert len(studio.shop.requests) == 1
    assert studio.files("downloads") == []
    again(row).keep_now()  # by hand it is tried at once
    studio.kept(row)


@pytest.mark.parametrize("endless", [packed, without_end])
def test_what_never_ends_is_no_video_where_there_is_room_for_it(studio, endless):
    studio.shop.turns.append(endless(studio.shop))
    row = studio.finished("/large.mp4")
    studio.start(caps=Caps(most=30_000_000))
    assert "larger than 30 MB" in studio.until(row, keeping="failed").keep_why
    assert (studio.files(), studio.files("downloads")) == ([], [])


def test_what_announces_more_than_the_limit_is_not_fetched(studio, settings):
    for header in (b"", b"Content-Encoding: gzip\r\n"):
        studio.shop.turns.append(
            lambda peer, _, header=header: peer.send(
                b"HTTP/1.1 200 OK\r\n%bContent-Length: 3000000000\r\n\r\n" % header
            )
        )
    rows = [studio.finished(), studio.finished()]
    studio.start(caps=Caps(most=settings.STUDIO_VIDEO_LIMIT))
    for row in rows:
        assert "larger than 2 GB" in studio.until(row, keeping="failed").keep_why
    assert studio.files("downloads") == []


def test_a_disk_that_fills_up_in_the_middle_is_freed_of_the_part(studio, monkeypatch):
    def full(handle, data):
        if os.fstat(handle).st_size > 500_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(handle, data[:65536])

    class Os:
        def __getattr__(self, name):
            return full if name == "write" else getattr(os, name)

    monkeypatch.setattr(partial_download, "os", Os())
    row = studio.finished("/large.mp4")
    studio.start(unit=0.3)
    studio.until_true(lambda: again(row).keep_why == "The disk is full: the disk takes no more. Make room.")
    studio.until_true(lambda: studio.files("downloads") == [])
    monkeypatch.undo()
    studio.kept(row)
    assert studio.content(row) == studio.shop.files["/large.mp4"]


def test_a_folder_that_cannot_be_written_to_is_told_and_tried_again_later(studio):
    blocked = studio.folder / "videos"
    blocked.write_text("a file is in the way")
    row = studio.finished()
    studio.start()
    studio.until_true(lambda: "folder of videos cannot be written to" in again(row).keep_why)
    blocked.unlink()
    studio.kept(row)


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:9/a.mp4", "https://127.0.0.1/a.mp4", "http://192.168.1.1/reboot", "https://10.0.0.1/a.mp4",
    "https://[::1]/a.mp4", "https://169.254.169.254/latest", "file:///etc/passwd", "javascript:alert(1)", "x",
])  # fmt: skip
def test_a_link_that_leads_where_it_must_not_is_not_followed(studio, url):
    row = studio.finished(url=url)
    studio.start()
    assert studio.until(row, keeping="failed").keep_attempts == 1
    assert studio.shop.requests == []


def test_another_provider_does_not_get_the_own_address_of_this_one(studio):
    row = studio.finished(provider="https://other.test/api/v1")
    studio.start()
    assert "private network" in studio.until(row, keeping="failed").keep_why
    assert studio.shop.requests == []


def test_a_redirect_within_the_own_server_is_followed(studio):
    studio.shop.turns.append(saying(302, f"Location: {studio.shop.url('/large.mp4')}"))
    row = studio.finished()
    studio.start()
    studio.kept(row)


def test_what_nobody_goes_on_with_is_swept_at_the_start(studio):
    gone, waiting = studio.finished(keeping="failed"), studio.finished(keep_due_at=ago(seconds=-60))
    folder = studio.folder / "downloads"
    folder.mkdir()
    for row in (gone, waiting):
        (folder / f"{row.pk:04}.part").write_bytes(b"x")
        (folder / f"{row.pk:04}.note").write_text("{}")
    studio.start()
    studio.until_true(lambda: len(studio.files("downloads")) == 2)
    assert studio.files("downloads") == [f"{waiting.pk:04}.note", f"{waiting.pk:04}.part"]


def test_two_at_one_download_do_not_write_into_one_file(studio):
    row = studio.finished()
    with partial_download.Part(studio.folder / "downloads", f"{row.pk:04}", Reserve()):
        studio.start()
        studio.until_true(lambda: again(row).revision >= row.revision and again(row).keep_due_at > ago(seconds=0))
        assert studio.shop.requests == []
    put(row, keep_due_at=ago(seconds=1), keep_token="")
    studio.kept(row)


def test_the_words_on_the_card_say_where_it_stands(studio):
    row = studio.finished(keep_token="9:x", keep_done=30, keep_total=120)  # noqa: S106 - no password
    assert "· Saving 25 %…" in card(row)
    assert "It is tried again" not in card(row)
    assert "· Saving" in card(put(row, keep_token=""))
    assert "Link only. Keeping is turned off" in card(put(row, keeping="off", keep_why="Keeping is turned off (X)."))
    assert "Keep" not in card(put(row, status="running")).replace("keep this computer awake", "")


def test_a_fault_of_ours_does_not_stop_the_keeping_of_others(studio, monkeypatch):
    broken, calls = threading.Event(), []
    shelf = keeper_module.VideoFiles

    def faulty(take):
        calls.append(take.pk)
        if not broken.is_set():
            broken.set()
            raise ZeroDivisionError
        return shelf(take)

    monkeypatch.setattr(keeper_module, "VideoFiles", faulty)
    rows = [studio.finished() for _ in range(3)]
    studio.start(lease=1)
    for row in rows:
        studio.kept(row)

"""A download goes on where it broke off, where the server can be relied on, and begins anew where not."""

import hashlib

import pytest

from tests.media.clips import large
from tests.media.video_server import broken_after

from .keeping import SIZE, keeping_studio


@pytest.fixture
def studio(transactional_db, tmp_path, settings):
    with keeping_studio(tmp_path, settings) as studio:
        yield studio


def whole(studio, row):
    kept = studio.kept(row).kept
    assert studio.content(row) == studio.shop.files["/large.mp4"]
    assert kept.sha256 == hashlib.sha256(studio.shop.files["/large.mp4"]).hexdigest()
    assert studio.files("downloads") == []
    return [request.start for request in studio.shop.requests]


def test_a_broken_download_goes_on_where_it_stopped(studio):
    studio.shop.turns.extend(broken_after(studio.shop, 400_000) for _ in range(3))
    row = studio.finished("/large.mp4")
    studio.start()
    assert whole(studio, row) == [0, 400_000, 800_000, 1_200_000]
    assert SIZE <= studio.shop.sent < SIZE + 4000  # with four heads


@pytest.mark.parametrize("tag", ["", 'W/"v1"'])
def test_without_a_strong_validator_it_begins_anew(studio, tag):
    studio.shop.tag = tag
    studio.shop.turns.append(broken_after(studio.shop, 400_000))
    row = studio.finished("/large.mp4")
    studio.start()
    assert whole(studio, row) == [0, 0]


def test_a_server_that_ignores_ranges_sends_all_of_it_again(studio):
    studio.shop.ranges = False
    studio.shop.turns.append(broken_after(studio.shop, 400_000))
    row = studio.finished("/large.mp4")
    studio.start()
    assert whole(studio, row) == [0, 400_000]


def test_a_file_that_changed_in_between_is_not_sewn_together(studio):
    def change(peer, request):
        broken_after(studio.shop, 400_000)(peer, request)
        studio.shop.tag, studio.shop.files["/large.mp4"] = '"v2"', large(SIZE + 5000, seed=2)

    studio.shop.turns.append(change)
    row = studio.finished("/large.mp4")
    studio.start()
    assert whole(studio, row) == [0, 400_000]


@pytest.mark.parametrize("answer", [
    "HTTP/1.1 206 So\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nxxxxx",
    "HTTP/1.1 206 So\r\nContent-Range: bytes 400000-1599999/1600000\r\nContent-Length: 1200000\r\n\r\nxxxxx",
    "HTTP/1.1 206 So\r\nContent-Range: pages 1-2/3\r\nContent-Length: 5\r\n\r\nxxxxx",
    "HTTP/1.1 416 So\r\nContent-Range: bytes */10\r\nContent-Length: 0\r\n\r\n",
], ids=["elsewhere", "another length", "another unit", "416"])  # fmt: skip
def test_an_answer_that_goes_on_with_something_else_is_not_used(studio, answer):
    def other(peer, request):
        peer.send(answer.encode())

    studio.shop.turns.extend([broken_after(studio.shop, 400_000), other])
    row = studio.finished("/large.mp4")
    studio.start()
    whole(studio, row)


def test_a_server_that_does_not_say_how_much_it_sends_is_read_to_its_end(studio):
    studio.shop.length = False
    row = studio.finished("/large.mp4")
    studio.start()
    whole(studio, row)


def test_what_breaks_off_without_a_length_is_not_taken_for_whole(studio):
    studio.shop.length = False
    studio.shop.turns.append(broken_after(studio.shop, 700_000))
    row = studio.finished("/large.mp4")
    studio.start()
    whole(studio, row)

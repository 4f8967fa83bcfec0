"""How much of a disk may be used, and how sizes are written."""

from collections import namedtuple
from decimal import Decimal

import pytest

from studio.media import room
from studio.media.room import NoRoom, Reserve, parse_size, size_in_words

SIZES = {
    "0": 0, "1000": 1000, "512MB": 512_000_000, "512 mb": 512_000_000, "2GB": 2_000_000_000, "2G": 2_000_000_000,
    "1.5 GiB": 1_610_612_736, "10kB": 10_000, "7b": 7, "1 TB": 10**12,
}  # fmt: skip
Disk = namedtuple("Disk", "total used free")


@pytest.fixture
def disk(monkeypatch):
    """A disk of 10 GB with so much free."""

    def of(free):
        monkeypatch.setattr(room.shutil, "disk_usage", lambda _: Disk(10_000_000_000, 10_000_000_000 - free, free))

    return of


@pytest.mark.parametrize(("text", "size"), SIZES.items())
def test_sizes_are_read_as_people_write_them(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "-1", "1,5GB", "5%", "1 GB 2", "1e9", "9" * 20])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


def test_a_reserve_is_a_size_or_a_share_of_the_disk(disk, tmp_path):
    disk(1_000_000_000)
    assert Reserve.parse("512MB").room_in(tmp_path) == 488_000_000
    assert Reserve.parse("5%").room_in(tmp_path) == 500_000_000
    assert Reserve.parse("0").room_in(tmp_path) == 1_000_000_000
    assert Reserve(512_000_000, Decimal(5)).room_in(tmp_path) == 500_000_000  # the smaller of the two
    assert Reserve(100_000_000, Decimal(5)).room_in(tmp_path) == 900_000_000
    assert Reserve.parse("2GB").room_in(tmp_path / "not" / "there" / "yet") == -1_000_000_000


def test_what_would_touch_the_reserve_is_refused_in_words(disk, tmp_path):
    disk(600_000_000)
    reserve = Reserve(512_000_000)
    reserve.require(tmp_path, 88_000_000)
    with pytest.raises(NoRoom) as caught:
        reserve.require(tmp_path, 88_000_001)
    assert caught.value.strerror == (
        "88 MB more are needed, and there is room for 88 MB (STUDIO_DISK_RESERVE stays free)"
    )
    disk(100)
    with pytest.raises(NoRoom, match="there is room for 0 bytes"):
        reserve.require(tmp_path, 1)


def test_sizes_are_told_in_words():
    assert [size_in_words(size) for size in (0, 999, 1500, 2_000_000, 1_234_567_890)] == [
        "0 bytes", "999 bytes", "1.5 kB", "2 MB", "1.2 GB",
    ]  # fmt: skip

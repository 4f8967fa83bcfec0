"""Byte ranges: what is served is all that was asked for, as far as the file goes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.media.ranges import Unsatisfiable, content_range, parse_range

SIZES = st.integers(0, 5 << 30)
PLACES = st.integers(0, 6 << 30)


@settings(max_examples=40)
@given(first=PLACES, size=SIZES)
def test_an_open_range_begins_where_it_was_asked_to(first: int, size: int) -> None:
    if first >= size:
        with pytest.raises(Unsatisfiable):
            parse_range(f"bytes={first}-", size)
        return
    assert parse_range(f"bytes={first}-", size) == (first, size)


@settings(max_examples=40)
@given(first=PLACES, length=PLACES, size=SIZES)
def test_a_closed_range_stays_inside_what_was_asked_and_inside_the_file(first: int, length: int, size: int) -> None:
    try:
        part = parse_range(f"bytes={first}-{first + length}", size)
    except Unsatisfiable:
        assert first >= size
        return
    assert part == (first, min(size, first + length + 1))


@settings(max_examples=40)
@given(length=PLACES, size=SIZES)
def test_a_suffix_counts_from_the_end(length: int, size: int) -> None:
    if length == 0 or size == 0:
        with pytest.raises(Unsatisfiable):
            parse_range(f"bytes=-{length}", size)
        return
    assert parse_range(f"bytes=-{length}", size) == (max(0, size - length), size)


@settings(max_examples=40)
@given(header=st.text() | st.text("-, 0123456789").map("bytes={}".format), size=SIZES)
def test_no_header_makes_it_fail_in_any_other_way(header: str, size: int) -> None:
    try:
        part = parse_range(header, size)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part[0] < part[1] <= size


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=0-1,4-5",
        "items=0-5",
        "bytes=0-5 junk",
        "bytes=٠-٥",
        "bytes=-" + "9" * 5000,
    ],
)
def test_a_header_that_is_no_single_range_is_passed_over(header: str | None) -> None:
    assert parse_range(header, 1000) is None


def test_the_unit_is_read_without_case() -> None:
    assert parse_range("Bytes=0-0", 10) == (0, 1)


def test_content_range_counts_its_last_byte() -> None:
    assert content_range(0, 100, 1000) == "bytes 0-99/1000"

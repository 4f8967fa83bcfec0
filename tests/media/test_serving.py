"""Files of the store over HTTP: the right bytes, whatever part is asked for, as what we say they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from studio.media.serving import Slice, serve

CONTENT = bytes(number * 31 % 251 for number in range((3 << 20) + 4000))
NAME = "videos/served.mp4"
SIZE = len(CONTENT)


@pytest.fixture(autouse=True, scope="module")
def _stored() -> Iterator[None]:
    assert default_storage.save(NAME, ContentFile(CONTENT)) == NAME
    yield
    default_storage.delete(NAME)


def ask(
    method: str = "GET", *, name: str = NAME, filename: str | None = None, attachment: bool = False, **headers: str
):
    request = RequestFactory(headers={key.replace("_", "-"): value for key, value in headers.items()}).generic(
        method, "/"
    )
    response: Any = serve(request, name, "video/mp4", "abc", filename, attachment)
    response.body = b"".join(response)
    for close in response._resource_closers:  # the response's own close is news for the database, too
        close()
    return response


def test_a_whole_file_comes_with_what_it_is_and_may_do_nothing_as_a_page() -> None:
    answer = ask()
    assert (answer.status_code, answer.body) == (200, CONTENT)
    assert answer["Content-Length"] == str(SIZE)
    assert answer["Content-Type"] == "video/mp4"
    assert answer["ETag"] == '"abc"'
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Disposition"] == "inline"
    assert "private" in answer["Cache-Control"]
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize(("header", "start", "stop"), [
    ("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=0-", 0, SIZE), ("bytes=5000-", 5000, SIZE),
    (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
    ("bytes=-7", SIZE - 7, SIZE), (f"bytes=4000-{SIZE * 2}", 4000, SIZE), (f"bytes=-{SIZE * 2}", 0, SIZE),
    ("bytes=-2000000", SIZE - 2000000, SIZE),
])  # fmt: skip
def test_a_range_is_these_bytes_and_no_others(header: str, start: int, stop: int) -> None:
    answer = ask(Range=header)
    assert (answer.status_code, answer.body) == (206, CONTENT[start:stop])
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "pages=1-2", "bytes=9-3", "bytes=x"])
def test_what_is_no_single_range_brings_the_whole_file(header: str) -> None:
    answer = ask(Range=header)
    assert (answer.status_code, len(answer.body)) == (200, SIZE)
    assert "Content-Range" not in answer


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE + 9}-{SIZE + 99}", "bytes=-0"])
def test_a_range_outside_the_file_is_416_with_its_size(header: str) -> None:
    answer = ask(Range=header)
    assert (answer.status_code, answer.body) == (416, b"")
    assert answer["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("header", ["", "bytes=0-9", f"bytes={SIZE}-"])
def test_head_tells_the_size_and_sends_nothing(header: str) -> None:
    answer = ask("HEAD", Range=header)
    assert (answer.status_code, answer.body, answer["Content-Length"]) == (200, b"", str(SIZE))
    assert answer["Content-Type"] == "video/mp4"


@pytest.mark.parametrize(("if_range", "status"), [
    ('"abc"', 206), ('"abd"', 200), ('W/"abc"', 200), ("Sun, 22 Nov 2026 12:00:00 GMT", 200),
])  # fmt: skip
def test_a_part_of_another_file_is_never_glued_to_it(if_range: str, status: int) -> None:
    assert ask(Range="bytes=0-9", If_Range=if_range).status_code == status


@pytest.mark.parametrize(("condition", "status"), [
    ({"If_None_Match": '"abc"'}, 304), ({"If_None_Match": '"x", "abc"'}, 304), ({"If_None_Match": "*"}, 304),
    ({"If_None_Match": '"x"'}, 200), ({"If_Match": '"x"'}, 412), ({"If_Match": '"abc"'}, 200),
    ({"If_None_Match": '"abc"', "Range": "bytes=0-1"}, 304),
])  # fmt: skip
def test_what_the_browser_has_already_is_not_sent_again(condition: dict[str, str], status: int) -> None:
    answer = ask(**condition)
    assert answer.status_code == status
    assert answer["ETag"] == '"abc"'
    assert bool(answer.body) == (status == 200)


def test_it_is_saved_under_a_name_of_any_letters() -> None:
    assert ask(filename="a.mp4")["Content-Disposition"] == 'inline; filename="a.mp4"'
    assert ask(filename="a.mp4", attachment=True)["Content-Disposition"] == 'attachment; filename="a.mp4"'
    assert ask(attachment=True)["Content-Disposition"] == "attachment"
    told = ask(filename='Käse "猫"\r\nX: y.mp4', attachment=True)["Content-Disposition"]
    assert told == "attachment; filename*=utf-8''K%C3%A4se%20%22%E7%8C%AB%22%0D%0AX%3A%20y.mp4"


@pytest.mark.parametrize("name", ["videos/none.mp4", "videos"])
def test_a_file_that_is_not_there_is_404(name: str) -> None:
    with pytest.raises(Http404):
        ask(name=name)


@given(places=st.lists(st.tuples(st.integers(-20, 60), st.sampled_from([0, 1, 2]), st.integers(-1, 40)), max_size=8))
def test_a_slice_is_a_file_that_ends_where_it_ends(places: list[tuple[int, int, int]]) -> None:
    """Against BytesIO, which may not be sought to before its start."""
    import io
    from tempfile import TemporaryFile

    with TemporaryFile() as file:
        file.write(CONTENT[:100])
        part, same = Slice(file, 20, 70), io.BytesIO(CONTENT[20:70])
        for offset, whence, size in places:
            at = (0, same.tell(), 50)[whence] + offset
            same.seek(min(max(at, 0), 50))
            part.seek(offset, whence)
            assert part.tell() == same.tell()
            assert part.read(size) == same.read(size)


def test_an_empty_file_has_no_ranges() -> None:
    name = default_storage.save("videos/empty.mp4", ContentFile(b""))
    assert ask(name=name).body == b""
    assert ask(name=name, Range="bytes=0-").status_code == 416
    default_storage.delete(name)

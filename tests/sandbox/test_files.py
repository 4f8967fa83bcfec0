"""A browser can play, seek and download."""

from typing import Any

import pytest
import requests


@pytest.fixture(scope="module")
def link(clip: dict[str, Any]) -> str:
    return str(clip["response"][0])


@pytest.fixture(scope="module")
def whole(link: str) -> bytes:
    return requests.get(link, timeout=5).content


def ask(link: str, **headers: str) -> requests.Response:
    return requests.get(link, headers={name.replace("_", "-"): value for name, value in headers.items()}, timeout=5)


def test_the_whole_file_is_served(link: str, whole: bytes) -> None:
    answer = ask(link)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Disposition" not in answer.headers
    assert int(answer.headers["Content-Length"]) == len(whole)


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("bytes=0-99", slice(0, 100)), ("bytes=5000-5000", slice(5000, 5001)), ("bytes=-500", slice(-500, None))],
)
def test_a_range_is_those_very_bytes(link: str, whole: bytes, wanted: str, part: slice) -> None:
    answer = ask(link, Range=wanted)
    assert answer.status_code == 206
    assert answer.content == whole[part]
    start = range(len(whole))[part][0]
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(answer.content) - 1}/{len(whole)}"


def test_an_open_range_goes_on_to_the_end(link: str, whole: bytes) -> None:
    for start in (0, 1000, len(whole) - 1):
        answer = ask(link, Range=f"bytes={start}-")
        assert (answer.status_code, answer.content) == (206, whole[start:])


def test_a_range_beyond_the_end_is_416(link: str, whole: bytes) -> None:
    answer = ask(link, Range=f"bytes={len(whole)}-")
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"


def test_several_ranges_are_answered_with_the_whole(link: str, whole: bytes) -> None:
    answer = ask(link, Range="bytes=0-1,4-5")
    assert (answer.status_code, answer.content) == (200, whole)


def test_a_range_of_another_version_is_answered_with_the_whole(link: str) -> None:
    tag = ask(link).headers["ETag"]
    assert ask(link, Range="bytes=0-9", If_Range=tag).status_code == 206
    assert ask(link, Range="bytes=0-9", If_Range='"other"').status_code == 200


def test_head_has_no_body(link: str, whole: bytes) -> None:
    with requests.Session() as session:
        for _ in range(2):
            answer = session.head(link, timeout=5)
            assert answer.status_code == 200
            assert answer.content == b""
            assert int(answer.headers["Content-Length"]) == len(whole)


def test_download_asks_the_browser_to_save_it(link: str, clip: dict[str, Any]) -> None:
    disposition = requests.head(f"{link}?download", timeout=5).headers["Content-Disposition"]
    assert disposition == f'attachment; filename="{clip["task_id"]}.mp4"'


def test_a_video_that_is_not_there_is_404(link: str) -> None:
    assert ask(link.replace("n50", "n51")).status_code == 404

"""Below a path of a proxy's: whether that passes the path on or takes it away, what arrives is the same."""

from __future__ import annotations

from typing import Any

import pytest

from studio.base_path import below


@pytest.mark.parametrize(("base", "path", "arrives"), [
    ("", "/", "/"), ("", "/generations/", "/generations/"), ("/video", "/video", "/"), ("/video", "/video/", "/"),
    ("/video", "/video/generations/7/", "/generations/7/"), ("/video", "/generations/7/", "/generations/7/"),
    ("/video", "/videos/x", "/videos/x"), ("/a/b", "/a/b/healthz", "/healthz"), ("/a/b", "/a/healthz", "/a/healthz"),
    ("/video", "", ""),
])  # fmt: skip
def test_the_base_path_is_taken_away_where_it_is_there(base: str, path: str, arrives: str) -> None:
    seen: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ["PATH_INFO"])
        return []

    below(base, application)({"PATH_INFO": path}, lambda *_: None)
    assert seen == [arrives]

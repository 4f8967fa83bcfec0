"""STUDIO_HTTPS behind a proxy that is not trusted to say that the browser uses https."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request

import pytest

from tests.browser.process import Studio, open_url

from .starting import ROOT


def test_it_names_the_setting_and_does_not_redirect_for_ever(tmp_path: Path) -> None:
    studio = Studio(ROOT, tmp_path)
    studio.env |= {"STUDIO_HTTPS": "1", "STUDIO_PASSWORD": "a password for these tests"}
    studio.is_well = lambda: studio.url in studio.log()  # type: ignore[method-assign]
    try:
        studio.start()
        asked = Request(studio.url + "/", headers={"X-Forwarded-Proto": "https"})  # noqa: S310
        with pytest.raises(HTTPError) as refused:
            open_url(asked, timeout=20)
        assert refused.value.code == 502
        assert "STUDIO_SECURE_PROXY=1" in refused.value.read().decode()
    finally:
        studio.end()

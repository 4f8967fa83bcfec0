from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.process import Studio
from tests.databases import Database

from .starting import ROOT


@pytest.fixture
def studio(tmp_path: Path, database: Database) -> Iterator[Studio]:
    studio = Studio(ROOT, tmp_path)
    studio.env["STUDIO_SANDBOX_PACE"] = "0.05"
    if database.server:
        studio.env["DATABASE_URL"] = database.server.create(tmp_path.name.replace("-", "_"))
    try:
        yield studio
    finally:
        studio.end()

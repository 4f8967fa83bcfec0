"""A data folder of before this version: with `manage.py upgrade` nothing in it is lost, moved or counted otherwise.

`old_data_folder/` holds one that the studio of November 2026 made, with takes in every state from a provider and from
the sandbox, kept videos, files, tags, collections, a trash and a purged take, and all that it told of them.
"""

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from .starting import ROOT, environment, manage

FOLDER = Path(__file__).with_name("old_data_folder")
ENV = {
    "TZ": "UTC", "LTX2_API_KEY": "aio_0123456789abcdefghij", "LTX2_API_BASE": "http://127.0.0.1:28765/api/v1",
}  # fmt: skip


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("old")
    with tarfile.open(FOLDER / "data-folder.tar.xz") as archive:
        archive.extractall(folder / "data", filter="data")
    done = manage(folder, "upgrade", **ENV)
    assert done.returncode == 0, done.stderr
    command = [sys.executable, "-W", "ignore", "-m", "tests.commands.old_data_folder.describe"]
    told = subprocess.run(
        command, cwd=ROOT, env=environment(folder, **ENV), capture_output=True, text=True, timeout=120
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return json.loads((FOLDER / "expected.json").read_text())


def test_every_take_is_as_it_was(upgraded: dict[str, Any], expected: dict[str, Any]) -> None:
    assert set(upgraded["takes"]) == set(expected["takes"])
    for pk, take in expected["takes"].items():
        assert upgraded["takes"][pk] == take


@pytest.mark.parametrize("what", ["sums", "tags", "collections", "uploads"])
def test_so_are(what: str, upgraded: dict[str, Any], expected: dict[str, Any]) -> None:
    assert upgraded[what] == expected[what]


def test_every_address_leads_to_what_it_led_to(upgraded: dict[str, Any], expected: dict[str, Any]) -> None:
    assert upgraded["pages"] == expected["pages"]

"""A backup's file comes from outside: whatever stands in it, it is read or refused in words."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest

from studio.management.backups.archive import CONTENTS, BrokenBackup, reading
from tests.browser.process import Studio
from tests.databases import Database

from .tar import tar_of
from .test_backup import refused

OUTSIDE = [
    "media//x", "media/../x", "../x", "media/./x", "media/videos/..", "media/vi\ndeos", "media/a\\b", "./x", "a\x85b",
]  # fmt: skip
NOT_CONTENTS = [[], 7, "text", {"a": 1}, {"a": []}, {"a": [1, 2, 3]}, None, {"a": {"b": 1}}]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BrokenBackup, match="no name of a file"), reading(tar_of(tmp_path / "backup.tar", {name: b"x"})):
        pass


@pytest.mark.parametrize("contents", NOT_CONTENTS)
def test_a_table_of_contents_that_is_none_is_refused(tmp_path: Path, contents: Any) -> None:
    with pytest.raises(BrokenBackup), reading(tar_of(tmp_path / "backup.tar", {"a": b"x"}, contents or [])):
        pass


def test_names_in_all_scripts_are_read(tmp_path: Path) -> None:
    names = [
        "media/videos/2026-11-28/0042_می\u200cخواهم_seed-1.mp4",
        "media/posters/👨\u200d👩.jpg",
        "secret_key",
    ]
    with reading(tar_of(tmp_path / "backup.tar", dict.fromkeys(names, b"x"))) as reader:
        assert [*reader.contents] == names


@pytest.mark.database
def test_a_member_called_like_a_folder_changes_nothing(studio: Studio, database: Database, tmp_path: Path) -> None:
    assert studio.manage("upgrade").returncode == 0
    backup, odd = tmp_path / "backup.tar", tmp_path / "odd.tar"
    assert studio.manage("backup", backup).returncode == 0
    with tarfile.open(backup) as tar:
        members = {each.name: tar.extractfile(each).read() for each in tar if each.name != CONTENTS}  # type: ignore[union-attr]
    tar_of(odd, {"media/": b"", **members})
    refused(studio.manage("restore", odd), "media/")

"""`manage.py restore` that is interrupted, or finds other files than those of the backup."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.process import Studio
from tests.databases import Database

from .starting import ROOT
from .studio_client import StudioClient
from .test_backup import refused, repacked

pytestmark = pytest.mark.database

STOPPED = """
import sys, django
django.setup()
from django.core.management import call_command
from studio.management.backups import restore
def broken(*_, **__):
    raise KeyboardInterrupt
restore.restore_small = broken
call_command("restore", sys.argv[1], force=True)
"""


def test_a_restore_that_is_interrupted_leaves_nothing_that_would_be_sent(
    studio: Studio, database: Database, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.tar"
    studio.env["LTX2_MAX_RUNNING"] = "1"
    studio.start()
    visitor = StudioClient(studio.url)
    asked = [visitor.ask("Before [late]") for _ in range(2)]
    assert studio.manage("backup", backup).returncode == 0
    studio.stop()
    env = {**studio.env, "DJANGO_SETTINGS_MODULE": "studio.settings"}
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED, backup], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert "KeyboardInterrupt" in stopped.stderr
    studio.start()
    assert "it comes from a backup" in visitor.get(f"/generations/{asked[1]}/").text


def test_a_file_of_the_same_size_is_not_taken_for_the_same_and_every_small_part_is_read_first(
    studio: Studio, database: Database, tmp_path: Path
) -> None:
    backup, broken = tmp_path / "backup.tar", tmp_path / "broken.tar"
    studio.start()
    visitor = StudioClient(studio.url)
    video = visitor.video(visitor.ask("Kept"))
    assert studio.manage("backup", backup, "--media").returncode == 0
    studio.stop()
    (kept,) = (studio.data_dir / "videos").rglob("*.mp4")
    kept.write_bytes(bytes(len(video)))
    repacked(backup, broken, lambda name, content: content[::-1] if name == "secret_key" else content)
    refused(studio.manage("restore", broken, "--force"), "secret_key in it is damaged")
    assert kept.read_bytes() == bytes(len(video))
    assert not list(studio.data_dir.glob("backups/before-*"))
    assert studio.manage("restore", backup, "--force").returncode == 0
    assert kept.read_bytes() == video

"""What a killed process left is removed; what another one works on stays."""

import os
import re
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from studio.media.scratch import DRAFT, draft_beside, hold, scratch_folder, sweep

WORKS = """
import sys, time
from pathlib import Path
from studio.media.scratch import draft_beside, scratch_folder
folder = Path(sys.argv[1])
with draft_beside(folder / "a.tar") as draft, scratch_folder(folder, ".copy-") as scratch:
    draft.write_bytes(b"half")
    (scratch / "rows").write_bytes(b"half")
    print("working", flush=True)
    time.sleep(60)
"""
COPY = re.compile(r"\.copy-.+")


@pytest.fixture
def worker(tmp_path):
    """Another process that works on a draft and in a folder."""
    process = subprocess.Popen([sys.executable, "-c", WORKS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "working\n"
    yield process
    process.kill()
    process.wait()


def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(tmp_path, worker):
    before = sorted(tmp_path.iterdir())
    assert len(before) == 2
    assert (sweep(tmp_path, DRAFT), sweep(tmp_path, COPY)) == ([], [])
    assert sorted(tmp_path.iterdir()) == before
    worker.kill()
    worker.wait()
    assert sorted(sweep(tmp_path, DRAFT) + sweep(tmp_path, COPY)) == before
    assert list(tmp_path.iterdir()) == []


def test_what_is_called_otherwise_is_not_touched(tmp_path):
    for name in ("a.tar", "a.part", ".a.part", ".a.tar.0123abcd.part.txt", ".a.tar.0123abc.part", "mine"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / ".link.0123abcd.part").symlink_to(tmp_path / "mine")
    os.mkfifo(tmp_path / ".pipe.0123abcd.part")
    before = {path.name for path in tmp_path.iterdir()}
    sweep(tmp_path, DRAFT)
    assert before - {path.name for path in tmp_path.iterdir()} <= {".pipe.0123abcd.part"}
    assert sweep(tmp_path / "not there", DRAFT) == []


def test_a_draft_is_there_for_one_user_until_it_is_renamed_or_given_up(tmp_path):
    with draft_beside(tmp_path / "kept") as draft:
        assert draft.stat().st_mode & 0o777 == 0o600
        draft.write_bytes(b"all of it")
        draft.replace(tmp_path / "kept")
    with suppress(ZeroDivisionError), draft_beside(tmp_path / "lost"), scratch_folder(tmp_path, ".copy-") as made:
        (made / "x").write_bytes(b"")
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_what_was_swept_away_before_it_was_locked_is_not_held(tmp_path):
    path = tmp_path / "a"
    assert hold(path) is None
    path.write_bytes(b"")
    handle = hold(path)
    assert handle is not None
    os.close(handle)
    assert time.time() - path.stat().st_mtime < 60

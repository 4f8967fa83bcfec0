"""While a data folder is being restored, nobody else starts to work with it."""

from __future__ import annotations

import fcntl
from pathlib import Path

from .starting import outcomes_of


def test_nothing_starts_in_the_middle_of_a_restore(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "in_use.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for code, said in outcomes_of(tmp_path, "worker --once", "studio --port 0 --no-worker"):
            assert (code, said.count("\n")) == (1, 1)
            assert "The data folder is being restored: wait until that is done." in said
    assert not (tmp_path / "data" / "dailies.sqlite3").exists()

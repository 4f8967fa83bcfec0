"""kill -9 at a hundred points of a download: in the gallery there is a whole file, or none."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest

from tests.media.clips import large
from tests.media.video_server import VideoServer

from .finished import ask_to_keep, change_rows, rows
from .kept_crash import POINTS, plans

ROOT = Path(__file__).resolve().parent.parent.parent
KILLS, SIZE = 100, 2_000_000
KILLED, MOST_TRIES = -9, 8


class Slow(VideoServer):
    """Sends in pieces, so that there is time to die in between."""

    pause = 0.002

    def send(self, peer, data):
        for start in range(0, len(data), 100_000):
            peer.send(data[start : start + 100_000])
            self.sent += len(data[start : start + 100_000])
            time.sleep(self.pause)


class Killed:
    """A data folder, a process that forks workers on it, and what they leave."""

    def __init__(self, folder: Path, shop: VideoServer) -> None:
        self.folder, self.shop, self.takes = folder, shop, 0
        ours = ("STUDIO_", "LTX2_", "DJANGO_", "DATABASE_URL")
        env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        env |= {
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "STUDIO_ENV_FILE": os.devnull,
            "STUDIO_DATA_DIR": str(folder),
            "STUDIO_SANDBOX_PORT": str(shop.server.port),  # the sandbox, as far as its links go
            "LTX2_POLL_SECONDS": "0.001",
            "STUDIO_CLAIM_SECONDS": "1",
        }
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.worker.kept_crash"], cwd=ROOT, env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
        )  # fmt: skip

    def run(self, plan) -> int:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(plan) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, (self.folder / "log").read_text()[-3000:]
        return json.loads(line)["code"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()

    def keep_now(self):
        """What was given up, as a person does it."""
        change_rows(
            self.folder / "dailies.sqlite3",
            "UPDATE studio_generation SET keeping = 'pending', keep_attempts = 0, keep_deaths = 0,"
            " keep_due_at = finished_at WHERE keeping = 'failed'",
        )

    def asked(self):
        self.takes += 1
        self.keep_now()
        ask_to_keep(self.folder / "dailies.sqlite3", [self.shop.url()])

    def rows(self, sql):
        return rows(self.folder / "dailies.sqlite3", sql)


@pytest.fixture(scope="module", params=[True, False], ids=["ranges", "no ranges"])
def told(request, tmp_path_factory):
    """What came of half of the kills, with a server that can go on and with one that cannot."""
    content = large(SIZE)
    shop = Slow({"/a.mp4": content}, ranges=request.param, tag='"v1"' if request.param else "")
    killed = Killed(tmp_path_factory.mktemp("killed"), shop)
    ends, faults, digest = Counter(), [], hashlib.sha256(content).hexdigest()
    try:
        killed.run({"seconds": 30})  # nothing to do yet
        for plan in plans(KILLS)[0 if request.param else 1 :: 2]:
            for _ in range(MOST_TRIES):
                killed.asked()
                end = killed.run(plan)
                ends[end] += 1
                faults += faults_in(killed, digest, plan)
                if end == KILLED:
                    break
                plan = {"seconds": plan.get("seconds", 0.3) / 2}  # it was done before its time was up
        for _ in range(8):  # then some live
            killed.keep_now()
            killed.run({"seconds": 60})
        faults += faults_in(killed, digest, "the end")
        yield killed, shop, ends, faults
    finally:
        killed.close()
        shop.close()


def faults_in(killed, digest, when):
    """Rows without their whole file, and files that are not whole."""
    found = []
    for row in killed.rows("SELECT name, sha256, bytes FROM studio_keptvideo"):
        path = killed.folder / row["name"]
        if not path.is_file() or (row["sha256"], row["bytes"]) != (digest, SIZE) or sha(path) != digest:
            found.append(f"{when}: {row['name']} is in the gallery and is not whole")
    for path in (killed.folder / "videos").rglob("*.mp4"):
        if sha(path) != digest:
            found.append(f"{when}: {path.name} is a part of a file")
    return found


def sha(path):
    status = path.stat()
    return sha_of(path, status.st_ino, status.st_mtime_ns, status.st_size)


@cache
def sha_of(path, *version):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_at_no_moment_was_there_a_part_of_a_file_in_the_gallery(told):
    _, _, ends, faults = told
    assert faults == []
    assert ends[KILLED] >= KILLS // 2
    assert set(ends) <= {KILLED, 0}


def test_in_the_end_every_video_is_kept_and_nothing_is_there_twice(told):
    killed, _, _, _ = told
    assert killed.rows("SELECT id, keeping, keep_why FROM studio_generation WHERE keeping <> 'kept'") == []
    kept = killed.rows("SELECT name FROM studio_keptvideo")
    files = sorted(path.name for path in (killed.folder / "videos").rglob("*") if path.is_file())
    names = [Path(row["name"]).name for row in kept]
    assert files == sorted(names + [name.replace(".mp4", ".json") for name in names])
    assert len(names) == killed.takes >= KILLS // 2
    assert list((killed.folder / "downloads").glob("*.part")) == []


def test_what_was_fetched_before_a_kill_is_not_fetched_again_where_the_server_can_go_on(told):
    killed, shop, _, _ = told
    least = SIZE * len(killed.rows("SELECT 1 FROM studio_keptvideo"))
    went_on = [request.start for request in shop.requests if request.start]
    if shop.ranges:
        assert len(went_on) >= 2
        assert shop.sent < 1.25 * least
    else:
        assert went_on == []
        assert shop.sent > least


def test_the_points_have_names():
    assert len(plans(KILLS)) == KILLS
    assert len({json.dumps(plan) for plan in plans(KILLS)}) == KILLS
    assert len(POINTS) >= 12
    assert next(cycle(plans(KILLS)))["point"] in POINTS

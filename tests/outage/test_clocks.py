"""Machines whose clocks are an hour off: what they share goes by the database's clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PROGRAMS

from .studio import OutageStudio, outage_studio

pytestmark = pytest.mark.skipif(not PROGRAMS, reason="there is no PostgreSQL")
# Python reads this at its start, before anything asks for the time.
SHIFT = """
import datetime, os, time
real, clock, delta = datetime.datetime, time.time, datetime.timedelta(seconds=float(os.environ["SHIFT_SECONDS"]))
class Kind(type):
    def __instancecheck__(cls, value):
        return isinstance(value, real)
class Shifted(real, metaclass=Kind):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + delta
    @classmethod
    def utcnow(cls):
        return real.utcnow() + delta
datetime.datetime = Shifted
time.time = lambda: clock() + delta.total_seconds()
"""
LOOK = """
from django.test import Client
from django.utils import timezone
from studio import clock
from studio.uploads import links
from tests.media.kept import upload
from studio.gallery.changes import revisions
from studio.generations.connections import Connection
from studio.gallery.page import notice_for
file = upload(user())
found = {
    "off": round((timezone.now() - clock.now()).total_seconds() / 3600),
    "healthz": Client(SERVER_NAME="127.0.0.1").get("/healthz").status_code,
    "alive": [notice_for(user()).alive, revisions(user().pk, Connection.named(PROVIDER), [], None, 1).alive],
    "link": links.signed_path(file, 600).split("/")[2],
}
"""


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[OutageStudio]:
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(SHIFT)
    with outage_studio(tmp_path, "postgres") as studio:
        yield studio


def shift(studio: OutageStudio, hours: int) -> None:
    """Whatever is started from now on."""
    studio.more = {"PYTHONPATH": str(studio.folder / "clock"), "SHIFT_SECONDS": str(hours * 3600)} if hours else {}


@pytest.mark.parametrize("hours", [1, -1])
def test_a_web_machine_sees_the_workers_and_a_restore_from_it_is_refused(studio: OutageStudio, hours: int) -> None:
    backup = studio.folder / "backup.tar"
    assert studio.manage("backup", str(backup)).returncode == 0
    studio.start("one")
    studio.until(lambda: studio.act("found = WorkerHeartbeat.objects.count()") == 1)
    shift(studio, hours)
    seen = studio.act(LOOK)
    assert (seen["off"], seen["healthz"], seen["alive"]) == (hours, 200, [True, True])
    refused = studio.manage("restore", str(backup), "--force", name="elsewhere")
    assert (refused.returncode, "A worker works with this database" in refused.stderr) == (1, True)
    shift(studio, 0)
    opened = f"from studio.uploads import links; found = links.upload_of({seen['link']!r}) is not None"
    assert studio.act(opened)


def test_a_worker_whose_clock_is_off_is_seen_and_sends(studio: OutageStudio) -> None:
    shift(studio, 1)
    studio.start("one")
    studio.until(lambda: studio.act("found = WorkerHeartbeat.objects.count()") == 1)
    shift(studio, 0)
    seen = studio.act(LOOK)
    assert (seen["off"], seen["healthz"], seen["alive"]) == (0, 200, [True, True])
    studio.ask(1)
    studio.until(lambda: studio.posts == 1)
    studio.until(lambda: studio.statuses() == ["running"])

"""Days and folders go by the machine's time zone, and pages by whatever zone a browser names."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from studio.generations.models import Generation
from studio.middleware import local_user
from studio.worker.video_files import VideoFiles

from .html import read
from .rows import ask, put

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = "from studio import settings; print(settings.TIME_ZONE)"
ZONE = "import sys; from studio.zones import zone_named; print(zone_named(sys.argv[1]))"


def python(code: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", ["Asia/Tokyo", ":Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"])
def test_the_studio_lives_in_the_zone_that_tz_names(name: str, tmp_path: Path) -> None:
    assert python(SETTINGS, TZ=name, STUDIO_DATA_DIR=str(tmp_path)).stdout.strip() == name.removeprefix(":")


def test_a_tz_that_is_none_stops_the_start_with_one_line(tmp_path: Path) -> None:
    done = python(SETTINGS, TZ="Middle/Earth", STUDIO_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "ImproperlyConfigured: TZ must be the name of a time zone" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["Asia/Calcutta", "Europe/Kiev", "Asia/Saigon", "America/Buenos_Aires", "US/Pacific"])
def test_names_that_browsers_go_on_using_need_nothing_of_the_system(name: str) -> None:
    assert python(ZONE, name, PYTHONTZPATH="").stdout.strip() == name


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "day"), [("Pacific/Kiritimati", "2026-03-10"), ("America/Adak", "2026-03-09")])
def test_a_video_lies_under_the_day_that_the_gallery_says(client: Client, settings: Any, zone: str, day: str) -> None:
    settings.TIME_ZONE = zone
    (take,) = ask(1)
    put(take, owner=local_user(), created_at=datetime(2026, 3, 10, 8, 30, tzinfo=UTC))
    name = VideoFiles(Generation.objects.get(pk=take.pk)).stem
    assert name.startswith(f"videos/{day}/")
    shown = read(client.get("/")).all("h2", class_="day")
    assert [each.attrs["id"] for each in shown] == [f"day-{day}"]

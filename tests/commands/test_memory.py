"""A studio runs where there is little memory, and says what is missing where there is too little."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

import pytest
import requests
from django.core.management.base import CommandError

from studio.management.memory import told_in_one_line
from tests.browser.process import Studio

from .studio_client import StudioClient

ENOUGH = 700_000_000  # bytes of addresses; a gigabyte and a half was reserved once, and hardly used


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process that runs")
def test_the_first_video_is_made_and_kept_with_few_addresses(studio: Studio) -> None:
    studio.start()
    resource.prlimit(studio.pid, resource.RLIMIT_AS, (ENOUGH, ENOUGH))
    visitor = StudioClient(studio.url)
    assert visitor.video(visitor.ask("A bay"))
    assert int(re.findall(r"VmPeak:\s+(\d+) kB", Path(f"/proc/{studio.pid}/status").read_text())[0]) * 1000 < ENOUGH


def test_the_very_first_page_has_its_scripts_and_styles(studio: Studio) -> None:
    """They are collected before the server looks which there are."""
    studio.start()
    page = requests.get(studio.url, timeout=20).text
    paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(paths) > 2
    assert {path: requests.get(studio.url + path, timeout=20).status_code for path in paths} == dict.fromkeys(
        paths, 200
    )


def test_too_few_threads_are_told_in_one_line() -> None:
    with pytest.raises(CommandError, match=r"too little memory .*`ulimit"), told_in_one_line():
        raise RuntimeError("can't start new thread")
    with pytest.raises(RuntimeError, match="another"), told_in_one_line():
        raise RuntimeError("another")

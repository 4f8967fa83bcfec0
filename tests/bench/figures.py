"""All figures in one table."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from django.conf import settings
from django.core.management import call_command

from . import data, gallery, keeping, lighthouse, process, ranges, views, zips
from .engine import figures as engine
from .measure import Browser
from .process import Line


def main() -> None:
    """Whatever was measured is shown, even where a later part breaks off."""
    began, table = monotonic(), [("figure", "measured", "target")]
    try:
        for part in (in_this_process, in_its_own, with_a_million):
            table.extend(part())
    finally:
        shutil.rmtree(settings.STUDIO_DATA_DIR, ignore_errors=True)
        show(table)
    print(f"\n{monotonic() - began:.0f} s. Milliseconds are medians of processor time; the ratios are what counts.")


def in_this_process() -> Iterator[Line]:
    call_command("collectstatic", interactive=False, verbosity=0)
    say(f"Making {data.MANY:,} takes …")
    databases = data.make()
    say("Asking for pages …")
    yield from views.lines(Browser(), databases)


def in_its_own() -> Iterator[Line]:
    for words, lines in (
        ("Starting the whole studio …", process.lines),
        ("Seeking in a video of 1 GB …", ranges.lines),
        ("Asking Lighthouse …", lighthouse.lines),
        ("Packing 200 videos …", zips.lines),
    ):
        say(words)
        with TemporaryDirectory(prefix="dailies-bench-") as folder:
            yield from lines(Path(folder))
    say(f"Keeping {keeping.VIDEOS} videos, beside curl …")
    yield from keeping.lines()
    say("Following a thousand takes, beside a bare loop …")
    yield from engine.lines()


def with_a_million() -> Iterator[Line]:
    say(f"Making {gallery.MANY:,} takes in each database: some minutes …")
    with TemporaryDirectory(prefix="dailies-bench-") as folder:
        yield from gallery.lines(Path(folder))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def show(table: list[Line]) -> None:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print(" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

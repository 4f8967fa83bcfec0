"""All figures in one table."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from django.conf import settings
from django.core.management import call_command

from . import data, gallery, keeping, lighthouse, process, ranges, views, zips
from .engine import figures as engine
from .measure import Browser


def main() -> None:
    began = monotonic()
    try:
        table = [("figure", "measured", "target"), *in_this_process(), *in_its_own(), *with_a_million()]
    finally:
        shutil.rmtree(settings.STUDIO_DATA_DIR, ignore_errors=True)
    show(table)
    print(f"\n{monotonic() - began:.0f} s. Milliseconds are medians of processor time; the ratios are what counts.")


def in_this_process() -> list[tuple[str, str, str]]:
    call_command("collectstatic", interactive=False, verbosity=0)
    say(f"Making {data.MANY:,} takes …")
    databases = data.make()
    say("Asking for pages …")
    return views.lines(Browser(), databases)


def in_its_own() -> list[tuple[str, str, str]]:
    say("Starting the whole studio …")
    with TemporaryDirectory(prefix="dailies-bench-") as folder:
        whole = process.lines(Path(folder))
    say("Seeking in a video of 1 GB …")
    with TemporaryDirectory(prefix="dailies-bench-") as folder:
        whole += ranges.lines(Path(folder))
    say("Asking Lighthouse …")
    with TemporaryDirectory(prefix="dailies-bench-") as folder:
        whole += lighthouse.lines(Path(folder))
    say("Packing 200 videos …")
    with TemporaryDirectory(prefix="dailies-bench-") as folder:
        whole += zips.lines(Path(folder))
    say(f"Keeping {keeping.VIDEOS} videos, beside curl …")
    kept = keeping.lines()
    say("Following a thousand takes, beside a bare loop …")
    return [*whole, *kept, *engine.lines()]


def with_a_million() -> list[tuple[str, str, str]]:
    say(f"Making {gallery.MANY:,} takes in each database: some minutes …")
    with TemporaryDirectory(prefix="dailies-bench-") as folder:
        return gallery.lines(Path(folder))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def show(table: list[tuple[str, str, str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print(" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

"""`manage.py media`: whether every video and file is where the database says, and nothing else is."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.media.storage import in_words, store_errors

from ..media_check import Check, Unmended
from ..versions import refuse_newer_database


class Command(BaseCommand):
    help = "Compare the media store with the database; the studio may run meanwhile."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mend", action="store_true", help="fetch again what is gone, put aside what is nobody's")
        parser.add_argument("--deep", action="store_true", help="read every byte and compare checksums")
        parser.add_argument("--young", type=int, default=60, metavar="MINUTES", help="leave newer files without a row")

    def handle(self, *, mend: bool, deep: bool, young: int, **options: Any) -> None:
        """The exit code is 1 where something is left to be done."""
        refuse_newer_database()
        found = left = 0
        try:
            for fault in Check(mend, deep, timedelta(minutes=young)).faults():
                found, left = found + 1, left + (not fault.mended)
                self.stdout.write(f"{fault.name}: {fault.words}{fault.mended and f' · {fault.mended}'}")
        except Unmended as error:
            raise CommandError(str(error)) from None
        except store_errors() as error:
            raise CommandError(f"The media store cannot be used: {in_words(error)}.") from None
        if not found:
            self.stdout.write("Every video and file is where it should be.")
        elif left:
            advice = "" if mend else " `--mend` does what can be done."
            self.stdout.write(f"{left} of {found} left as they are.{advice}")
            self.stdout.flush()
            sys.exit(1)

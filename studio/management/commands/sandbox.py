"""`manage.py sandbox`: the stand-in for the paid API, on its own."""

import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from studio.sandbox.server import Sandbox

from ..memory import use_less_memory
from ..ports import refuse_no_port


class Command(BaseCommand):
    help = "Serve a stand-in for the paid API on this machine, until stopped. Nothing is charged."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = settings.STUDIO_SANDBOX_PORT
        parser.add_argument("--port", type=int, default=port, help=f"the port to listen on ({port}; 0 for any)")

    def handle(self, *args: Any, **options: Any) -> None:
        use_less_memory()
        refuse_no_port(options["port"])
        sandbox = Sandbox(
            settings.STUDIO_DATA_DIR / "sandbox",
            options["port"],
            key=settings.SANDBOX_KEY,
            pace=settings.STUDIO_SANDBOX_PACE,
        )
        for number in (signal.SIGTERM, signal.SIGINT):  # a shell starts what runs in the background deaf to Ctrl-C
            signal.signal(number, signal.default_int_handler)
        try:
            sandbox.start()
            self.stdout.write(f"Sandbox on {sandbox.url}. Use it with {how_to_use(sandbox)}")
            self.stdout.flush()
            while True:
                time.sleep(3600)
        except OSError as error:
            raise CommandError(f"The sandbox cannot listen on port {options['port']}: {error.strerror}.") from None
        except KeyboardInterrupt:
            sandbox.stop()


def how_to_use(sandbox: Sandbox) -> str:
    """The environment that makes the studio ask the sandbox in place of the paid API."""
    return f"LTX2_API_BASE={sandbox.base} LTX2_API_KEY={sandbox.key}"

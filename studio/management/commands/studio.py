"""`manage.py studio`: serve the pages, work on what was asked for, and play the provider where there is no key."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from argparse import ArgumentParser
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.media import child
from studio.media.storage import store_trouble
from studio.middleware import set_password
from studio.sandbox.server import Sandbox
from studio.uploads.reachable import public_url_is_useless
from studio.worker import Worker, worker_from_settings

from ..in_use import hold
from ..memory import told_in_one_line, use_less_memory
from ..ports import refuse_no_port
from ..servers import links_server, pages_server
from ..stopping import on_stop
from .upgrade import upgrade


class Command(BaseCommand):
    help = "Serve the studio and work on what was asked for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-worker", action="store_true", help="serve only; workers run as `manage.py worker`")

    def handle(self, *, host: str, port: int, no_worker: bool, **options: Any) -> None:
        with told_in_one_line():
            self.serve(host, port, no_worker)

    def serve(self, host: str, port: int, no_worker: bool) -> None:
        use_less_memory()
        refuse_no_port(port)
        refuse_open_door(host)
        hold(settings.STUDIO_DATA_DIR)
        copy = upgrade()
        if copy:
            self.stdout.write(f"Copied the database to {copy} before the upgrade.")
        set_password()
        collect_static()
        server, links = pages_server(host, port), links_server()
        sandbox = start_sandbox()
        stopping = threading.Event()
        worker = None if no_worker else worker_from_settings(stopping)
        on_stop(stopping.set)
        threading.Thread(target=server.run, daemon=True, name="pages").start()
        if links:
            threading.Thread(target=links.run, daemon=True, name="links").start()
        self.greet(host, server.effective_port)
        if not links:
            self.warn(f"STUDIO_LINKS_PORT {settings.STUDIO_LINKS_PORT} is taken: nobody can fetch your files here.")
        if public_url_is_useless() and not Connection.configured().is_sandbox:
            self.warn("the provider cannot fetch from STUDIO_PUBLIC_URL: it has to be https, with a public name.")
        threading.Thread(target=self.look_at_store, daemon=True, name="store").start()
        child.children.warm()
        work_until(stopping, worker)
        if sandbox:
            sandbox.stop()
        self.stdout.flush()
        os._exit(0)  # what is left are threads that nobody waits for

    def look_at_store(self) -> None:
        """Say if videos cannot be kept now; the rest works all the same."""
        trouble = store_trouble()
        if trouble:
            self.warn(f"the store {settings.STUDIO_S3_BUCKET} cannot be used: {trouble}. Videos are kept once it can.")

    def warn(self, text: str) -> None:
        self.stdout.write(f"Note: {text}")
        self.stdout.flush()

    def greet(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        folder, bucket = settings.STUDIO_DATA_DIR, settings.STUDIO_S3_BUCKET
        videos = f"the bucket {bucket}" if bucket else folder / "videos"
        self.stdout.write(
            f"Dailies is on http://{shown}:{port}{settings.STUDIO_BASE_PATH}  ·  "
            f"everything is kept in {folder}; videos are in {videos}"
        )
        if Connection.configured().is_sandbox:
            self.stdout.write(f"No API key: test clips, free. For real videos put LTX2_API_KEY in {settings.ENV_FILE}")
        else:
            self.stdout.write(f"Videos come from {Connection.configured()} and cost credits.")
        self.stdout.flush()


def refuse_open_door(host: str) -> None:
    """Whoever reaches the studio spends the key's credits."""
    if settings.STUDIO_PASSWORD or is_loopback(host):
        return
    raise CommandError(
        f"Not listening on {host} without a password: whoever reaches the studio could spend your credits. Set "
        "STUDIO_PASSWORD (12 characters or more), or stay on 127.0.0.1 and come in by "
        "`ssh -L 8000:127.0.0.1:8000 you@this-machine`."
    )


def is_loopback(host: str) -> bool:
    """Whether every address that this name has here is on loopback."""
    try:
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        raise CommandError(f"--host {host} is no address of this machine.") from None
    return all(ip_address(address.partition("%")[0]).is_loopback for address in addresses)


def collect_static() -> None:
    """Scripts and styles as this version has them; one process at a time, as several may share the data folder."""
    try:
        with open(settings.STUDIO_DATA_DIR / "static.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            call_command("collectstatic", interactive=False, verbosity=0)
    except OSError as error:
        raise CommandError(
            f"STUDIO_DATA_DIR: cannot write to the folder {settings.STUDIO_DATA_DIR} ({error.strerror})."
        ) from None


def start_sandbox() -> Sandbox | None:
    """The provider where there is no key; with one, only what shows the test clips of before."""
    needed = Connection.configured().is_sandbox
    if not needed and not Generation.objects.of(Connection.named(settings.SANDBOX)).exists():
        return None
    sandbox = Sandbox(
        settings.STUDIO_DATA_DIR / "sandbox",
        settings.STUDIO_SANDBOX_PORT,
        key=settings.SANDBOX_KEY,
        pace=settings.STUDIO_SANDBOX_PACE,
    )
    try:
        sandbox.start()
    except OSError as error:
        if not needed:
            return None
        raise CommandError(
            f"STUDIO_SANDBOX_PORT {settings.STUDIO_SANDBOX_PORT} cannot be used ({error.strerror}). Choose another."
        ) from None
    return sandbox


def work_until(stopping: threading.Event, worker: Worker | None) -> None:
    """Until a signal comes; then the steps in hand are finished."""
    if worker is None:
        stopping.wait()
        return
    worker.run()

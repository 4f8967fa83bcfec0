"""`manage.py worker`: send, poll and record, in a process of its own."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from studio.generations.connections import Connection
from studio.worker import worker_from_settings

from ..in_use import hold
from ..leftovers import use_own_temporary_folder
from ..memory import use_less_memory
from ..stopping import on_stop
from ..versions import refuse_newer
from .upgrade import in_one_line


class Command(BaseCommand):
    help = "Send, poll and record. Any number of workers may run on one database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then leave")

    def handle(self, *, once: bool, **options: Any) -> None:
        use_less_memory()
        hold(settings.STUDIO_DATA_DIR)
        require_migrated()
        use_own_temporary_folder(settings.STUDIO_DATA_DIR)
        worker = worker_from_settings()
        on_stop(worker.stopping.set)
        if once:
            worker.run_once()
            return
        self.stdout.write(f"Working for {Connection.configured()}. Stop with Ctrl-C.")
        self.stdout.flush()
        worker.run()


def require_migrated() -> None:
    try:
        executor = MigrationExecutor(connection)
        refuse_newer(executor.loader.applied_migrations)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(f"The database (DATABASE_URL) cannot be used: {in_one_line(error)}") from None
    if behind:
        raise CommandError("The database is older than this version: run `manage.py upgrade` first.")

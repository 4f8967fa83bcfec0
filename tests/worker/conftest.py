import threading
import time
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from studio.generations.claim import Limits
from studio.generations.connections import Connection, WorkerHeartbeat
from studio.generations.events import GenerationEvent
from studio.generations.models import Generation
from studio.net.connection import AUTHORITIES
from studio.providers.apiin.client import Client
from studio.uploads.models import Upload
from studio.worker import Worker
from studio.worker.database_writer import DatabaseWriter
from studio.worker.journal import Journal
from studio.worker.schedule import Schedule
from tests.media.kept import upload
from tests.net.internet import Net
from tests.provider.servers import KEY
from tests.rows import ask, user

from .api import Api

PATIENCE = 60
LEAVING = 5  # seconds for threads that hold a connection to the database; one that hangs in a request holds none


class Studio:
    """A database, a provider, and workers between them."""

    def __init__(self, answers):
        self.answers = answers
        self.api = Api()
        self.provider = self.api.base
        self.workers: list[tuple[Worker, threading.Thread]] = []

    def worker(self, *, base=None, claim=30, most=10, per_second=0, submit_seconds=5, authorities=AUTHORITIES):
        client = Client(
            base or self.api.base,
            KEY,
            submit_seconds=submit_seconds,
            poll_seconds=5,
            connect_seconds=2,
            authorities=authorities,
        )
        limits = Limits(most, per_second, timedelta(seconds=claim))
        return Worker(client, Connection.named(self.provider), limits, Schedule(0.02), Journal(self.answers))

    def start(self, **options):
        worker = self.worker(**options)
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        self.workers.append((worker, thread))
        return worker

    def stop(self):
        for worker, _ in self.workers:
            worker.stopping.set()
        for _, thread in self.workers:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        for worker, _ in self.workers:
            threads = [thread for work in worker.works for thread in work.pool.threads]
            for thread in [*threads, *worker.database_writer.threads]:
                thread.join(LEAVING)
        self.workers = []

    def ask(self, prompt="a wave", count=1):
        rows = ask(count, provider=self.provider, prompt=prompt)
        return rows[0] if count == 1 else rows

    def ask_with(self, **request):
        return ask(provider=self.provider, **request)[0]

    def until(self, row, **wanted):
        """The row as soon as it has these values; fails with the row as it is when that takes too long."""
        end = time.monotonic() + PATIENCE
        while True:
            stored = Generation.objects.get(pk=row.pk)
            if all(getattr(stored, name) == value for name, value in wanted.items()):
                return stored
            if time.monotonic() > end:
                pytest.fail(f"{stored} {stored.message!r} {[str(event) for event in stored.events.all()]}")
            time.sleep(0.02)

    def until_true(self, holds):
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, "it took too long"
            time.sleep(0.02)

    @property
    def state(self):
        return Connection.of(self.provider)


@pytest.fixture
def studio(transactional_db, tmp_path):
    studio = Studio(tmp_path / "answers")
    yield studio
    studio.api.close()
    studio.stop()
    for model in (GenerationEvent, WorkerHeartbeat):
        model.objects.all().delete()


@pytest.fixture
def mine(studio):
    mine = upload(user())
    yield mine
    Generation.objects.all().delete()
    Upload.objects.all().delete()
    default_storage.delete(mine.name)


@pytest.fixture
def net(monkeypatch):
    net = Net(monkeypatch)
    yield net
    for server in net.routes.values():
        server.close()


@pytest.fixture
def database_writer():
    database_writer = DatabaseWriter()
    yield database_writer
    database_writer.close()
    for thread in database_writer.threads:
        thread.join()

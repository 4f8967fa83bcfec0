import subprocess
import sys

import pytest

from studio.middleware import local_user
from tests.commands.starting import ROOT, environment
from tests.html import read
from tests.provider.servers import CERTIFICATE
from tests.rows import ask
from tests.worker.conftest import Studio, studio  # noqa: F401 - a fixture

from .server import Provider

KEY = "aio_faults-and-crashes"


class Broken(Studio):
    """A studio whose provider breaks in one way."""

    def __init__(self, answers, fault):
        super().__init__(answers)
        self.api.close()
        self.api = Provider(fault)
        self.provider = self.api.healthy.base
        self.processes = []

    def start(self, **options):
        return super().start(authorities=CERTIFICATE, **options)

    def ask(self, prompt="a wave"):
        return ask(owner=local_user(), provider=self.provider, prompt=prompt)[0]

    def process(self, database, *arguments, **env):
        """A real `manage.py worker` on the same database."""
        env = {"DATABASE_URL": database.url, "LTX2_API_BASE": self.provider, "LTX2_API_KEY": KEY,
               "LTX2_POLL_SECONDS": "0.05", "LTX2_REQUESTS_PER_SECOND": "0", **env}  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker", *arguments], cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
            env=environment(self.answers.parent.parent, **env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def stop(self):
        for process in self.processes:
            process.kill()
            process.communicate()
        self.processes = []
        super().stop()


@pytest.fixture
def broken(transactional_db, tmp_path, settings, client):
    studios = []

    def make(fault):
        studios.append(Broken(tmp_path / "data" / "answers", fault))
        settings.PROVIDER = studios[-1].provider
        settings.LTX2_API_KEY = settings.PROVIDER_KEY = KEY
        return studios[-1]

    yield make
    for each in studios:
        each.api.close()
        each.stop()


@pytest.fixture
def page_of(client):
    return lambda row: read(client.get(row.get_absolute_url())).text

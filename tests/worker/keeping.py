"""Workers that keep videos, beside a server that has them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from studio.generations.claim import Limits
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.net.fetch import Caps
from studio.providers.apiin.client import Client
from studio.worker import Worker
from studio.worker.downloads import Downloads
from studio.worker.journal import Journal
from studio.worker.schedule import Schedule
from tests.media.clips import clip, large
from tests.media.video_server import VideoServer
from tests.provider.servers import KEY
from tests.rows import again, ago, in_status, put

from .conftest import Studio

SIZE = 1_500_000  # of /large.mp4


@contextmanager
def keeping_studio(folder: Path, settings: Any) -> Iterator[KeepingStudio]:
    """The studio of a test, with a store in its own folder."""
    store = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    settings.STORAGES = {**settings.STORAGES, "default": store}
    studio = KeepingStudio(folder)
    yield studio
    studio.api.close()
    studio.shop.close()
    studio.stop()


def card(row):
    """The card, in one line."""
    return " ".join(render_to_string("gallery/_card.html", {"take": again(row), "oob": ""}).split())


def was_tried(row, times=1):
    """Whether so many tries are over, and it waits for the next."""
    now = again(row)
    return (now.keep_attempts, now.keep_token) == (times, "")


class KeepingStudio(Studio):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "answers")
        self.folder = folder
        self.shop = VideoServer({"/a.mp4": clip(), "/large.mp4": large(SIZE)})

    def worker(self, *, caps=None, lease=30.0, unit=0.02):
        client = Client(self.api.base, KEY, submit_seconds=5, poll_seconds=5, connect_seconds=2)
        limits = Limits(10, 0, timedelta(seconds=30))
        downloads = Downloads(
            self.folder / "downloads", {self.provider: self.shop.own}, timedelta(seconds=lease), unit, caps=caps
        )
        return Worker(
            client, Connection.named(self.provider), limits, Schedule(0.02), Journal(self.answers), downloads=downloads
        )

    def finished(self, path="/a.mp4", *, url=None, **columns):
        """A take whose video waits to be kept."""
        row = in_status(
            "succeeded",
            provider=columns.pop("provider", self.provider),
            prompt=columns.pop("prompt", "A cat playing piano"),
        )
        wanted = {"keeping": "pending", "keep_due_at": ago(seconds=1), **columns}
        return put(row, video_url=url or self.shop.url(path), **wanted)

    def kept(self, row):
        return self.until(row, keeping="kept")

    def files(self, folder="videos"):
        """What is there, without the folders."""
        root = self.folder / folder
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def content(self, row):
        return (self.folder / Generation.objects.get(pk=row.pk).kept.name).read_bytes()


IMPATIENT = Caps(connect=2, answer=2, silence=2, total=10, window=0.3, slowest=100_000)

"""A PostgreSQL that ends its connections, is ended itself, is full, or falls silent: workers go on when it is back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.databases import PROGRAMS

from .proxy import Proxy
from .studio import OutageStudio, Postgres, outage_studio

pytestmark = pytest.mark.skipif(not PROGRAMS, reason="there is no PostgreSQL")
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'studio'"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[OutageStudio]:
    with outage_studio(tmp_path, "postgres", max_connections="30", superuser_reserved_connections="3") as studio:
        yield studio


def end_all_connections(studio: OutageStudio) -> None:
    assert isinstance(studio.database, Postgres)
    with psycopg.connect(studio.database.server.url("postgres"), autocommit=True) as admin:
        for _ in range(40):  # at whatever a worker is doing
            admin.execute(END_ALL)
            time.sleep(0.05)


def end_the_server(studio: OutageStudio) -> None:
    assert isinstance(studio.database, Postgres)
    for _ in range(2):
        studio.database.end()
        time.sleep(1)
        studio.database.start()


def take_all_connections(studio: OutageStudio) -> None:
    assert isinstance(studio.database, Postgres)
    url = studio.database.server.url("postgres")
    with ExitStack() as stack, psycopg.connect(url, autocommit=True) as admin:
        for _ in range(29):
            try:
                stack.enter_context(psycopg.connect(url))
            except psycopg.OperationalError:
                break
        admin.execute(END_ALL)
        time.sleep(2)


@pytest.mark.parametrize("trouble", [end_all_connections, end_the_server, take_all_connections])
def test_no_worker_dies_of_it_and_each_take_is_sent_once(studio: OutageStudio, trouble: object) -> None:
    studio.start("one")
    studio.ask(3, "before")
    studio.until(lambda: studio.posts == 3)
    trouble(studio)  # type: ignore[operator]
    studio.ask(3, "after")
    studio.until(lambda: studio.statuses().count("running") == 6)
    assert studio.workers["one"].poll() is None
    assert max(studio.api.prompts.values()) == 1
    assert studio.state()["paused"] == ""
    assert studio.end("one") == 0


def test_workers_whose_connections_have_all_gone_silent_go_on_with_new_ones(studio: OutageStudio) -> None:
    assert isinstance(studio.database, Postgres)
    proxy = Proxy(studio.database.server)
    studio.url = proxy.url("studio")
    studio.start("one")
    studio.ask(2, "before")
    studio.until(lambda: studio.posts == 2)
    proxy.silence()
    studio.ask(2, "after")
    studio.until(lambda: studio.posts == 4)
    studio.until(lambda: studio.statuses() == ["running"] * 4)
    assert studio.workers["one"].poll() is None
    assert max(studio.api.prompts.values()) == 1
    proxy.close()

"""Runs what depends on the database once on SQLite and, after all else, once more on PostgreSQL, and says so. Pages do
not depend on it, so their tests run on SQLite, but for those that are marked `database`: races, and odd input.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dj_database_url
import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from . import postgres

ON_BOTH = {"generations", "worker", "faults", "crash"}  # folders of tests
LONG = {"crash", "browser", "faults"}
# Real processes, sockets and a real browser share a machine that may stand still: what fails there is tried once more,
# and counted.
STALLING = LONG | {"worker", "commands", "sandbox", "provider", "media"}
ASKING = {"db", "transactional_db", "database"}
PROGRAMS = postgres.find()
VERSIONS = {"sqlite": f"SQLite {sqlite3.sqlite_version}", "postgres": f"PostgreSQL {PROGRAMS and PROGRAMS.version}"}
LEFT_OUT = pytest.StashKey[int]()


@dataclass(frozen=True)
class Database:
    """Where the tests keep their rows: `url` is the DATABASE_URL for another process that shall see the same ones, and
    `server` makes more databases, where it is PostgreSQL.
    """

    url: str
    server: postgres.Server | None = None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "database: runs on every database; so does what asks one in some folders")
    config.addinivalue_line("markers", "sqlite: such a test, on SQLite")
    config.addinivalue_line("markers", "postgres: such a test, on PostgreSQL")


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    item = metafunc.definition
    asks = ASKING.intersection(metafunc.fixturenames) or item.get_closest_marker("django_db")
    if item.get_closest_marker("database") or (asks and folder_of(item) in ON_BOTH):
        if "database" not in metafunc.fixturenames:
            metafunc.fixturenames.append("database")
        each = [pytest.param(name, marks=[pytest.mark.database, getattr(pytest.mark, name)]) for name in VERSIONS]
        metafunc.parametrize("database", each, indirect=True, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first, so that of several processes none is left alone with them at the end. Each process changes
    the database once; the tests of one file on one database share what they have set up.
    """
    items.sort(key=lambda item: ("postgres" in item.keywords, folder_of(item) not in LONG))
    for item in items:
        if folder_of(item) in STALLING:
            item.add_marker(pytest.mark.flaky(reruns=1))
        item.add_marker(pytest.mark.xdist_group(f"{item.path}{'@postgres' * ('postgres' in item.keywords)}"))
    more = [item for item in items if "postgres" in item.keywords]
    if not PROGRAMS and more:
        items[:] = [item for item in items if "postgres" not in item.keywords]
        config.stash[LEFT_OUT] = len(more)
        config.hook.pytest_deselected(items=more)
        getattr(config, "workeroutput", {})["left out"] = len(more)


def folder_of(item: pytest.Item) -> str:
    return Path(item.path).relative_to(Path(__file__).parent).parts[0]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What one of several processes has left out; they all have collected the same."""
    if number := getattr(node, "workeroutput", {}).get("left out"):
        node.config.stash[LEFT_OUT] = number


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The database that `django.db.connection` leads to."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield Database(f"sqlite:///{connections.settings['default']['TEST']['NAME']}")
    else:
        assert PROGRAMS
        with postgres.cluster(PROGRAMS) as server, connected_to(server.url("dailies")):
            yield Database(server.url("test_dailies"), server)


@contextmanager
def connected_to(url: str) -> Iterator[None]:
    before = connections.settings["default"]
    kept = {name: before[name] for name in ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS")}
    connect({**dj_database_url.parse(url), **kept})
    yield
    connect(before)


def connect(database: object) -> None:
    connections["default"].close()
    del connections["default"]
    connections.settings["default"] = database
    connections.configure_settings(connections.settings)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database: Database) -> None:
    """Whenever that becomes another one, the tables are made anew."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A thread that still holds a connection does not keep the database from being dropped."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nobody reads along, a database that was left out is a failure."""
    if session.config.stash.get(LEFT_OUT, 0) and os.environ.get("CI") and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    ran = {name: sum(name in report.keywords for report in reports) for name in VERSIONS}
    if any(ran.values()):
        words = [f"{VERSIONS[name]} ({number} tests)" for name, number in ran.items() if number]
        terminalreporter.write_line(f"Databases: {', '.join(words)}")
    if number := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"NOT RUN: {number} tests on PostgreSQL. {postgres.MISSING}", red=True)

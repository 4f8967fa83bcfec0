"""What a connection to PostgreSQL asks of the server, and that nobody waits for ever for one that has gone silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import dj_database_url
import psycopg
import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from studio import postgresql
from tests.databases import PROGRAMS
from tests.postgres import Server, cluster

from .proxy import Proxy

pytestmark = pytest.mark.skipif(not PROGRAMS, reason="there is no PostgreSQL")


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """These connections are the tests' own."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    assert PROGRAMS
    with cluster(PROGRAMS) as server:
        yield server


def connect(url: str) -> Any:
    """As the studio connects where DATABASE_URL is this."""
    found = dj_database_url.parse(url)
    settings = {**found, "OPTIONS": postgresql.options(found.get("OPTIONS", {})), "CONN_HEALTH_CHECKS": True}
    connection = ConnectionHandler({"default": settings})["default"]
    connection.inc_thread_sharing()
    return connection


def ask(connection: Any, sql: str = "SELECT 1") -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_a_commit_is_on_the_disk_whatever_the_server_and_the_address_say(server: Server) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("ALTER ROLE dailies SET synchronous_commit = off")
    words = quote("-c synchronous_commit=off -c statement_timeout=4s")
    for url in (server.url("postgres"), f"{server.url('postgres')}?options={words}"):
        connection = connect(url)
        assert ask(connection, "SHOW synchronous_commit") == "on"
        connection.close()


def test_the_address_may_name_other_patience_than_ours(server: Server) -> None:
    words = quote("-c statement_timeout=4s")
    connection = connect(f"{server.url('postgres')}?connect_timeout=9&options={words}")
    assert ask(connection, "SHOW statement_timeout") == "4s"
    assert ask(connection, "SHOW idle_in_transaction_session_timeout") == "10s"
    assert connection.get_connection_params()["connect_timeout"] == 9
    connection.close()
    plain = connect(server.url("postgres"))
    assert ask(plain, "SHOW statement_timeout") == f"{postgresql.STATEMENT_SECONDS}s"
    plain.close()


def test_a_silent_server_is_given_up_and_all_its_other_connections_with_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(server)
    first, second = connect(proxy.url("postgres")), connect(proxy.url("postgres"))
    assert [ask(first), ask(second)] == [1, 1]
    proxy.silence()
    monkeypatch.setattr(postgresql, "SILENT_SECONDS", 1)
    with pytest.raises(OperationalError, match="nothing for 1 s"):
        ask(first)
    monkeypatch.setattr(postgresql, "SILENT_SECONDS", 600)
    with pytest.raises(OperationalError, match="silent on another connection"):
        ask(second)
    for each in (first, second):
        each.close_if_unusable_or_obsolete()
        assert ask(each) == 1
        each.close()
    assert proxy.accepted == 4
    proxy.close()


def test_a_request_that_finds_its_kept_connection_silent_gets_a_new_one_by_itself(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(server)
    connection = connect(proxy.url("postgres"))
    assert ask(connection) == 1
    proxy.silence()
    monkeypatch.setattr(postgresql, "SILENT_SECONDS", 1)
    connection.close_if_unusable_or_obsolete()  # as at the beginning of each request
    assert ask(connection) == 1
    connection.close()
    proxy.close()


def test_an_upgrade_takes_its_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_patient", True)
    monkeypatch.setattr(postgresql, "SILENT_SECONDS", 0.1)
    connection = connect(server.url("postgres"))
    assert ask(connection, "SHOW statement_timeout") == "0"
    assert ask(connection, "SHOW idle_in_transaction_session_timeout") == "0"
    assert ask(connection, "SELECT 1 FROM pg_sleep(0.5)") == 1
    connection.close()

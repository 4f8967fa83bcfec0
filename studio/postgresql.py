"""How the studio speaks to PostgreSQL: what every connection asks for, and how long anybody waits for an answer.

A commit is on the server's disk before anything paid leaves, and a server that has gone silent (a fail-over behind a
firewall, a proxy that hangs) is given up soon: the next connection may lead to one that answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

STATEMENT_SECONDS = 15  # after which the server ends a statement
SILENT_SECONDS = 18  # after which a server that has not even done that is gone
# For the connection itself. What the address (DATABASE_URL) names counts for more.
NETWORK = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 5,  # seconds
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms that what was sent may go unnoticed
}
# A process that is stopped inside a transaction must not keep its locks from all others.
SESSION = f"-c idle_in_transaction_session_timeout=10s -c statement_timeout={STATEMENT_SECONDS}s"
# Last, so that nothing undoes it: a commit that a crash takes back is a take that is sent, and paid for, twice.
DURABLE = "-c synchronous_commit=on"

_patient = False
_suspect_before = 0.0  # whoever was last heard before that is not to be relied on


def options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of every connection, those that the address names among them."""
    words = [SESSION, given.get("options", ""), DURABLE]
    return {**NETWORK, **given, "options": " ".join(filter(None, words))}


@contextmanager
def patiently() -> Iterator[None]:
    """For what may take minutes, as an upgrade: nothing is ended for being slow."""
    global _patient
    from django.db import connection

    connection.close()
    before, _patient = _patient, True
    try:
        yield
    finally:
        _patient = before
        connection.close()


def connected(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """A new connection of Django's."""
    if connection.vendor != "postgresql":
        return
    if _patient:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
    else:
        connection.connection.wait = bounded(connection.connection)


def bounded(raw: Any) -> Any:
    """The `wait` of a connection of psycopg's, through which goes whatever it waits for, with an end. The library waits
    for an answer for ever, and of one connection that is dead all others learn that they may be.
    """
    from psycopg import OperationalError
    from psycopg.errors import _WaitTimeout

    inner, heard = raw.wait, time.monotonic()

    def wait(gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        nonlocal heard
        global _suspect_before
        if heard < _suspect_before:
            gen.close()
            raw.pgconn.finish()
            raise OperationalError("the database server has gone silent on another connection")
        began = time.monotonic()
        try:
            found = inner(gen, interval=interval, timeout=timeout or SILENT_SECONDS)
        except _WaitTimeout:
            if timeout:
                raise
            _suspect_before = max(_suspect_before, began)
            raw.pgconn.finish()
            raise OperationalError(f"the database server has said nothing for {SILENT_SECONDS} s") from None
        except OperationalError:
            if raw.closed and time.monotonic() - began > 1:  # the network gave up; a server that ends says so at once
                _suspect_before = max(_suspect_before, began)
            raise
        heard = time.monotonic()
        return found

    return wait

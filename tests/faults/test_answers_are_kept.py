"""An answer that came while the database was locked, full or away, or just before the worker was killed, still leads to
its take.
"""

import os
import signal
import threading
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from studio.generations.models import Generation
from tests.worker.api import accepted

from .server import Fault

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def short_patience():
    """The database gives up on a lock after 0.2 s in place of 20."""
    options = connections.settings["default"].setdefault("OPTIONS", {})
    before = dict(options)
    if connection.vendor == "sqlite":
        options["timeout"] = 0.2
    else:
        options["options"] = "-c lock_timeout=200"
    yield
    options.clear()
    options.update(before)


@contextmanager
def locked(row):
    """Another connection holds what is to be written."""
    holder = connection.copy()
    holder.set_autocommit(False)
    with holder.cursor() as cursor:
        if holder.vendor == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        else:
            cursor.execute("SELECT 1 FROM studio_generation WHERE id = %s FOR UPDATE", [row.pk])
    try:
        yield
    finally:
        holder.close()


@contextmanager
def full(row):
    """Nothing more can be written: every change fails as it does on a full disk."""
    sqlite = (
        "CREATE TRIGGER full BEFORE UPDATE ON studio_generation BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
        "DROP TRIGGER full",
    )
    postgres = (
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'disk is full' USING ERRCODE = 'disk_full'; END $$;"
        " CREATE TRIGGER full_disk BEFORE UPDATE ON studio_generation EXECUTE FUNCTION full_disk()",
        "DROP TRIGGER full_disk ON studio_generation; DROP FUNCTION full_disk()",
    )
    fill, empty = sqlite if connection.vendor == "sqlite" else postgres
    run(fill)
    try:
        yield
    finally:
        run(empty)


@contextmanager
def away(row):
    """The tables are not there; on PostgreSQL every connection is broken off as well."""
    run("ALTER TABLE studio_generation RENAME TO away")
    if connection.vendor == "postgresql":
        run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()")  # fmt: skip
    try:
        yield
    finally:
        run("ALTER TABLE away RENAME TO studio_generation")


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


class Answering:
    """A provider that has read the POST, and answers when it is told to."""

    def __init__(self):
        self.read, self.answer = threading.Event(), threading.Event()

    def __call__(self, peer):
        self.read.set()
        self.answer.wait(15)
        peer.send(accepted("n77_ltx2"))

    @property
    def fault(self):
        return Fault(self)


def kept(studio):
    return [name for name in os.listdir(studio.answers) if name.endswith(".json")] if studio.answers.exists() else []


@pytest.mark.parametrize("trouble", [locked, full, away])
def test_it_is_written_down_as_soon_as_the_database_can(trouble, broken, caplog):
    with short_patience():
        provider = Answering()
        studio = broken(provider.fault)
        row = studio.ask()
        studio.start(submit_seconds=20)
        assert provider.read.wait(15)
        with trouble(row):
            provider.answer.set()
            studio.until_true(lambda: f"cannot write down generation={row.pk} task_id=n77_ltx2" in caplog.text)
            assert len(kept(studio)) == 1
        assert studio.until(row, status="succeeded").task_id == "n77_ltx2"
        studio.until_true(lambda: not kept(studio))
        assert studio.api.begun == 1
        studio.stop()


@pytest.mark.parametrize("trouble", [locked, full])
def test_a_worker_that_is_killed_before_it_could_leaves_it_to_the_next(trouble, broken, database):
    provider = Answering()
    studio = broken(provider.fault)
    row = studio.ask()
    process = studio.process(database)
    assert provider.read.wait(15)
    with trouble(row):
        provider.answer.set()
        studio.until_true(lambda: kept(studio))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert Generation.objects.get(pk=row.pk).status == "submitting"
    studio.start()
    done = studio.until(row, status="succeeded")
    assert done.task_id == "n77_ltx2"
    assert ("submitting", "running") in set(row.events.values_list("from_status", "to_status"))
    assert studio.api.begun == 1
    assert not kept(studio)


def test_without_a_place_for_the_file_the_database_and_the_log_have_to_do(broken, caplog):
    provider = Answering()
    studio = broken(provider.fault)
    studio.answers.parent.mkdir()
    studio.answers.write_text("not a folder")
    row = studio.ask()
    studio.start(submit_seconds=20)
    assert provider.read.wait(15)
    provider.answer.set()
    assert studio.until(row, status="succeeded").task_id == "n77_ltx2"
    assert "task_id=n77_ltx2 cannot be kept as a file" in caplog.text

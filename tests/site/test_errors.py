"""A page that could not be made says why, and what to do."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from django.db import connection
from django.test import Client

from studio.generations.models import Generation
from tests.pages import typed


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_said_in_words_and_nothing_is_stored(client: Client) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a lock on everything is SQLite's")
    assert client.get("/").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    client.raise_request_exception = False
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as another:
        another.execute("BEGIN EXCLUSIVE")
        answer = client.post("/generations/", typed())
    assert answer.status_code == 503
    assert "The database does not answer" in answer.content.decode()
    assert answer["Retry-After"] == "5"
    connection.close()
    assert not Generation.objects.exists()
    assert client.post("/generations/", typed()).status_code == 303

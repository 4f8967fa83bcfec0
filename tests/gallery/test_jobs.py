"""The job panel: what waits, what runs and how long that usually takes, and what needs a person."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studio.generations import queue_status
from studio.generations.models import Generation
from tests.html import read
from tests.pages import HTMX, Make

pytestmark = pytest.mark.django_db


def panel(client: Client) -> str:
    return read(client.get("/jobs/", headers=HTMX)).text


def test_the_head_says_how_many_wait_run_and_need_a_person(client: Client, make: Make) -> None:
    assert read(client.get("/")).id("jobs-tally").text == "Nothing to wait for"
    make()
    make(status="running", submitted_at=timezone.now())
    make(status="unconfirmed", submitted_at=timezone.now())
    make(held="credits")
    make(status="running", submitted_at=timezone.now(), late_since=timezone.now())
    make(status="succeeded", keeping="failed")
    assert read(client.get("/")).id("jobs-tally").text == "1 running · 1 waiting · 4 need you"


def test_however_many_need_a_person_no_page_reads_them_one_by_one(client: Client, make: Make, monkeypatch) -> None:
    """The unconfirmed, of whatever provider, are a running sum; what is not kept is counted in part."""
    monkeypatch.setattr(queue_status, "NOT_KEPT_MOST", 3)
    make(status="unconfirmed", provider="https://another.example.com")
    make(held="link", estimate_high=7)
    for text in ("3 need you", "4 need you", "5+ need you", "5+ need you"):
        make(status="succeeded", keeping="failed")
        with CaptureQueriesContext(connection) as queries:
            assert read(client.get("/")).id("jobs-tally").text == text
    (told,) = [query["sql"] for query in queries if "held_credits" in query["sql"]]
    assert "LIMIT 3" in told
    assert "No answer came" in panel(client)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + told)
            plan = [row[3] for row in cursor.fetchall() if "studio_" in row[3]]
        assert not [line for line in plan if "SCAN studio_generation" in line or "SCAN studio_takecount" in line], plan


def test_each_row_says_why_and_leads_to_its_take(client: Client, make: Make) -> None:
    take = make(status="succeeded", keeping="failed", keep_why="The link was gone")
    make(status="unconfirmed", submitted_at=timezone.now())
    make(held="key")
    text = panel(client)
    for words in ("The link was gone", "No answer came: say what became of it", "Held: send or cancel it"):
        assert words in text
    assert read(client.get("/jobs/", headers=HTMX)).all("a", href=take.get_absolute_url())


def test_what_runs_says_how_long_it_usually_takes(client: Client, make: Make, django_assert_max_num_queries) -> None:
    now = timezone.now()
    for seconds in (70, 80, 90, 100):
        make(status="succeeded", submitted_at=now - timedelta(seconds=seconds), finished_at=now)
    make(status="running", submitted_at=now)
    with django_assert_max_num_queries(8):
        assert "usually 1:18–1:32 min" in panel(client)


def test_what_is_settled_deleted_or_somebody_else_s_is_not_in_it(client: Client, make: Make, other: User) -> None:
    make(status="succeeded")
    make(status="failed")
    make(status="unconfirmed", deleted_at=timezone.now())
    make(other, status="unconfirmed")
    assert panel(client) == "Nothing is running or waiting."


def test_a_long_queue_is_listed_in_part_and_counted_whole(client: Client, make: Make) -> None:
    for _ in range(55):
        make()
    assert len(read(client.get("/jobs/", headers=HTMX)).all("li")) == 50
    assert read(client.get("/")).id("jobs-tally").text == "55 waiting"
    assert Generation.objects.count() == 55

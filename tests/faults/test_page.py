"""What the pages say while something is wrong."""

from datetime import timedelta

import pytest
from django.conf import settings

from studio.generations.connections import BREAKER_FAILURES, Connection, WorkerHeartbeat
from tests.html import read
from tests.rows import ago

pytestmark = pytest.mark.django_db


def notice(client):
    return read(client.get("/")).id("notice").text


def test_the_page_says_while_the_api_is_down(client):
    for _ in range(BREAKER_FAILURES):
        assert "does not answer" not in notice(client)
        Connection.named(settings.PROVIDER).failed(timedelta(minutes=1))
    assert "The API does not answer." in notice(client)
    Connection.named(settings.PROVIDER).answered()
    assert "does not answer" not in notice(client)


def test_the_page_and_the_health_check_say_when_no_worker_is_alive(client):
    assert "No worker is running." in notice(client)
    assert client.get("/healthz").status_code == 503
    worker = WorkerHeartbeat.register()
    assert "No worker is running." not in notice(client)
    assert client.get("/healthz").status_code == 200
    WorkerHeartbeat.objects.filter(pk=worker.pk).update(seen_at=ago(seconds=21))
    assert "No worker is running." in notice(client)
    assert client.get("/healthz").status_code == 503


@pytest.mark.parametrize(("reason", "words"), [("key", "Key refused."), ("credits", "Credits used up.")])
def test_the_page_says_why_nothing_is_sent(client, reason, words):
    Connection.named(settings.PROVIDER).pause(reason, "The provider's own words")
    assert words in notice(client)
    assert "The provider's own words" in notice(client)

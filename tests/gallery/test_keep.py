"""Keep now: by hand, for one's own takes, and never twice at once."""

import pytest
from django.test import Client

from studio.generations.models import Generation
from tests.pages import HTMX, Make
from tests.rows import again, ago, put, soon

pytestmark = pytest.mark.django_db


def finished(make: Make, owner: object = None, **columns: object) -> Generation:
    take = make(owner) if owner else make()
    return put(take, status="succeeded", due_at=None, video_url="https://cdn.test/a.mp4", **columns)


def keep(client: Client, take: Generation, headers: dict | None = None):
    return client.post(f"/generations/{take.pk}/keep/", headers=headers or {})


@pytest.mark.parametrize("columns", [
    {"keeping": "failed", "keep_why": "The link answers 410 (gone)."},
    {"keeping": "off"},
    {"keeping": "pending", "keep_due_at": soon(3600), "keep_attempts": 9, "keep_why": "The disk is full."},
], ids=lambda columns: columns["keeping"])  # fmt: skip
def test_it_is_tried_at_once(client: Client, make: Make, columns: dict) -> None:
    take = finished(make, **columns)
    answer = keep(client, take, HTMX)
    assert f'id="generation-{take.pk}"' in answer.content.decode()
    now = again(take)
    assert (now.keeping, now.keep_why, now.keep_attempts) == ("pending", "", 0)
    assert now.keep_due_at < soon(1)
    assert now.revision > take.revision


def test_without_javascript_it_leads_back_to_the_take(client: Client, make: Make) -> None:
    take = finished(make, keeping="failed")
    answer = keep(client, take)
    assert (answer.status_code, answer["Location"]) == (303, f"/generations/{take.pk}/")


@pytest.mark.parametrize("columns", [
    {"keeping": "pending", "keep_token": "9:x", "keep_due_at": soon(60)},
    {"keeping": "kept"},
], ids=["being kept", "kept"])  # fmt: skip
def test_what_is_kept_or_just_being_kept_stays_as_it_is(client: Client, make: Make, columns: dict) -> None:
    take = finished(make, **columns)
    before = Generation.objects.filter(pk=take.pk).values().get()
    if take.keeping == "pending":
        assert "There is no video" not in keep(client, take, HTMX).content.decode()
    else:
        assert not take.keep_now()
    assert Generation.objects.filter(pk=take.pk).values().get() == before


@pytest.mark.parametrize("columns", [{"video_url": ""}, {"status": "failed"}, {"purged_at": ago(days=1)}])
def test_where_there_is_no_video_nothing_is_tried(client: Client, make: Make, columns: dict) -> None:
    take = put(finished(make, keeping="failed"), **columns)
    keep(client, take, HTMX)
    assert again(take).keeping == "failed"


def test_anothers_take_is_not_there(client: Client, make: Make, other: object) -> None:
    take = finished(make, other, keeping="failed")
    assert keep(client, take, HTMX).status_code == 404
    assert client.get(f"/generations/{take.pk}/keep/").status_code in (404, 405)
    assert again(take).keeping == "failed"

"""GET /generations/changes/: what is not on the page yet, or 204."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.generations.connections import Connection, WorkerHeartbeat
from studio.generations.models import Generation
from tests.html import cards, read
from tests.pages import HTMX, Make

pytestmark = pytest.mark.django_db
URL = "/generations/changes/"


def ask(client: Client, *seen: Generation, **more: object):
    return client.get(URL, {"seen": [f"{take.pk}:{take.revision}" for take in seen], **more}, headers=HTMX)


def data_queries(queries: CaptureQueriesContext) -> list[str]:
    return [each["sql"] for each in queries.captured_queries if "auth_user" not in each["sql"].partition("WHERE")[0]]


def test_nothing_new_is_204_after_two_queries(client: Client, make: Make, alive: WorkerHeartbeat) -> None:
    takes = [make() for _ in range(30)]
    notice = read(client.get("/")).id("notice").attrs["data-revision"]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = ask(client, *takes, newest=takes[-1].pk, notice=notice)
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(data_queries(queries)) == 2


def test_only_cards_that_changed_come_out_of_band(client: Client, make: Make) -> None:
    one, two = make(), make()
    Generation.objects.filter(pk=one.pk).update(revision=2, status="running")
    answer = ask(client, one, two, newest=two.pk)
    card = cards(read(answer))[0]
    assert [each.attrs["id"] for each in cards(read(answer))] == [f"generation-{one.pk}"]
    assert (card.attrs["hx-swap-oob"], card.attrs["data-status"], card.attrs["data-revision"]) == (
        "true",
        "running",
        "2",
    )
    assert answer["HX-Trigger"] == "generations-changed"


def test_vanished_cards_come_as_deletions(client: Client, make: Make, other: object) -> None:
    gone, theirs, mine = make(), make(other), make()
    gone_id = gone.pk
    answer = ask(client, gone, theirs, mine, newest=mine.pk)
    Generation.objects.filter(pk=gone_id).delete()
    gone.pk = gone_id
    answer = ask(client, gone, theirs, mine, newest=mine.pk)
    deleted = {each.attrs["id"] for each in cards(read(answer)) if each.attrs.get("hx-swap-oob") == "delete"}
    assert deleted == {f"generation-{gone_id}", f"generation-{theirs.pk}"}
    assert len(cards(read(answer))) == 2


def test_new_cards_come_under_the_days_heading(client: Client, make: Make, other: object) -> None:
    old = make()
    new = [make(), make()]
    make(other)
    page = read(ask(client, old, newest=old.pk))
    inserted = page.one("div", hx_swap_oob="afterbegin:#takes")
    assert [each.attrs["id"] for each in cards(inserted)] == [f"generation-{take.pk}" for take in reversed(new)]
    assert inserted.all("h2", class_="day")
    assert len(cards(page)) == 2


def test_the_first_take_of_an_empty_page_comes_too(client: Client, make: Make) -> None:
    take = make()
    assert [each.attrs["id"] for each in cards(read(ask(client, newest=0)))] == [f"generation-{take.pk}"]


def test_a_page_that_asks_for_no_new_takes_gets_none(client: Client, make: Make) -> None:
    take = make()
    make()
    assert ask(client, take).status_code == 204


def test_a_page_that_slept_for_long_gets_all_of_them_newest_first(client: Client, make: Make) -> None:
    takes = [make() for _ in range(30)]
    page = read(ask(client, newest=0))
    assert [each.attrs["id"] for each in cards(page)] == [f"generation-{take.pk}" for take in reversed(takes)]


def test_the_notice_comes_when_it_changed(client: Client, me: object, alive: WorkerHeartbeat) -> None:
    shown = read(client.get("/")).id("notice").attrs["data-revision"]
    assert ask(client, notice=shown).status_code == 204
    Connection.named("sandbox").pause("key", "no such key")
    page = read(ask(client, notice=shown))
    assert "Key refused." in page.id("notice").text
    assert page.id("notice").attrs["hx-swap-oob"] == "true"
    shown = page.id("notice").attrs["data-revision"]
    assert ask(client, notice=shown).status_code == 204
    alive.delete()
    assert "No worker is running." in read(ask(client, notice=shown)).id("notice").text


NUMBER = st.integers(-5, 10**20).map(str) | st.text(max_size=5)
SEEN = st.one_of(st.tuples(NUMBER, NUMBER).map(":".join), st.text(max_size=8), st.just("1:1:1"), st.just("٣:٣"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seen=st.lists(SEEN, max_size=5),
    newest=NUMBER | st.none(),
    more=st.dictionaries(st.sampled_from(["notice", "day", "x", "before"]), st.text(max_size=8)),
)
def test_no_query_string_breaks_it(client: Client, make: Make, seen: list, newest: str | None, more: dict) -> None:
    if not Generation.objects.exists():
        make()
    asked = {"seen": seen, **more} if newest is None else {"seen": seen, "newest": newest, **more}
    assert client.get(URL, asked, headers=HTMX).status_code in (200, 204)

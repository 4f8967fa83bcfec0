"""The gallery: newest first, a page at a time, under the days of whoever looks."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studio.generations.models import Generation
from tests.html import cards, read
from tests.pages import BASE, HTMX, Make

pytestmark = pytest.mark.django_db


def ids(page) -> list[int]:
    return [int(card.attrs["id"].removeprefix("generation-")) for card in cards(page)]


def test_pages_of_24_follow_each_other_without_loss_or_repetition(client: Client, make: Make) -> None:
    made = [make().pk for _ in range(54)]
    page, seen, sizes = read(client.get("/")), [], []
    while True:
        seen += ids(page)
        sizes.append(len(ids(page)))
        more = page.all(id="more")
        if not more:
            break
        assert more[0].attrs["href"] == more[0].attrs["hx-get"]
        make()  # what comes in meanwhile moves nothing
        page = read(client.get(more[0].attrs["href"], headers=HTMX))
        assert not page.all("html")
    assert seen == made[::-1]
    assert sizes == [24, 24, 6]


def test_a_deleted_cursor_loses_nothing(client: Client, make: Make) -> None:
    made = [make().pk for _ in range(30)]
    more = read(client.get("/")).id("more").attrs["href"]
    Generation.objects.filter(pk=made[6]).delete()
    assert ids(read(client.get(more, headers=HTMX))) == made[5::-1]


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 30, "1;2", "%00", "²"])
def test_a_cursor_that_is_none_is_no_error(client: Client, make: Make, before: str) -> None:
    make()
    assert client.get(f"/generations/?before={before}&day=nonsense").status_code == 200


def test_the_same_url_is_a_page_to_a_browser_and_a_fragment_to_htmx(client: Client, make: Make) -> None:
    take = make()
    assert read(client.get("/generations/")).one("title").text == "Takes · Dailies"
    fragment = read(client.get("/generations/", headers=HTMX))
    assert ids(fragment) == [take.pk]
    assert not fragment.all("title")


def at(take: Generation, moment: datetime) -> None:
    Generation.objects.filter(pk=take.pk).update(created_at=moment)


@pytest.mark.parametrize(("zone", "days"), [
    (None, ["2026-03-10", "2026-03-09"]),
    ("Europe/Berlin", ["2026-03-10"]),
    ("Europe%2FBerlin", ["2026-03-10"]),
    ("Etc%2FGMT%2B3", ["2026-03-09"]),
    ("America/Los_Angeles", ["2026-03-09"]),
    ("nonsense", ["2026-03-10", "2026-03-09"]),
    ("../../etc/passwd", ["2026-03-10", "2026-03-09"]),
    ("America", ["2026-03-10", "2026-03-09"]),
    ("x" * 3000, ["2026-03-10", "2026-03-09"]),
    ("%00", ["2026-03-10", "2026-03-09"]),
    ("%FF%FE", ["2026-03-10", "2026-03-09"]),
])  # fmt: skip
def test_days_begin_when_they_begin_for_whoever_looks(client: Client, make: Make, zone: str, days: list) -> None:
    at(make(), datetime(2026, 3, 9, 23, 30, tzinfo=UTC))
    at(make(), datetime(2026, 3, 10, 0, 30, tzinfo=UTC))
    if zone:
        client.cookies["timezone"] = zone
    page = read(client.get("/"))
    assert [each.attrs["id"].removeprefix("day-") for each in page.all("h2", class_="day")] == days


def test_a_day_that_goes_on_over_the_page_has_one_heading_with_all_its_takes(client: Client, make: Make) -> None:
    for _ in range(30):
        at(make(provider=BASE, charged="yes", credits=10), datetime(2026, 3, 10, 12, tzinfo=UTC))
    page = read(client.get("/"))
    assert page.id("day-2026-03-10").text == "Tuesday 10 March 30 takes · 300 credits"
    rest = read(client.get(page.id("more").attrs["href"], headers=HTMX))
    assert not rest.all("h2")
    assert len(cards(rest)) == 6


def test_the_header_says_what_today_cost_and_how_sure_that_is(client: Client, make: Make, real: None) -> None:
    def today() -> str:
        return read(client.get("/")).id("today").text

    assert today() == "Today · 0 takes"
    make(status="succeeded", charged="yes", credits=24)
    assert today() == "Today · 1 take · 24 credits"
    make(status="failed", charged="no")
    make(status="canceled", charged="no")
    assert today() == "Today · 2 takes · 24 credits"
    make(status="unconfirmed", charged="maybe", submitted_at=timezone.now())
    assert today() == "Today · 3 takes · ≈ 48 credits · 24 of them unconfirmed"
    at(make(status="succeeded", charged="yes", credits=999), timezone.now() - timedelta(days=3))
    make(provider="sandbox", status="succeeded", charged="yes", credits=999)
    assert today() == "Today · 3 takes · ≈ 48 credits · 24 of them unconfirmed · 1 test take, free"


def test_an_empty_gallery_offers_three_shots_to_start_from(client: Client) -> None:
    page = read(client.get("/"))
    examples = [each for each in page.id("empty") if "data-with" in each.attrs]
    assert len(examples) == 3
    assert all(each.attrs["data-fills"] == "id_prompt" and each.attrs["data-with"] for each in examples)
    assert page.id("today").text == "Today · 0 takes"


def test_a_gallery_page_costs_few_queries(client: Client, make: Make, django_assert_max_num_queries) -> None:
    for _ in range(30):
        make()
    with django_assert_max_num_queries(6):
        client.get("/generations/")

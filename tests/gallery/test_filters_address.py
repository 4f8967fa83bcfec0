"""The gallery's address: what it asks for is shown, what is wrong in it is as if it were not there."""

import json
from datetime import timedelta
from itertools import cycle
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio import clock
from studio.gallery.filters import Filters, GalleryFilterForm
from studio.generations.models import Generation
from studio.library.models import Collection
from studio.library.review import tag
from studio.middleware import local_user
from tests.html import cards, read
from tests.pages import HTMX, Make

pytestmark = [pytest.mark.django_db, pytest.mark.database]
URL = "/generations/"
RIGHT = {
    "q": ' fog "pine ridge" -sea', "type": "lipsync", "status": "done", "resolution": "1080p", "aspect_ratio": "9:16",
    "seconds": "12.50", "favorite": "on", "rating": "3", "tag": " night  shot", "collection": "7", "kept": "link",
    "model": "ltx-2", "since": "2026-01-31", "until": "2026-02-01", "sort": "credits",
}  # fmt: skip
WRONG = {
    "q": '"-"', "type": "film", "status": "gone", "resolution": "4k", "aspect_ratio": "16x9", "seconds": "1e3",
    "favorite": "0", "rating": "6", "tag": "x" * 81, "collection": "-1", "kept": "no", "since": "2026-02-30",
    "model": "ltx-9", "until": "0001-01-01", "sort": "newest",
}  # fmt: skip


def ids(page):
    return [int(card.attrs["id"].removeprefix("generation-")) for card in cards(page)]


def shown(client: Client, **query: object) -> list[int]:
    return ids(read(client.get(URL, {**query, "before": ""}, headers=HTMX)))


def test_what_is_right_comes_back_in_one_way_of_writing_it():
    filters = Filters.read(1, RIGHT)
    assert set(filters.values) == set(GalleryFilterForm.base_fields)
    assert Filters.read(1, {name: values[0] for name, values in parse_qs(filters.query).items()}) == filters
    assert (filters.values["seconds"], filters.values["favorite"], filters.values["tag"]) == ("12.5", "1", "night shot")


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_as_if_it_were_not_there(name):
    assert Filters.read(1, {name: WRONG[name]}) == Filters.read(1, {})
    assert not Filters.read(1, {name: WRONG[name]}).is_filtered


def test_every_filter_shows_what_fits(client: Client, make: Make, me: User) -> None:
    look = {"type": "lipsync", "resolution": "1080p", "aspect_ratio": "9:16", "seconds": "12.5"}
    judged = {"rating": 4, "favorite": True, "note": "client likes it"}
    plain, fits = make(), make(status="succeeded", keeping="kept", charged="yes", **look, **judged)
    tag(Generation.objects.filter(pk=fits.pk), me.pk, ["Night"])
    for query in ({"q": "client"}, {"type": "lipsync"}, {"status": "done"}, {"status": "succeeded"},
                  {"resolution": "1080p"}, {"aspect_ratio": "9:16"}, {"seconds": "12.5"}, {"favorite": "1"},
                  {"rating": "3"}, {"tag": "night"}, {"kept": "kept"}, {"q": "-bay client", "tag": "x"}):  # fmt: skip
        assert shown(client, **query) == ([] if "x" in query.values() else [fits.pk]), query
    assert shown(client, status="running") == [plain.pk]
    assert shown(client, sort="rating") == shown(client, sort="credits") == [fits.pk, plain.pk]
    assert shown(client, sort="oldest") == [plain.pk, fits.pk]


def test_days_are_those_of_the_browser(client: Client, make: Make) -> None:
    take = make(created_at=timezone.now().replace(year=2026, month=3, day=1, hour=23, minute=30))
    client.cookies["timezone"] = "Europe/Berlin"
    assert shown(client, since="2026-03-02", until="2026-03-02") == [take.pk]
    assert shown(client, since="2026-03-01", until="2026-03-01") == []
    client.cookies["timezone"] = "UTC"
    assert shown(client, since="2026-03-01", until="2026-03-01") == [take.pk]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_days_far_away_break_nothing(client: Client, make: Make, zone: str) -> None:
    take = make()
    client.cookies["timezone"] = zone
    for first, last in (("0001-01-01", "9999-12-31"), ("1971-01-01", "9998-12-31"), ("0000-00-00", "99999-01-01")):
        assert shown(client, since=first, until=last, day=last) == [take.pk]


@pytest.mark.parametrize(
    "query", ["", "sort=credits", "sort=rating", "sort=oldest", "rating=1&since=2020-01-01", "q=bay"]
)
def test_the_way_on_keeps_the_filters_and_shows_each_take_once(client: Client, make: Make, query: str) -> None:
    made = {make(rating=number % 3, created_at=timezone.now() - timedelta(hours=number)).pk for number in range(30)}
    found, address = [], f"{URL}?{query}"
    while address:
        page = read(client.get(address, headers={} if not found else HTMX))
        found += ids(page)
        more = [each.attrs["href"] for each in page.all("a") if each.attrs.get("id") == "more"]
        address = more[0] if more else ""
        assert not address or query in address
    fitting = made if "rating" not in query.partition("&")[0] or "sort" in query else None
    assert len(found) == len(set(found))
    assert set(found) == (fitting or set(Generation.objects.filter(rating__gte=1).values_list("pk", flat=True)))


def test_headings_only_where_takes_come_in_the_order_of_time(client: Client, make: Make) -> None:
    make()
    for sort, headings in (("newest", 1), ("oldest", 1), ("credits", 0), ("rating", 0)):
        page = read(client.get(URL, {"sort": sort, "before": ""}, headers=HTMX))
        assert len(page.all("h2", class_="day")) == headings


def test_a_page_of_the_gallery_takes_four_statements(
    client: Client, make: Make, django_assert_max_num_queries, monkeypatch
) -> None:
    monkeypatch.setattr(
        clock, "ASK_AGAIN_SECONDS", 1e9
    )  # a server is asked for the time now and then, not by each page
    clock.now()
    shelf = Collection.objects.create(owner=local_user(), name="Scene 7")
    made = [make(rating=3) for _ in range(30)]
    tag(Generation.objects.filter(pk__gt=made[2].pk), local_user().pk, ["Night shot"])
    shelf.generations.set(made[3:])
    asked = {**RIGHT, "collection": str(shelf.pk)}
    each = [{name: value} for name, value in asked.items()] + [{name: value} for name, value in WRONG.items()]
    both = {name: asked[name] for name in ("tag", "collection")}
    some = [{}, both, asked, {"rating": "2", "q": "bay", **both}, {"tag": "no", "collection": "99"}]
    orders = [{"sort": sort} for sort in ("oldest", "credits", "rating")]
    all_orders = [{**query, **order} for query in some for order in orders]
    one_order = [{**query, **order} for query, order in zip(each, cycle(orders))]
    for query in (*each, *some, *all_orders, *one_order):
        for more in ({}, {"before": "29"}, {"before": "9.29"}):
            with django_assert_max_num_queries(4):
                client.get(URL, {**query, **more}, headers=HTMX)
        with django_assert_max_num_queries(6):
            assert client.get(URL, query).status_code == 200
    for query in ({}, *some):
        with django_assert_max_num_queries(6):
            assert client.get("/", query).status_code == 200
    page = read(client.get(URL, both))
    assert (len(cards(page)), page.id("chip-collection").text.strip("×")) == (24, "Scene 7")


def test_cards_of_no_kind_ask_for_more(client: Client, make: Make, django_assert_max_num_queries) -> None:
    for status in Generation.Status.values:
        rows = [make(status=status, video_url="https://videos.example/1.mp4", charged="maybe") for _ in range(8)]
        Generation.objects.filter(pk=rows[-1].pk).update(replaces=rows[0].pk)
    for status in Generation.Status.values:
        with django_assert_max_num_queries(4):
            page = read(client.get(URL, {"status": status}, headers=HTMX))
        assert len(cards(page)) >= 8
    closed = Generation.objects.filter(status="closed").order_by("pk")
    assert f"Sent again as #{closed.last().pk}" in page_text(client, {"status": "closed"})


def page_text(client: Client, query: dict[str, str]) -> str:
    return " ".join(read(client.get(URL, query, headers=HTMX)).text.split())


def test_what_is_in_the_trash_is_in_no_page(client: Client, make: Make) -> None:
    make(deleted_at=timezone.now(), status="succeeded")
    for query in ({}, {"q": "bay"}, {"status": "done"}, {"sort": "credits"}, {"since": "2020-01-01"}):
        assert shown(client, **query) == []


def test_a_filtered_page_hears_how_many_new_takes_fit(client: Client, make: Make) -> None:
    old = make(type="lipsync")
    ask = {"type": "lipsync", "known": old.pk}
    make()
    assert client.get(f"{URL}changes/", ask, headers=HTMX).status_code == 204
    make(type="lipsync")
    answer = client.get(f"{URL}changes/", ask, headers=HTMX)
    assert json.loads(answer["HX-Trigger"])["takes-new"] == 1
    assert ids(read(answer)) == []
    assert client.get(f"{URL}changes/", {**ask, "told": 1}, headers=HTMX).status_code == 204
    for query in ("mode=control&type=lipsync", "kind=lipsync&type=control"):  # now and before
        page = {**HTMX, "HX-Current-URL": f"http://testserver/?{query}"}
        assert client.get(f"{URL}changes/", {"known": old.pk}, headers=page)["HX-Trigger"] == answer["HX-Trigger"]


@pytest.mark.parametrize("path", ["/", URL, f"{URL}changes/"])
def test_what_no_take_can_be_shows_none(client: Client, make: Make, path: str) -> None:
    make(status="failed")
    for query in ("status=failed&kept=link", "status=running&kept=link&sort=credits", "status=failed&kept=link&q=bay",
                  "sort=rating&before=40000.5", "sort=credits&before=3000000000.5"):  # fmt: skip
        answer = client.get(f"{path}?{query}", headers={} if path == "/" else HTMX)
        assert answer.status_code in (200, 204), query
        assert client.get(f"{path}?{query}&known=0", headers=HTMX).status_code in (200, 204), query
        assert "kept" not in query or not answer.content or ids(read(answer)) == [], query


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.dictionaries(
        st.sampled_from([*GalleryFilterForm.base_fields, "before", "day"]),
        st.text(max_size=12) | st.sampled_from([*RIGHT.values(), *WRONG.values(), "9" * 18, "1.5", "99999999.1"]),
    )
)
def test_no_address_breaks_it(client: Client, make: Make, query: dict) -> None:
    if not Generation.objects.exists():
        make()
    for headers in (HTMX, {}):
        answer = client.get(URL, query, headers=headers)
        assert answer.status_code == 200
        assert urlsplit(answer.request["PATH_INFO"]).path == URL

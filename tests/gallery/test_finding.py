"""Pages of takes: every filter under every order, from where the page before ended."""

import itertools
from datetime import timedelta

import pytest
from django.db import connection

from studio.gallery.finding import ORDERS, Criteria, Cursor
from studio.generations.models import Generation
from studio.library.models import Tag
from studio.library.review import tag
from tests.rows import ask, put, user

from .finding import EXACT, SAME, all_pages, asking, in_order, mine, some_takes

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_each_filter_under_each_order_gives_each_take_once_and_in_order():
    takes, _ = some_takes()
    for exact, sort in itertools.product(EXACT, ORDERS):
        criteria = asking(exact, sort=sort)
        fits = [take for take in takes if all(getattr(take, name) in values for name, values in exact.items())]
        assert all_pages(criteria) == in_order(fits, criteria), (exact, sort)
        assert sorted(criteria.apply(mine()).values_list("pk", flat=True)) == sorted(take.pk for take in fits)


def test_each_shelf_with_each_filter_under_each_order_gives_each_take_once_and_in_order():
    takes, shelf = some_takes()
    night = Tag.objects.get(owner=user()).pk
    since, until = SAME + timedelta(hours=1), SAME + timedelta(hours=3)
    days = ({}, {"since": since, "until": until}, {"since": SAME - timedelta(days=999), "until": until})
    for exact, sort, asked, span in itertools.product(EXACT, ORDERS, ("tag", "collection", "both"), days):
        on = {"tag": night} if asked != "collection" else {}
        on |= {"collection": shelf.pk} if asked != "tag" else {}
        fits = [take for take in takes if all(getattr(take, name) in values for name, values in exact.items())]
        fits = [take for take in fits if (take.seconds == 5 and take.rating) or "tag" not in on]
        fits = [take for take in fits if take.resolution == "480p" or "collection" not in on]
        fits = [take for take in fits if not span or span["since"] <= take.created_at < until]
        criteria = asking(exact, sort=sort, **on, **span)
        assert all_pages(criteria, 11) == in_order(fits, criteria), (exact, sort, asked, span)
        assert sorted(criteria.apply(mine()).values_list("pk", flat=True)) == sorted(take.pk for take in fits)


def test_days_are_cut_exactly_under_each_order():
    takes, _ = some_takes()
    since, until = SAME + timedelta(hours=1), SAME + timedelta(hours=3)
    spans = [(since, until), (since, None), (None, until), (since, since), (SAME - timedelta(days=999), until)]
    for (since, until), sort, exact in itertools.product(spans, ORDERS, ({}, {"rating": (3, 4, 5)})):
        criteria = asking(exact, since=since, until=until, sort=sort)
        fits = [t for t in takes if (not since or t.created_at >= since) and (not until or t.created_at < until)]
        fits = [t for t in fits if t.rating in exact.get("rating", (t.rating,))]
        assert all_pages(criteria) == in_order(fits, criteria), (since, until, sort)


def test_clocks_that_were_put_back_lose_nothing():
    rows = ask(6)
    for number, row in enumerate(rows):
        put(row, created_at=SAME + timedelta(hours=(3, 1, 2, 1, 0, 5)[number]))
    criteria = Criteria(since=SAME + timedelta(hours=1))
    assert all_pages(criteria, 2) == in_order([row for row in rows if row.created_at >= criteria.since], criteria)
    assert all_pages(Criteria(), 2) == [row.pk for row in reversed(rows)]


def test_ten_thousand_of_the_same_second_and_rating_lose_or_double_none():
    first = ask()[0]
    columns = {f.attname: getattr(first, f.attname) for f in Generation._meta.concrete_fields if not f.generated}
    columns = {**columns, "id": None, "submission_id": None, "created_at": SAME, "rating": 3}
    Generation.objects.bulk_create([Generation(**columns) for _ in range(10_000)], batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a server does by itself within a minute
    plain = [Criteria(sort=sort) for sort in ORDERS]
    narrow = [asking({"rating": (2, 3, 4, 5)}, since=SAME, sort=sort) for sort in ORDERS]
    for criteria in (*plain, *narrow):
        found = all_pages(criteria, 1_000)
        assert len(found) == len(set(found)) == 10_000 + (criteria.least_rating <= first.rating)


def test_what_comes_in_or_goes_meanwhile_moves_no_page():
    rows = ask(12)
    criteria = Criteria()
    first = criteria.page(mine(), None, 4)
    ask(3)
    Generation.objects.filter(pk=first[-1].pk).delete()
    second = criteria.page(mine(), Cursor.at(first[-1], criteria.order), 4)
    assert [row.pk for row in second] == [row.pk for row in reversed(rows)][4:8]


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "-1", "1e9", "٣", "9" * 19, "1.", ".1", "1.x", "24.5", " 1", "1\0"])
def test_a_cursor_that_is_none_is_none(text):
    assert Cursor.parse(text, ORDERS["newest"]) is None


@pytest.mark.parametrize("number", [0, 2, 3, 99, 10**17])
def test_a_made_up_cursor_shows_nothing_that_does_not_fit(number):
    for row, rating in zip(ask(6), (0, 1, 2, 3, 4, 5), strict=True):
        put(row, rating=rating)
    criteria = asking({"rating": (3, 4, 5)}, sort="rating")
    assert all(row.rating >= 3 for row in criteria.page(mine(), Cursor(10**17, number), 10))
    dated = Criteria(since=SAME)
    assert all(row.created_at >= SAME for row in dated.page(mine(), Cursor(10**17, number), 10))


def test_anothers_tag_of_the_same_name_is_nobody_elses():
    theirs = ask(owner=user("bob"))[0]
    tag(Generation.objects.filter(pk=theirs.pk), user("bob").pk, ["night"])
    assert all_pages(Criteria(tag=Tag.objects.get().pk)) == []


@pytest.mark.parametrize("exact", EXACT, ids=str)
def test_every_page_is_a_walk_along_an_index(exact):
    """Nothing is gathered and then sorted, and no table is read through."""
    if connection.vendor != "sqlite":
        pytest.skip("with so few rows PostgreSQL uses no index")
    for sort, more in itertools.product(ORDERS, ({}, {"tag": 1}, {"collection": 1})):
        criteria = asking(exact, sort=sort, **more)
        if exact != {"status": ()}:
            plan = criteria.apply(mine()).order_by(*criteria.order.columns).values("pk")[:25].explain()
            assert "SCAN" not in plan, plan
            assert "TEMP B-TREE" not in plan, plan

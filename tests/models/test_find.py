"""Pages of takes: every filter under every order, from where the page before ended."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from studio.models import Collection, Generation, Membership, Tag, Tagging, triggers
from studio.models.find import Wanted
from studio.models.judging import collect, tag
from studio.models.order import ORDERS, Cursor

from .rows import ask, put, user

pytestmark = pytest.mark.django_db
SAME = datetime(2026, 3, 1, 12, tzinfo=UTC)


def mine():
    return Generation.objects.owned_by(user())


def all_pages(wanted, count=7):
    """The ids, page after page, until there is none."""
    found, cursor, order = [], None, wanted.order
    while True:
        rows = list(wanted.page(mine(), cursor, count))
        found += [row.pk for row in rows]
        if len(rows) < count:
            return found
        cursor = Cursor.parse(Cursor.at(rows[-1], order).text(order), order)


def in_order(rows, wanted):
    order = wanted.order
    rows = sorted(rows, key=lambda row: (getattr(row, order.column), row.pk), reverse=order.descending)
    return [row.pk for row in rows]


def some_takes(count=120):
    """Takes of all kinds: few values for each column, so that there are many of each."""
    chance = random.Random(5)
    first = ask()[0]
    rows = []
    for number in range(count):
        first.pk, first.submission = None, None
        first.type = chance.choice(("text-to-video", "lipsync"))
        first.status = chance.choice(("queued", "running", "succeeded", "succeeded", "failed"))
        first.resolution = chance.choice(("480p", "720p"))
        first.aspect_ratio = chance.choice(("16:9", "9:16"))
        first.seconds = chance.choice((Decimal(5), Decimal("12.5")))
        first.favorite = chance.random() < 0.3
        first.rating = chance.choice((0, 0, 3, 4, 5))
        first.keeping = chance.choice(("off", "kept", "failed"))
        first.charged, first.credits = chance.choice((("no", None), ("yes", 24), ("yes", 24), ("maybe", None)))
        first.created_at = SAME + timedelta(hours=number // 20)
        first.deleted_at = SAME if number % 10 == 0 else None
        rows.append(
            Generation(
                **{
                    field.attname: getattr(first, field.attname)
                    for field in Generation._meta.concrete_fields
                    if not field.generated
                }
            )
        )
    Generation.objects.bulk_create(rows)
    takes = mine().in_view()
    tag(takes.filter(seconds=5, rating__gt=0), user().pk, ["Night"])
    shelf = Collection.objects.create(owner=user(), name="Scene 7")
    collect(takes.filter(resolution="480p"), shelf)
    return list(takes), shelf


EXACT = [
    {}, {"type": ("lipsync",)}, {"status": ("failed",)}, {"status": ("queued", "running")}, {"resolution": ("480p",)},
    {"aspect_ratio": ("9:16",)}, {"seconds": (Decimal("12.5"),)}, {"favorite": (True,)}, {"rating": (3, 4, 5)},
    {"rating": (5,)}, {"keeping": ("kept",)}, {"keeping": ("off",), "status": ("succeeded",)},
    {"rating": (4, 5), "status": ("queued", "running"), "type": ("lipsync",)}, {"status": ()},
]  # fmt: skip


def test_each_filter_under_each_order_gives_each_take_once_and_in_order():
    takes, _ = some_takes()
    for exact, sort in itertools.product(EXACT, ORDERS):
        wanted = Wanted(exact, sort=sort)
        fits = [take for take in takes if all(getattr(take, name) in values for name, values in exact.items())]
        assert all_pages(wanted) == in_order(fits, wanted), (exact, sort)
        assert sorted(wanted.apply(mine()).values_list("pk", flat=True)) == sorted(take.pk for take in fits)


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
        wanted = Wanted(exact, sort=sort, **on, **span)
        assert all_pages(wanted, 11) == in_order(fits, wanted), (exact, sort, asked, span)
        assert sorted(wanted.apply(mine()).values_list("pk", flat=True)) == sorted(take.pk for take in fits)


def copies():
    return {
        kind.__name__: sorted(kind.objects.values_list("generation_id", "favorite", "cost", "rating", "created_at"))
        for kind in (Tagging, Membership)
    }


def test_what_shelves_are_ordered_by_is_as_the_takes_have_it():
    some_takes()
    every = set(mine().values_list("pk", flat=True))
    mine().filter(pk__in=sorted(every)[::2]).update(favorite=True, rating=2, credits=99, charged="yes", created_at=SAME)
    mine().filter(pk__in=sorted(every)[::3]).update(charged="no")
    now = {row[0]: row for row in mine().values_list("pk", "favorite", "cost", "rating", "created_at")}
    for rows in copies().values():
        assert len(rows) > 10
        assert rows == [now[row[0]] for row in rows]
    before = copies()
    triggers.remove()
    Tagging.objects.update(cost=7, rating=1, created_at=SAME)
    triggers.install()
    assert copies() == before


def test_of_several_filters_the_rarest_is_walked_along():
    rows = ask(9)
    put(rows[4], aspect_ratio="1:1")
    wanted = Wanted({"type": ("text-to-video",), "aspect_ratio": ("1:1",), "status": ("queued",)})
    assert wanted._settled(mine()).lead == ("aspect_ratio" if connection.vendor == "sqlite" else "")
    assert all_pages(wanted) == [rows[4].pk]


def test_days_are_cut_exactly_under_each_order():
    takes, _ = some_takes()
    since, until = SAME + timedelta(hours=1), SAME + timedelta(hours=3)
    spans = [(since, until), (since, None), (None, until), (since, since), (SAME - timedelta(days=999), until)]
    for (since, until), sort, exact in itertools.product(spans, ORDERS, ({}, {"rating": (3, 4, 5)})):
        wanted = Wanted(exact, since=since, until=until, sort=sort)
        fits = [t for t in takes if (not since or t.created_at >= since) and (not until or t.created_at < until)]
        fits = [t for t in fits if t.rating in exact.get("rating", (t.rating,))]
        assert all_pages(wanted) == in_order(fits, wanted), (since, until, sort)


def test_clocks_that_were_put_back_lose_nothing():
    rows = ask(6)
    for number, row in enumerate(rows):
        put(row, created_at=SAME + timedelta(hours=(3, 1, 2, 1, 0, 5)[number]))
    wanted = Wanted(since=SAME + timedelta(hours=1))
    assert all_pages(wanted, 2) == in_order([row for row in rows if row.created_at >= wanted.since], wanted)
    assert all_pages(Wanted(), 2) == [row.pk for row in reversed(rows)]


def test_ten_thousand_of_the_same_second_and_rating_lose_or_double_none():
    first = ask()[0]
    columns = {f.attname: getattr(first, f.attname) for f in Generation._meta.concrete_fields if not f.generated}
    columns = {**columns, "id": None, "submission_id": None, "created_at": SAME, "rating": 3}
    Generation.objects.bulk_create([Generation(**columns) for _ in range(10_000)], batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a server does by itself within a minute
    plain = [Wanted(sort=sort) for sort in ORDERS]
    narrow = [Wanted({"rating": (2, 3)}, since=SAME, sort=sort) for sort in ORDERS]
    for wanted in (*plain, *narrow):
        found = all_pages(wanted, 1_000)
        assert len(found) == len(set(found)) == 10_000 + (first.rating in wanted.exact.get("rating", (0,)))


def test_what_comes_in_or_goes_meanwhile_moves_no_page():
    rows = ask(12)
    wanted = Wanted()
    first = list(wanted.page(mine(), None, 4))
    ask(3)
    Generation.objects.filter(pk=first[-1].pk).delete()
    second = list(wanted.page(mine(), Cursor.at(first[-1], wanted.order), 4))
    assert [row.pk for row in second] == [row.pk for row in reversed(rows)][4:8]


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "-1", "1e9", "٣", "9" * 19, "1.", ".1", "1.x", "24.5", " 1", "1\0"])
def test_a_cursor_that_is_none_is_none(text):
    assert Cursor.parse(text, ORDERS["newest"]) is None


@pytest.mark.parametrize("number", [0, 2, 3, 99, 10**17])
def test_a_made_up_cursor_shows_nothing_that_does_not_fit(number):
    for row, rating in zip(ask(6), (0, 1, 2, 3, 4, 5), strict=True):
        put(row, rating=rating)
    wanted = Wanted({"rating": (3, 4, 5)}, sort="rating")
    assert all(row.rating >= 3 for row in wanted.page(mine(), Cursor(10**17, number), 10))
    dated = Wanted(since=SAME)
    assert all(row.created_at >= SAME for row in dated.page(mine(), Cursor(10**17, number), 10))


@pytest.mark.parametrize("exact", [each for each in EXACT if each != {"status": ()}], ids=str)
def test_every_page_is_a_walk_along_an_index(exact):
    """Nothing is sorted but the few rows of a page, and nothing is read through."""
    if connection.vendor != "sqlite":
        pytest.skip("with so few rows PostgreSQL uses no index")
    for sort, cursor in itertools.product(ORDERS, (None, Cursor(5, 5))):
        plan = Wanted(exact, sort=sort).page(mine(), cursor, 25).explain()
        walks = [line for line in plan.splitlines() if "studio_generation" in line]
        assert all("USING INDEX find_" in line or "INTEGER PRIMARY KEY" in line for line in walks), plan
        sorts = [line for line in plan.splitlines() if "TEMP B-TREE" in line]
        assert all(line.split()[1] == "0" for line in sorts), plan  # the page's own rows, at the very end


@pytest.mark.parametrize("name", ["tag", "collection"])
def test_every_page_of_a_shelf_is_a_walk_along_an_index_too(name):
    if connection.vendor != "sqlite":
        pytest.skip("with so few rows PostgreSQL uses no index")
    days = {"since": SAME - timedelta(days=999), "until": SAME}
    exact = ({}, {"favorite": (True,)}, {"rating": (3, 4, 5)})
    for sort, cursor, asked, span in itertools.product(ORDERS, (None, Cursor(5, 5)), exact, ({}, days)):
        plan = Wanted(asked, sort=sort, **{name: 1}, **span).page(mine(), cursor, 25).explain()
        table = "tagging" if name == "tag" else "membership"
        assert f"studio_{table} USING" in plan, plan
        assert f"SCAN studio_{table}" not in plan, plan
        sorts = [line for line in plan.splitlines() if "TEMP B-TREE" in line]
        assert all(line.split()[1] == "0" for line in sorts), plan


def test_anothers_tag_of_the_same_name_is_nobody_elses():
    theirs = ask(owner=user("bob"))[0]
    tag(Generation.objects.filter(pk=theirs.pk), user("bob").pk, ["night"])
    assert all_pages(Wanted(tag=Tag.objects.get().pk)) == []

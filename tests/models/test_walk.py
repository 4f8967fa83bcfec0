"""Which index a page of takes is a walk along."""

import itertools
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from studio.gallery.find import Wanted
from studio.gallery.order import ORDERS, Cursor
from studio.gallery.walk import leads

from .finding import EXACT, SAME, all_pages, mine
from .rows import ask, put

pytestmark = pytest.mark.django_db
COMMON, RARE = {"type": ("text-to-video",), "status": ("succeeded",)}, {"keeping": ("failed",)}
MADE_OF = {"type": ("text-to-video",), "resolution": ("480p",), "seconds": (Decimal(5),)}


@pytest.mark.parametrize(
    ("exact", "sort", "first"),
    [
        ({**COMMON, **RARE}, "newest", ("keeping",)),
        ({**COMMON, **RARE}, "credits", ("keeping",)),
        (COMMON, "credits", ("type",)),
        (MADE_OF, "newest", ("seconds",)),
        (MADE_OF, "credits", ("type", "resolution", "seconds")),
        ({**MADE_OF, **COMMON}, "credits", ("type", "resolution", "seconds")),
        ({"rating": (5,), "resolution": ("480p",)}, "rating", ("resolution",)),
        ({"rating": (5,)}, "rating", None),
        ({"rating": (4, 5), "keeping": ("off",), "status": ("succeeded",)}, "newest", ("rating",)),
    ],
)
def test_where_no_walk_is_short_the_likely_shortest_is_taken(exact, sort, first):
    assert next(iter(leads(exact, ORDERS[sort])), None) == first


def test_of_several_filters_the_rarest_is_walked_along():
    rows = ask(9)
    put(rows[4], aspect_ratio="1:1")
    wanted = Wanted({"type": ("text-to-video",), "aspect_ratio": ("1:1",), "status": ("queued",)})
    assert wanted._settled(mine()).lead == ("aspect_ratio",)
    assert all_pages(wanted) == [rows[4].pk]


@pytest.mark.parametrize("exact", [each for each in EXACT if each != {"status": ()}], ids=str)
def test_every_page_is_a_walk_along_an_index(exact):
    """Nothing is sorted but the few rows of a page, and nothing is read through."""
    if connection.vendor != "sqlite":
        pytest.skip("with so few rows PostgreSQL uses no index")
    for sort, cursor in itertools.product(ORDERS, (None, Cursor(5, 5))):
        plan = Wanted(exact, sort=sort).page(mine(), cursor, 25).explain()
        walks = [line for line in plan.splitlines() if "studio_generation" in line]
        assert all(re.search(r"USING (COVERING )?INDEX find_|INTEGER PRIMARY KEY", line) for line in walks), plan
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

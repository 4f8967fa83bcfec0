"""The number that tells what takes are filtered by, as the database makes it."""

from decimal import Decimal

import pytest

from studio import clock
from studio.catalog.modes import ASPECT_RATIOS, MODES, RESOLUTIONS
from studio.gallery.facets import FACETS, IN_TRASH, among, knows
from studio.generations.models import Generation

from .rows import ask, put

pytestmark = pytest.mark.django_db
PLAIN = [(column, value) for column, facet in FACETS.items() for value in facet.values if "__" not in column]


def facets_of(row):
    return Generation.objects.values_list("facets", flat=True).get(pk=row.pk)


@pytest.mark.parametrize(("column", "value"), PLAIN)
def test_each_value_has_a_number_of_its_own(column, value):
    row = ask()[0]
    put(row, **{column: value})
    facets, facet = facets_of(row), FACETS[column]
    assert facets & facet.mask == facet.of(value) != 0
    assert len({facet.of(each) for each in facet.values}) == len(facet.values)


def test_no_two_columns_share_a_bit():
    masks = [facet.mask for facet in FACETS.values()]
    assert sum(masks) == 2 ** sum(mask.bit_count() for mask in masks) - 1 < 2**31


def test_what_the_studio_makes_and_its_states_are_all_numbered():
    assert knows("type", tuple(MODES))
    assert knows("resolution", RESOLUTIONS)
    assert knows("aspect_ratio", tuple(ASPECT_RATIOS))
    assert knows("status", tuple(Generation.Status.values))
    assert knows("keeping", tuple(Generation.State.values))
    assert knows("seconds", (Decimal(5), Decimal(20)))


@pytest.mark.parametrize(
    ("column", "value"), [("aspect_ratio", "5:4"), ("aspect_ratio", ""), ("seconds", Decimal("12.5")), ("rating", 0)]
)
def test_all_else_is_0_and_known_to_be_unknown(column, value):
    row = ask()[0]
    put(row, **{column: value})
    assert facets_of(row) & FACETS[column].mask == 0
    assert not knows(column, (value,))


def test_what_is_in_the_trash_is_above_all_that_is_in_view():
    rows = ask(2)
    put(rows[0], deleted_at=clock.now())
    assert facets_of(rows[0]) == facets_of(rows[1]) + IN_TRASH
    assert facets_of(rows[1]) < IN_TRASH


def test_several_values_of_several_columns_are_asked_in_one_comparison():
    rows = ask(4)
    for row, rating, status in zip(rows, (3, 4, 5, 4), ("failed", "failed", "failed", "closed"), strict=True):
        put(row, rating=rating, status=status)
    asked = {"rating": (4, 5), "status": ("failed", "canceled")}
    found = Generation.objects.filter(among("facets", asked))
    assert set(found.values_list("pk", flat=True)) == {rows[1].pk, rows[2].pk}
    assert str(found.query).partition("WHERE")[2].count("facets") == 1

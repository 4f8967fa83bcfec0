"""Names of tags and collections, as people write them in all scripts."""

import pytest

from studio.library.models import BadName, clean_name, names_in

pytestmark = pytest.mark.database  # on every database

WHOLE = ["می‌خواهم", "👨‍👩‍👧", "❤️", "क्‍ष", "Café", "日本", "a b", "🏳️‍🌈 film", "x²"]
NOT_NAMES = [
    "",
    "  ",
    "\u200b",
    "\u200d\u200d",
    "\ufe0f",
    "\u3164",
    "a\x00b",
    "a\x85b\x9c",
    "a\u202eb",
    "a\u2066b",
    "x" * 81,
]


@pytest.mark.parametrize("name", WHOLE)
def test_a_name_stays_as_it_was_written(name: str) -> None:
    assert clean_name(f"  {name} ") == name
    assert names_in(f"{name}, {name}") == [name]


@pytest.mark.parametrize("name", NOT_NAMES)
def test_what_cannot_be_seen_or_misleads_is_no_name(name: str) -> None:
    with pytest.raises(BadName):
        clean_name(name)

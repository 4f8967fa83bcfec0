"""All that match are those that a person was told of, and no more."""

import pytest
from django.test import Client

from studio.generations.models import Generation
from studio.library.archives import Archive
from tests.html import read
from tests.pages import HTMX, Make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", ["delete", "favorite", "archive"])
@pytest.mark.parametrize(("told", "is_done"), [("2", True), ("3", True), ("1", False), ("", False), ("x", False)])
def test_more_than_were_told_of_are_left_alone(
    client: Client, make: Make, other: object, action: str, told: str, is_done: bool
) -> None:
    for owner in (None, None, other):
        make(owner, status="succeeded")
    answer = client.post("/selection/", {"action": action, "all": "1", "count": told}, headers=HTMX)
    done = {
        "delete": Generation.objects.exclude(deleted_at=None).count() == 2,
        "favorite": Generation.objects.filter(favorite=True).count() == 2,
        "archive": Archive.objects.exists(),
    }
    assert done == {name: is_done and name == action for name in done}
    if not is_done:
        assert "2 takes match by now, so nothing was done" in read(answer).id("selection-said").text

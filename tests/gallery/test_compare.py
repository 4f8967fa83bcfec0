"""Two to four takes side by side: what differs, what each cost, and keeping one."""

import pytest
from django.test import Client

from studio.generations.models import Generation
from tests.html import read
from tests.media.kept import upload
from tests.pages import Make

pytestmark = pytest.mark.django_db


def test_only_what_differs_is_compared(client: Client, make: Make, me: object) -> None:
    file = upload(me)
    takes = [
        make(request_={"type": "image-to-video", "image": f"upload:{file.pk}", "resolution": "480p", "prompt": "P"}),
        make(request_={"type": "image-to-video", "image": "https://x.example/a.jpg", "duration": 10, "prompt": "P"}),
    ]
    page = read(client.get("/compare/", {"ids": f"{takes[1].pk},{takes[0].pk}"}))
    rows = [[cell.text for cell in row if cell.tag in ("th", "td")] for row in page.one("table").all("tr")]
    told = {row[0]: row[1:] for row in rows}
    assert told["picture"] == ["https://x.example/a.jpg", f"Große Katze.jpg (upload:{file.pk})"]
    assert told["resolution"] == ["720p", "480p"]
    assert told["length"] == ["10 s", "5 s"]
    assert {"mode", "prompt", "shape"}.isdisjoint(told)


def test_what_others_have_and_what_a_prompt_says_names_no_file(
    client: Client, make: Make, me: object, other: object
) -> None:
    mine, theirs = upload(me, filename="mine.jpg"), upload(other, filename="theirs.jpg")
    asked = {"type": "image-to-video", "image": f"upload:{theirs.pk}", "prompt": f"upload:{mine.pk}"}
    takes = [make(request=asked), make(request={**asked, "image": f"upload:{mine.pk}", "prompt": "P"})]
    page = read(client.get("/compare/", {"ids": ",".join(str(take.pk) for take in takes)})).one("table").text
    assert "theirs.jpg" not in page
    assert f"a file that is gone (upload:{theirs.pk})" in page
    assert page.count("mine.jpg") == 1


@pytest.mark.parametrize("ids", ["", "{0}", "{0},{0}", "{0},{1},{2},{3},{4}"])
def test_fewer_than_two_and_more_than_four_are_told_so(client: Client, make: Make, ids: str) -> None:
    takes = [make() for _ in range(5)]
    page = client.get("/compare/", {"ids": ids.format(*(take.pk for take in takes))})
    assert "Choose 2 to 4 takes" in page.content.decode()


@pytest.mark.parametrize("bad", ["theirs", "x", "0", "9" * 30])
def test_what_is_not_mine_cannot_be_compared(client: Client, make: Make, other: object, bad: str) -> None:
    theirs, mine = make(other), make()
    for method in ("get", "post"):
        sent = {"ids": f"{mine.pk},{theirs.pk if bad == 'theirs' else bad}", "keep": str(mine.pk)}
        assert getattr(client, method)("/compare/", sent).status_code == 404
    assert not Generation.objects.filter(rating=5).exists()


def test_the_one_that_is_kept_gets_five_stars_and_the_others_stay(client: Client, make: Make) -> None:
    takes = [make(rating=3), make(rating=2), make()]
    ids = ",".join(str(take.pk) for take in takes)
    answer = client.post("/compare/", {"ids": ids, "keep": str(takes[1].pk)})
    assert (answer.status_code, answer["Location"]) == (303, f"/#generation-{takes[1].pk}")
    assert list(Generation.objects.order_by("pk").values_list("rating", "favorite")) == [
        (3, False), (5, True), (0, False),
    ]  # fmt: skip
    assert client.post("/compare/", {"ids": ids, "keep": "999"}).status_code == 404

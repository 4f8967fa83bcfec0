"""Many takes at once: picked or all that match, in few statements, and nobody else's."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from studio.gallery.selection import IDS_MOST
from studio.generations.batches import BATCH, ids_in_batches
from studio.generations.models import Generation
from studio.library.archives import MOST_TAKES, Archive
from studio.library.models import Collection, Tag
from tests.html import cards, read
from tests.pages import HTMX, Make

pytestmark = pytest.mark.django_db


def do(client: Client, action: str, takes: object, headers: dict = HTMX, **data: object):
    ids = {"all": "1"} if takes == "all" else {"ids": ",".join(str(take.pk) for take in takes)}
    return client.post("/selection/", {"action": action, **ids, **data}, headers=headers)


def told(take: Generation) -> dict:
    take.refresh_from_db()
    names = {field: sorted(each.name for each in getattr(take, field).all()) for field in ("tags", "collections")}
    return {"favorite": take.favorite, "rating": take.rating, "deleted": bool(take.deleted_at), **names}


ACTIONS = [
    ("favorite", {}, {"favorite": True}, "2 takes marked as favourite."),
    ("unfavorite", {}, {"favorite": False}, "2 takes no longer marked"),
    ("rate", {"value": "4"}, {"rating": 4}, "2 takes rated 4."),
    ("tag", {"value": "Bay, fog"}, {"tags": ["Bay", "fog", "old"]}, "2 takes tagged Bay, fog."),
    ("untag", {"value": "OLD"}, {"tags": []}, "2 takes no longer tagged OLD."),
    ("collect", {"new": "Shortlist"}, {"collections": ["Scene", "Shortlist"]}, "2 takes put into “Shortlist”."),
    ("uncollect", {"value": "scene"}, {"collections": []}, "2 takes taken out of “Scene”."),
    ("delete", {}, {"deleted": True}, "2 takes in the trash"),
]


@pytest.fixture
def mixed(make: Make, other: object):
    """Two of mine, one of mine that is left out, one of somebody else; all with a tag and in a collection."""
    takes = [make(status="succeeded"), make(status="succeeded"), make(status="succeeded"), make(other)]
    for take in takes:
        take.tags.add(Tag.objects.get_or_create(owner=take.owner, name="old", key="old")[0])
        take.collections.add(Collection.objects.get_or_create(owner=take.owner, name="Scene", key="scene")[0])
    return takes


@pytest.mark.parametrize(("action", "data", "wanted", "words"), ACTIONS)
def test_it_is_done_to_those_that_are_picked_and_to_nobody_elses(
    client: Client, mixed: list, action: str, data: dict, wanted: dict, words: str
) -> None:
    mine, left_out, theirs = mixed[:2], mixed[2], mixed[3]
    if data.get("value") == "scene":
        data = {"value": str(mine[0].collections.get().pk)}
    before = [told(left_out), told(theirs)]
    answer = do(client, action, [*mine, theirs], **data)
    assert words in read(answer).text
    for take in mine:
        assert {name: told(take)[name] for name in wanted} == wanted
    assert [told(left_out), told(theirs)] == before
    assert {card.attrs["id"] for card in cards(read(answer))} == {f"generation-{take.pk}" for take in mine}
    again = {take.pk: take.revision for take in mine}
    do(client, action, mine, **data)
    for take in mine:
        take.refresh_from_db()
        assert take.revision == again[take.pk]


@pytest.mark.parametrize("kind", [Tag, Collection])
def test_no_take_gets_more_names_than_it_may_have(client: Client, mixed: list, kind: type) -> None:
    field = "tags" if kind is Tag else "collections"
    made = [kind.objects.create(owner=mixed[0].owner, name=f"name {number}") for number in range(50)]
    getattr(mixed[0], field).set(made)
    getattr(mixed[1], field).set(made[:49])
    action, more = ("tag", {"value": "one more"}) if kind is Tag else ("collect", {"new": "one more"})
    known = {"value": "NAME 0"} if kind is Tag else {"value": str(made[0].pk)}
    for takes in (mixed[:2], "all"):
        assert "50" in read(do(client, action, takes, **more)).text
        assert [len(told(take)[field]) for take in mixed[:3]] == [50, 49, 1]
    assert "2 takes" in read(do(client, action, mixed[:2], **known)).text, "those that it has already are no more"
    do(client, action, mixed[1:3], **more)
    assert [len(told(take)[field]) for take in mixed[:3]] == [50, 50, 2]


@pytest.mark.parametrize(("action", "data", "wanted", "words"), ACTIONS)
def test_or_to_all_of_mine(client: Client, mixed: list, action: str, data: dict, wanted: dict, words: str) -> None:
    if data.get("value") == "scene":
        data = {"value": str(mixed[0].collections.get().pk)}
    theirs = told(mixed[3])
    answer = do(client, action, "all", **data)
    assert answer["HX-Refresh"] == "true"
    for take in mixed[:3]:
        assert {name: told(take)[name] for name in wanted} == wanted
    assert told(mixed[3]) == theirs


def test_only_the_cards_on_the_page_are_drawn_anew_where_it_says_which(client: Client, make: Make) -> None:
    takes = [make() for _ in range(4)]
    shown = {"shown": f"{takes[1].pk},{takes[2].pk},x,999999"}
    page = read(do(client, "rate", takes[:2], value="3", **shown))
    assert [card.attrs["id"] for card in cards(page)] == [f"generation-{takes[1].pk}"]
    page = read(do(client, "rate", "all", value="2", **shown))
    assert {card.attrs["id"] for card in cards(page)} == {f"generation-{takes[1].pk}", f"generation-{takes[2].pk}"}
    page = read(do(client, "delete", "all", **shown))
    assert len(cards(page)) == 2
    assert page.id("undo").one("form").values()["action"] == "restore"
    assert Generation.objects.filter(deleted_at=None).count() == 0


ADDRESSES = [
    ("/generations/", "?rating=4", {}),
    ("/generations/", "type=text-to-video&rating=4&q=bay", {}),
    ("/", "type=control&kind=text-to-video&rating=4", {}),
    ("/", "mode=control&type=text-to-video&rating=4", {}),
    ("/", "type=control&rating=4", {}),
    ("/generations/", "type=control&rating=4", {"nothing": True}),
]


@pytest.mark.parametrize("header", ["HX-Current-URL", "Referer"])
@pytest.mark.parametrize(("page", "query", "nothing"), ADDRESSES)
def test_all_that_match_are_those_that_the_gallery_shows(
    client: Client, make: Make, page: str, query: str, nothing: dict, header: str
) -> None:
    wanted, other = make(rating=5), make(rating=3)
    headers = {**HTMX, header: f"http://testserver{page}?{query.lstrip('?')}"}
    sent = {"all": "1", "filter": query}
    found = read(client.post("/selection/summary/", sent, headers=headers)).text
    assert found.startswith("0 takes" if nothing else "1 take ")
    client.post("/selection/", {"action": "favorite", **sent}, headers=headers)
    assert (told(wanted)["favorite"], told(other)["favorite"]) == (not nothing, False)


def test_without_javascript_it_goes_back_to_where_it_came_from(client: Client, make: Make) -> None:
    take = make()
    answer = do(client, "favorite", [take], headers={}, next="/generations/?favorite=1")
    assert (answer.status_code, answer["Location"]) == (303, "/generations/?favorite=1")
    assert do(client, "delete", [take], headers={}, next="https://evil.example/")["Location"] == "/"
    boxes = client.post("/selection/", {"action": "restore", "ids": [str(take.pk), "7777777"]})
    assert boxes.status_code == 303
    assert not told(take)["deleted"]


WRONG = [
    ({"action": "rate", "value": "6"}, "0 to 5"),
    ({"action": "rate"}, "0 to 5"),
    ({"action": "tag", "value": " , "}, "Write a tag"),
    ({"action": "tag", "value": "x" * 81}, "80 characters"),
    ({"action": "collect", "value": "999"}, "Choose a collection"),
    ({"action": "collect"}, "Choose a collection"),
    ({"action": "uncollect", "value": "theirs"}, "Choose a collection"),
    ({"action": "explode"}, "Choose what to do"),
    ({}, "Choose what to do"),
    ({"action": "favorite", "ids": ""}, "Pick some takes first"),
    ({"action": "archive", "ids": "x,-1"}, "Pick some takes first"),
    ({"action": "archive", "ids": "0"}, "Pick some takes first"),
    ({"action": "delete", "ids": ",".join(map(str, range(1, IDS_MOST + 2)))}, "At most 10,000"),
]


@pytest.mark.parametrize(("data", "words"), WRONG)
def test_what_is_wrong_changes_nothing_and_is_said(
    client: Client, make: Make, other: object, data: dict, words: str
) -> None:
    take, theirs = make(), Collection.objects.create(owner=other, name="Theirs")
    before = told(take)
    sent = {"ids": str(take.pk), **data}
    if sent.get("value") == "theirs":
        sent["value"] = str(theirs.pk)
    answer = client.post("/selection/", sent, headers=HTMX)
    assert answer.status_code == 200
    assert words in read(answer).id("selection-said").text
    assert told(take) == before


def copies(take: Generation, count: int) -> None:
    values = {field.attname: getattr(take, field.attname) for field in Generation._meta.concrete_fields}
    del values["id"], values["cost"]
    for start in range(0, count, BATCH):
        Generation.objects.bulk_create(Generation(**values) for _ in range(min(BATCH, count - start)))


@pytest.mark.django_db(transaction=True)
def test_ten_thousand_are_few_statements_and_one_click_brings_them_back(client: Client, make: Make) -> None:
    copies(make(status="succeeded", due_at=None), IDS_MOST - 1)
    ids = ",".join(map(str, Generation.objects.values_list("pk", flat=True)))
    with CaptureQueriesContext(connection) as statements:
        answer = client.post("/selection/", {"action": "delete", "ids": ids}, headers=HTMX)
    assert answer["HX-Refresh"] == "true"
    assert len(statements) < 8 * IDS_MOST // BATCH
    moment = Generation.objects.values_list("deleted_at", flat=True).distinct().get()
    assert client.post("/selection/", {"action": "restore", "deleted": moment.isoformat()}).status_code == 303
    assert not Generation.objects.exclude(deleted_at=None).exists()


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10, 13])
def test_however_many_there_are_none_is_left_out(make: Make, monkeypatch, count: int) -> None:
    monkeypatch.setattr("studio.generations.batches.BATCH", 2)
    monkeypatch.setattr("studio.generations.batches.READ_AT_ONCE", 5)
    ids = [make().pk for _ in range(count)]
    found = list(ids_in_batches(Generation.objects.order_by("-rating")))
    assert [pk for batch in found for pk in batch] == ids
    assert max(map(len, found), default=0) <= 2


# One zip --------------------------------------------------------------------------------------------------------------


def test_a_zip_is_asked_for_once_and_shows_how_far_it_is(client: Client, make: Make, other: object) -> None:
    takes = [make(), make(), make(other)]
    page = read(do(client, "archive", takes))
    archive = Archive.objects.get()
    assert archive.takes == [takes[1].pk, takes[0].pk]
    asks = page.id(f"archive-{archive.pk}")
    assert (asks.attrs["hx-get"], asks.attrs["hx-trigger"]) == (f"/archives/{archive.pk}/", "every 1s")
    assert do(client, "archive", takes, headers={})["Location"] == f"/archives/{archive.pk}/"
    assert Archive.objects.count() == 1


def test_all_of_more_than_a_zip_holds_is_refused(client: Client, make: Make, monkeypatch) -> None:
    monkeypatch.setitem(MOST_TAKES, "zip", 2)
    for _ in range(3):
        make()
    assert "2 takes at most" in read(do(client, "archive", "all")).text
    assert not Archive.objects.exists()

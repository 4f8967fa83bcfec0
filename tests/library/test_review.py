"""What a person thinks of a take is stored once, for the owner alone, and never in the worker's way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from studio.generations.models import Generation
from studio.library.models import Collection, Tag
from studio.middleware import local_user
from tests.html import cards, read
from tests.pages import HTMX, Make
from tests.rows import ask

pytestmark = pytest.mark.django_db
FIELDS = {
    "favorite": {"value": "1"},
    "rating": {"value": "4"},
    "tags": {"tags": "fog, Bay"},
    "note": {"note": "Keep the last second"},
    "collections": {"new": "Scene 1"},
}


def say(client: Client, take: Generation, name: str, data: dict | None = None, headers: dict = HTMX):
    return client.post(f"/generations/{take.pk}/{name}/", FIELDS[name] if data is None else data, headers=headers)


def told(take: Generation) -> dict:
    take.refresh_from_db()
    return {
        "favorite": take.favorite,
        "rating": take.rating,
        "tags": sorted(each.name for each in take.tags.all()),
        "note": take.note,
        "collections": sorted(each.name for each in take.collections.all()),
    }


WANTED = {
    "favorite": True,
    "rating": 4,
    "tags": ["Bay", "fog"],
    "note": "Keep the last second",
    "collections": ["Scene 1"],
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_judgement_is_stored_and_the_card_comes_back(client: Client, make: Make, name: str) -> None:
    take = make()
    (card,) = cards(read(say(client, take, name)))
    assert told(take)[name] == WANTED[name]
    assert card.attrs["id"] == f"generation-{take.pk}"
    assert card.attrs["hx-swap-oob"] == "true"
    assert card.attrs["data-revision"] == "2"


@pytest.mark.parametrize("name", ["favorite", "rating", "tags", "note"])
def test_said_twice_it_is_said_once(client: Client, make: Make, name: str) -> None:
    take = make()
    for _ in range(3):
        say(client, take, name)
    assert told(take)[name] == WANTED[name]
    assert take.revision == 2


@pytest.mark.parametrize("name", FIELDS)
def test_without_javascript_it_leads_back(client: Client, make: Make, name: str) -> None:
    take = make()
    assert say(client, take, name, headers={})["Location"] == f"/generations/{take.pk}/"
    there = say(client, take, name, {**FIELDS[name], "next": "/trash/?x=1"}, {})
    assert (there.status_code, there["Location"]) == (303, "/trash/?x=1")
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = say(client, take, name, {**FIELDS[name], "next": elsewhere}, {})
        assert answer["Location"] == f"/generations/{take.pk}/"


WRONG = [
    ("favorite", {"value": "yes"}, "favourite"),
    ("favorite", {}, "favourite"),
    ("rating", {"value": "6"}, "0 to 5"),
    ("rating", {"value": "-1"}, "0 to 5"),
    ("rating", {"value": "٣"}, "0 to 5"),
    ("tags", {"tags": "a, " + "b" * 81}, "80 characters"),
    ("tags", {"tags": ",".join(map(str, range(51)))}, "50 tags"),
    ("note", {"note": "n" * 5001}, "1 too long"),
    ("note", {"note": "a\x00b"}, "cannot be stored"),
    ("note", {"note": "a\x92b"}, "cannot be stored"),
    ("collections", {"new": "c" * 81}, "80 characters"),
]


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize(("name", "data", "words"), WRONG)
def test_what_cannot_be_stored_is_refused_in_words_and_nothing_is_lost(
    client: Client, make: Make, name: str, data: dict, words: str, headers: dict
) -> None:
    take = make()
    say(client, take, name)
    before = told(take)
    answer = say(client, take, name, data, headers)
    assert answer.status_code == 200
    assert words in read(answer).id(f"generation-{take.pk}").text
    assert told(take) == before
    assert "HX-Trigger" not in answer
    if not headers and name == "note":
        assert read(answer).one("textarea", name="note").exact.startswith(data["note"][:1])
    if not headers and name == "tags":
        assert read(answer).one("input", name="tags").attrs["value"] == data["tags"]


def test_tags_differ_by_more_than_case_and_unused_ones_go(client: Client, make: Make, other: object) -> None:
    first, second = make(), make()
    Tag.objects.create(owner=other, name="Nacht")
    say(client, first, "tags", {"tags": " ÉTÉ ,  two   words,été,, "})
    say(client, second, "tags", {"tags": "Été, nacht"})
    assert told(first)["tags"] == ["two words", "ÉTÉ"]
    assert told(second)["tags"] == ["nacht", "ÉTÉ"]
    say(client, first, "tags", {"tags": ""})
    assert sorted(Tag.objects.filter(owner=first.owner).values_list("name", flat=True)) == ["nacht", "ÉTÉ"]
    say(client, second, "tags", {"tags": "  "})
    assert list(Tag.objects.values_list("name", flat=True)) == ["Nacht"]


def test_a_take_is_in_the_collections_that_were_ticked(client: Client, make: Make, other: object) -> None:
    take = make()
    mine = [Collection.objects.create(owner=take.owner, name=name) for name in ("a", "b", "c")]
    theirs = Collection.objects.create(owner=other, name="theirs")
    say(client, take, "collections", {"collections": [mine[0].pk, mine[1].pk, theirs.pk, "x", 10**30]})
    assert told(take)["collections"] == ["a", "b"]
    say(client, take, "collections", {"collections": [mine[1].pk], "new": " B "})
    assert told(take)["collections"] == ["b"]
    say(client, take, "collections", {})
    assert told(take)["collections"] == []
    assert Collection.objects.count() == 4


@pytest.mark.parametrize("name", FIELDS)
def test_the_worker_is_not_disturbed(client: Client, make: Make, name: str) -> None:
    take = make(status="running", task_id="t", claim_token="7:token", due_at="2026-01-01T00:00Z")  # noqa: S106
    before = Generation.objects.values("status", "claim_token", "due_at", "task_id", "polls").get(pk=take.pk)
    say(client, take, name)
    assert Generation.objects.values("status", "claim_token", "due_at", "task_id", "polls").get(pk=take.pk) == before
    assert take.succeed("7:token", "https://x.example/a.mp4", credits=24, raw="{}", word="completed")
    assert told(take)[name] == WANTED[name]


# Collections ----------------------------------------------------------------------------------------------------------


def shelve(client: Client, action: str, headers: dict = HTMX, **data: object):
    return client.post("/collections/", {"action": action, **data}, headers=headers)


def test_collections_are_made_renamed_and_deleted_and_takes_stay(client: Client, make: Make, real: None) -> None:
    takes = [make(charged="yes", credits=24), make(charged="yes", credits=28), make(deleted_at="2026-01-01T00:00Z")]
    page = read(shelve(client, "make", name="  Scene   one "))
    shelf = Collection.objects.get()
    assert shelf.name == "Scene one"
    assert "0 takes · 0 credits" in page.id(f"collection-{shelf.pk}").text
    shelf.generations.set(takes)
    assert "2 takes · 52 credits" in read(client.get("/collections/")).id(f"collection-{shelf.pk}").text
    shelve(client, "rename", id=shelf.pk, name="SCENE one")
    shelf.refresh_from_db()
    assert shelf.name == "SCENE one"
    assert shelve(client, "delete", {}, id=shelf.pk)["Location"] == "/collections/"
    assert not Collection.objects.exists()
    assert Generation.objects.count() == 3


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize(("name", "words"), [("", "Give it a name"), ("x" * 81, "80 characters"), ("scene", "already")])
def test_a_name_that_cannot_be_given_is_said_and_stays_in_its_field(
    client: Client, me: object, name: str, words: str, headers: dict
) -> None:
    Collection.objects.create(owner=me, name="Scene")
    page = read(shelve(client, "make", headers, name=name))
    assert words in page.one(role="alert").text
    assert page.id("new-collection").attrs["value"] == name
    assert Collection.objects.count() == 1


@pytest.mark.parametrize("action", ["rename", "delete", "explode"])
def test_anothers_collection_is_not_there(client: Client, me: object, other: object, action: str) -> None:
    theirs = Collection.objects.create(owner=other, name="Theirs")
    for pk in (theirs.pk, "", "x", 10**30):
        assert shelve(client, action, id=pk, name="Mine").status_code == 404
    assert Collection.objects.get().name == "Theirs"
    assert "Theirs" not in client.get("/collections/").content.decode()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_tags_that_come_and_go_at_the_same_moment_are_not_lost() -> None:
    owner = local_user()
    takes = [ask(owner=owner)[0] for _ in range(4)]
    start = Barrier(4)

    def click(take: Generation) -> list[int]:
        start.wait()
        try:
            client = Client()
            words = ("one, two", "", "two, three", "One")
            url = f"/generations/{take.pk}/tags/"
            found = [client.post(url, {"tags": text}, headers=HTMX).status_code for text in words * 2]
            bulk = {"action": "tag", "ids": ",".join(str(each.pk) for each in takes), "value": "all"}
            return [*found, client.post("/selection/", bulk, headers=HTMX).status_code]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(click, takes))
    assert answers == [[200] * 9] * 4
    assert {each.name.lower() for each in Tag.objects.all()} <= {"one", "all"}
    for take in takes:
        assert {each.name.lower() for each in take.tags.all()} >= {"one"}

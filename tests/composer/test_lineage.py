"""Takes come from takes: the same again with new seeds or larger, and what was changed is said."""

import pytest
from django.test import Client

from studio.generations.lineage import came_from, children_of
from studio.generations.models import Generation
from studio.generations.rerun import MAY_DIFFER, reuse_prices
from studio.generations.submission import Submission
from studio.library.models import Collection
from tests.html import cards, read
from tests.media.kept import keep, upload
from tests.pages import HTMX, Make, typed
from tests.uploads_made import made, make_files

pytestmark = pytest.mark.django_db


def again(client: Client, take: Generation, name: str = "reseed", headers: dict = HTMX, **data: str):
    sent = {"submission_key": "again-1", **({"takes": "1"} if name == "reseed" else {"resolution": "1080p"}), **data}
    return client.post(f"/generations/{take.pk}/{name}/", sent, headers=headers)


def new(take: Generation) -> list[Generation]:
    return list(Generation.objects.exclude(pk=take.pk).order_by("pk"))


@pytest.mark.parametrize("count", [1, 4, 8])
def test_the_same_with_new_seeds(client: Client, make: Make, count: int) -> None:
    take = make(status="succeeded")
    page = read(again(client, take, takes=str(count)))
    takes = new(take)
    assert len(takes) == len(cards(page)) == count
    assert len({take.seed, *(each.seed for each in takes)}) == count + 1
    for each in takes:
        assert {**each.request, "seed": 0} == {**take.request, "seed": 0}
        assert (each.parent_id, each.status, each.estimate_low) == (take.pk, "queued", 24)
        assert came_from(each) == f"Came from #{take.pk}: seed changed"


def test_the_same_seed_larger_at_its_full_price(client: Client, make: Make, real: None) -> None:
    take = make(status="succeeded", request_={"resolution": "480p", "seed": 7})
    prices = reuse_prices(take)
    assert prices
    assert [each.words for each in prices.upscale] == ["New 720p take · 24 credits", "New 1080p take · 28 credits"]
    assert [each.words for each in prices.reseed] == [
        "1 new seed · 20 credits", "4 new seeds · 80 credits", "8 new seeds · 160 credits",
    ]  # fmt: skip
    page = client.get(f"/generations/{take.pk}/")
    assert MAY_DIFFER in page.content.decode()
    assert "New 1080p take · 28 credits" in page.content.decode()
    again(client, take, "upscale")
    (larger,) = new(take)
    assert (larger.seed, larger.resolution, larger.estimate_low, larger.parent_id) == (7, "1080p", 28, take.pk)
    assert came_from(larger) == f"Came from #{take.pk}: resolution changed"


def test_a_double_click_makes_them_once_and_the_next_press_makes_more(client: Client, make: Make) -> None:
    take = make(status="succeeded")
    first, second = again(client, take, takes="4"), again(client, take, takes="4")
    assert [card.attrs["id"] for card in cards(read(first))] == [card.attrs["id"] for card in cards(read(second))]
    assert len(new(take)) == 4
    key = read(first).id(f"again-key-{take.pk}").attrs
    assert key["hx-swap-oob"] == "true"
    again(client, take, takes="4", submission_key=key["value"])
    assert len(new(take)) == 8


def test_the_same_key_for_something_else_asks_for_nothing(client: Client, make: Make) -> None:
    take = make(status="succeeded")
    again(client, take)
    page = read(again(client, take, takes="8"))
    assert "Press again" in page.id(f"generation-{take.pk}").text
    assert len(new(take)) == 1


REFUSED = [
    ("reseed", {"takes": "2"}, {}, "1, 4 or 8"),
    ("reseed", {"takes": "many"}, {}, "1, 4 or 8"),
    ("upscale", {"resolution": "720p"}, {}, "above 720p"),
    ("upscale", {"resolution": "4k"}, {}, "above 720p"),
    ("upscale", {}, {"seed": -1}, "drew its seed"),
    ("reseed", {}, {"provider": "https://elsewhere.example/api"}, "another provider"),
    ("upscale", {}, {"provider": "https://elsewhere.example/api"}, "another provider"),
]


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize(("name", "data", "changes", "words"), REFUSED)
def test_what_cannot_be_asked_for_is_refused_in_words(
    client: Client, make: Make, name: str, data: dict, changes: dict, words: str, headers: dict
) -> None:
    take = make(status="succeeded", **changes)
    answer = again(client, take, name, headers, **data)
    assert answer.status_code == 200
    assert words in read(answer).id(f"generation-{take.pk}").text
    assert new(take) == []
    assert Submission.objects.count() == 1


def test_a_take_that_is_there_already_is_named_and_made_again_only_when_asked(client: Client, make: Make) -> None:
    take = make(status="succeeded")
    again(client, take, "upscale")
    (larger,) = new(take)
    page = read(again(client, take, "upscale", submission_key="again-2"))
    assert f"You have this take already: #{larger.pk}." in page.id(f"generation-{take.pk}").text
    again(client, take, "upscale", submission_key="again-3", repeat="on")
    assert len(new(take)) == 2


def test_own_files_come_along_and_a_lost_one_is_said(client: Client, make: Make, me: object) -> None:
    file = upload(me)
    asked = {"type": "image-to-video", "image": f"upload:{file.pk}"}
    take = make(status="succeeded", request_=asked)
    again(client, take)
    (copy,) = new(take)
    assert list(copy.uploads.all()) == [file]
    Generation.uploads.through.objects.all().delete()
    file.delete()
    page = read(again(client, take, submission_key="again-2"))
    assert "A file that it was made from is gone" in page.id(f"generation-{take.pk}").text
    assert len(new(take)) == 1


def test_without_javascript_it_leads_to_the_new_take(client: Client, make: Make) -> None:
    take = make(status="succeeded")
    answer = again(client, take, headers={})
    assert (answer.status_code, answer["Location"]) == (303, new(take)[0].get_absolute_url())


# The composer ---------------------------------------------------------------------------------------------------------


def test_what_the_composer_was_opened_from_is_remembered_whatever_is_changed(client: Client, make: Make) -> None:
    take = make(request_={"seed": 5})
    form = read(client.get(f"/?from={take.pk}")).id("composer-form").values()
    assert form["parent"] == str(take.pk)
    switched = read(client.post("/compose/control/", form, headers=HTMX)).id("composer-form").values()
    assert switched["parent"] == str(take.pk)
    client.post("/generations/", {**form, "prompt": "Another bay", "seed": "6"}, headers=HTMX)
    (child,) = new(take)
    assert child.parent == take
    assert came_from(child) == f"Came from #{take.pk}: prompt and seed changed"
    assert children_of(take) == [child]
    assert came_from(take) == ""


@pytest.mark.parametrize("parent", ["theirs", "purged", "0", "x", "9" * 30, "-1", ""])
def test_a_parent_that_is_none_is_passed_over(client: Client, make: Make, other: object, parent: str) -> None:
    known = {"theirs": make(other).pk, "purged": make(purged_at="2026-01-01T00:00Z", deleted_at="2026-01-01T00:00Z").pk}
    answer = client.post("/generations/", typed(parent=str(known.get(parent, parent))))
    assert answer.status_code == 303
    assert Generation.objects.latest("pk").parent is None


def test_a_new_take_goes_into_the_chosen_collection(client: Client, me: object, other: object) -> None:
    mine, theirs = Collection.objects.create(owner=me, name="Mine"), Collection.objects.create(owner=other, name="T")
    page = read(client.get("/"))
    assert [each.attrs["value"] for each in page.id("id_collection").all("option")] == ["", str(mine.pk)]
    client.post("/generations/", typed(takes="2", collection=str(mine.pk)), headers=HTMX)
    assert mine.generations.count() == 2
    for number, collection in enumerate((theirs.pk, "", "x", mine.pk + 100)):
        client.post("/generations/", typed(collection=str(collection), submission_key=f"key-{number + 2}"))
    assert Generation.objects.count() == 6
    assert Generation.collections.through.objects.count() == 2
    wrong = read(client.post("/generations/", typed(prompt="", collection=str(mine.pk)), headers=HTMX))
    (chosen,) = [each for each in wrong.id("id_collection").all("option") if "selected" in each.attrs]
    assert chosen.attrs["value"] == str(mine.pk)


def test_a_take_that_is_sent_again_is_where_the_first_one_was(client: Client, make: Make) -> None:
    take = make(status="unconfirmed", charged="maybe", due_at=None, submitted_at="2026-01-01T00:00Z")
    client.post(f"/generations/{take.pk}/tags/", {"tags": "bay"})
    client.post(f"/generations/{take.pk}/collections/", {"new": "Scene"})
    client.post(f"/generations/{take.pk}/resolve/", {"action": "resend"}, headers=HTMX)
    (sent,) = new(take)
    assert [each.name for each in sent.tags.all()] == ["bay"]
    assert [each.name for each in sent.collections.all()] == ["Scene"]


def test_the_page_says_where_a_take_came_from_and_what_came_of_it(client: Client, make: Make) -> None:
    parent = make(request_={"prompt": "One"})
    child = make(request_={"prompt": "Two"}, parent=parent)
    assert (
        f"Came from #{parent.pk}: prompt and seed changed" in client.get(f"/generations/{child.pk}/").content.decode()
    )
    links = [each.attrs["href"] for each in read(client.get(f"/generations/{parent.pk}/")).all("a")]
    assert f"/generations/{child.pk}/" in links
    Generation.objects.filter(pk=parent.pk).update(deleted_at="2026-01-01T00:00Z", purged_at="2026-01-01T00:00Z")
    assert "which has been deleted" in client.get(f"/generations/{child.pk}/").content.decode()


def test_what_is_made_of_a_frame_comes_from_that_take(client: Client, make: Make) -> None:
    take = make(status="succeeded")
    keep(take)
    assert made(client, f"/generations/{take.pk}/frame/", {"at": "last"})["parent"] == take.pk
    page = {"Accept": "text/html"}
    job = client.post(f"/generations/{take.pk}/frame/", {"at": "last"}, headers=page)["Location"]
    make_files()
    form = read(client.get(client.get(job, headers=page)["Location"])).id("composer-form").values()
    assert (form["type"], form["parent"]) == ("image-to-video", str(take.pk))
    client.post("/generations/", {**form, "prompt": "On it goes"})
    (child,) = new(take)
    assert came_from(child).startswith(f"Came from #{take.pk}: mode, prompt, picture")


def test_nothing_leads_to_what_is_gone_for_good(client: Client, make: Make) -> None:
    gone = make(status="succeeded")
    takes = again(client, gone, takes="4")
    assert takes.status_code == 200
    first, second, *_ = new(gone)
    Generation.objects.filter(pk__in=(gone.pk, second.pk)).update(
        deleted_at="2026-01-01T00:00Z", purged_at="2026-01-01T00:00Z"
    )
    links = {each.attrs.get("href") for each in read(client.get(f"/generations/{first.pk}/")).all("a")}
    assert not links & {f"/generations/{gone.pk}/", f"/generations/{second.pk}/"}

"""What is deleted is out of sight at once, can be had back, and goes for good when somebody says so, or in time."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from studio.generations.models import Generation
from studio.library import trash
from tests.html import cards, read
from tests.media.kept import keep
from tests.pages import HTMX, Make

pytestmark = pytest.mark.django_db


def post(client: Client, url: str, data: dict | None = None, page: str = "/", headers: dict = HTMX):
    there = {**headers, "HX-Current-URL": f"http://testserver{page}"} if headers else {}
    return client.post(url, data, headers=there)


def delete(client: Client, take: Generation, page: str = "/", headers: dict = HTMX):
    return post(client, f"/generations/{take.pk}/delete/", page=page, headers=headers)


def poll(client: Client, data: dict, page: str):
    return client.get("/generations/changes/", data, headers={**HTMX, "HX-Current-URL": f"http://testserver{page}"})


def shown(client: Client, url: str = "/generations/") -> list[str]:
    return [card.attrs["id"] for card in cards(read(client.get(url)))]


def test_it_leaves_the_gallery_and_one_click_brings_it_back(client: Client, make: Make) -> None:
    take, other = make(status="succeeded"), make(status="succeeded")
    page = read(delete(client, take))
    (card,) = cards(page)
    assert (card.attrs["id"], card.attrs["hx-swap-oob"]) == (f"generation-{take.pk}", "delete")
    assert shown(client) == [f"generation-{other.pk}"]
    assert shown(client, "/trash/") == [f"generation-{take.pk}"]
    undo = page.id("undo").one("form")
    assert undo.attrs["hx-post"] == "/selection/"
    answer = post(client, undo.attrs["hx-post"], undo.values())
    assert answer["HX-Refresh"] == "true"
    assert len(shown(client)) == 2
    assert shown(client, "/trash/") == []


def test_undo_brings_back_what_went_with_that_click_alone(client: Client, make: Make) -> None:
    first, second = make(status="succeeded"), make(status="succeeded")
    delete(client, first)
    undo = read(delete(client, second)).id("undo").one("form").values()
    post(client, "/selection/", undo)
    assert shown(client) == [f"generation-{second.pk}"]


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-13-45T00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00Z"])
def test_an_undo_of_nothing_brings_nothing_back(client: Client, make: Make, moment: str) -> None:
    delete(client, make())
    assert post(client, "/selection/", {"action": "restore", "deleted": moment}).status_code == 200
    assert shown(client) == []


def test_without_javascript_it_leads_to_the_takes_page_which_brings_it_back(client: Client, make: Make) -> None:
    take = make(status="succeeded")
    answer = delete(client, take, headers={})
    assert (answer.status_code, answer["Location"]) == (303, f"/generations/{take.pk}/")
    page = read(client.get(answer["Location"]))
    assert "In the trash" in page.text
    (form,) = [each for each in page.all("form") if each.attrs.get("action", "").endswith("/restore/")]
    assert post(client, form.attrs["action"], form.values(), headers={})["Location"] == f"/generations/{take.pk}/"
    assert shown(client) == [f"generation-{take.pk}"]


def test_on_its_own_page_the_card_stays_and_says_so(client: Client, make: Make) -> None:
    take = make(status="succeeded")
    own = f"/generations/{take.pk}/"
    (card,) = cards(read(delete(client, take, page=own)))
    assert card.attrs["hx-swap-oob"] == "true"
    take.refresh_from_db()
    seen = {"seen": f"{take.pk}:{take.revision}"}
    assert poll(client, seen, own).status_code == 204
    (card,) = cards(read(post(client, f"{own}restore/", page=own)))
    assert card.attrs["hx-swap-oob"] == "true"


def test_other_tabs_hear_of_it(client: Client, make: Make) -> None:
    take, newer = make(), make()
    delete(client, newer)
    delete(client, take)
    answer = client.get("/generations/changes/", {"seen": f"{take.pk}:1", "newest": take.pk}, headers=HTMX)
    assert [(card.attrs["id"], card.attrs["hx-swap-oob"]) for card in cards(read(answer))] == [
        (f"generation-{take.pk}", "delete")
    ]


def test_what_runs_is_hidden_and_what_waits_is_canceled(client: Client, make: Make) -> None:
    running, queued = make(status="running", task_id="t"), make()
    for take in (running, queued):
        delete(client, take)
    assert shown(client) == []
    running.refresh_from_db()
    queued.refresh_from_db()
    assert (running.status, bool(running.due_at), queued.status, queued.charged) == ("running", True, "canceled", "no")
    assert "stays here until it is finished" in client.get("/trash/").content.decode()


def test_the_trash_is_paged_newest_first_and_says_how_long_each_has(client: Client, make: Make, settings) -> None:
    now = timezone.now()
    ids = [make(status="failed", deleted_at=now - timedelta(days=number // 2)).pk for number in range(50)]
    wanted = sorted(ids, key=lambda pk: (-(ids.index(pk) // 2), pk), reverse=True)
    found, url = [], "/trash/"
    while url:
        page = read(client.get(url, headers=HTMX if "?" in url else {}))
        found += [int(card.attrs["id"].rpartition("-")[2]) for card in cards(page)]
        url = next((each.attrs["href"] for each in page.all("a", id="more")), "")
    assert found == wanted
    text = client.get("/trash/").content.decode()
    assert f"{settings.STUDIO_TRASH_DAYS} days left" in text
    assert "50 takes" in text


FAR = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00+99:99"]
PLACES = ["x", "2026-01-01", "2026-01-01T00:00Z_x", "_5", "2026-99-01T00:00Z_5", *(f"{moment}_5" for moment in FAR)]


@pytest.mark.parametrize("before", PLACES)
def test_a_place_that_is_none_is_the_first_page(client: Client, make: Make, before: str) -> None:
    take = make(deleted_at=timezone.now())
    assert shown(client, f"/trash/?{urlencode({'before': before})}") == [f"generation-{take.pk}"]


@pytest.mark.parametrize("moment", FAR)
def test_nothing_comes_back_from_a_moment_that_never_was(client: Client, make: Make, moment: str) -> None:
    take = make(deleted_at=timezone.now())
    assert client.post("/selection/", {"action": "restore", "deleted": moment}).status_code == 303
    take.refresh_from_db()
    assert take.deleted_at


def test_emptied_now_it_is_gone_everywhere(client: Client, make: Make, other: object) -> None:
    gone, runs, theirs = (make(owner, status="succeeded") for owner in (None, None, other))
    keep(gone, b"video")
    child = make(parent=gone)
    Generation.objects.filter(pk=runs.pk).update(status="running")
    for take in (gone, runs, theirs):
        trash.throw_away(Generation.objects.filter(pk=take.pk))
    assert post(client, "/trash/empty/", page="/trash/")["HX-Redirect"] == "/trash/?emptied=1"
    assert shown(client, "/trash/") == [f"generation-{runs.pk}"]
    own = f"/generations/{gone.pk}/"
    for url in (
        own,
        f"{own}video/",
        f"{own}poster/",
        f"/compose/control/?from={gone.pk}",
        f"/compare/?ids={gone.pk},{runs.pk}",
    ):
        assert client.get(url).status_code == 404, url
    for name in ("favorite", "restore", "delete", "reseed", "keep"):
        assert client.post(f"{own}{name}/", {"value": "1"}).status_code == 404, name
    post(client, "/selection/", {"action": "restore", "ids": f"{gone.pk},{runs.pk},{theirs.pk}"})
    there = Generation.objects.filter(deleted_at=None).order_by("pk")
    assert list(there) == [runs, child]
    assert cards(read(poll(client, {"seen": f"{gone.pk}:1"}, own)))[0].attrs["hx-swap-oob"] == "delete"


def test_what_nobody_has_settled_stays_with_its_ways_out_and_the_answer_says_so(client: Client, make: Make) -> None:
    open_, done = make(status="unconfirmed", charged="maybe"), make(status="failed")
    trash.throw_away(Generation.objects.filter(pk__in=(open_.pk, done.pk)))
    assert "say what became of it" in client.get("/trash/").content.decode()
    page = read(client.post("/trash/empty/", follow=True))
    assert "1 take stays here" in " ".join(page.text.split())
    assert shown(client, "/trash/") == [f"generation-{open_.pk}"]
    open_.refresh_from_db()
    assert open_.write_off()
    assert "stay" not in read(client.post("/trash/empty/", follow=True)).one("p", role="status").text
    assert shown(client, "/trash/") == []


def test_emptying_without_javascript_leads_back_to_the_trash(client: Client, make: Make) -> None:
    make(status="failed", deleted_at=timezone.now())
    assert client.post("/trash/empty/")["Location"] == "/trash/?emptied=1"
    assert client.get("/trash/empty/").status_code == 405
    assert shown(client, "/trash/") == []


def test_what_was_spent_stays_in_the_days_sum(client: Client, make: Make, real: None) -> None:
    take = make(status="succeeded", charged="yes", credits=24)
    before = read(client.get("/generations/")).id("today").text
    assert "24 credits" in before
    delete(client, take)
    assert read(client.get("/generations/")).id("today").text == before
    post(client, "/trash/empty/")
    assert trash.erase() == 1
    assert read(client.get("/generations/")).id("today").text == before

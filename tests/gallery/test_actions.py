"""What a person can do with a take: done once, or told why not; never by a link, never twice."""

import pytest
from django.test import Client
from django.utils import timezone

from studio.generations.connections import Connection, Mark
from studio.generations.models import Generation
from tests.html import cards, read
from tests.pages import HTMX, KEY, Make

pytestmark = pytest.mark.django_db
ANSWERS = [HTMX, {}]
CHANGED = "It has changed meanwhile; this is how it stands now."


def click(client: Client, take: Generation, action: str = "cancel", headers: dict = HTMX, **more: str):
    url = f"/generations/{take.pk}/"
    if action == "cancel":
        return client.post(f"{url}cancel/", headers=headers)
    return client.post(f"{url}resolve/", {"action": action, **more}, headers=headers)


def lost(make: Make, **changes: object) -> Generation:
    return make(status="unconfirmed", charged="maybe", submitted_at=timezone.now(), due_at=None, **changes)


def shown(answer: object, take: Generation) -> str:
    """The text of the card, out of band for htmx or on the take's own page."""
    return read(answer).id(f"generation-{take.pk}").text


def test_a_queued_take_is_canceled_once(client: Client, make: Make) -> None:
    take = make()
    page = read(click(client, take))
    assert cards(page)[0].attrs["data-status"] == "canceled"
    assert cards(page)[0].attrs["hx-swap-oob"] == "true"
    again = click(client, take)
    assert "Too late" not in shown(again, take)
    assert take.events.count() == 2


@pytest.mark.parametrize("headers", ANSWERS)
@pytest.mark.parametrize("status", ["submitting", "running", "succeeded", "failed", "unconfirmed", "closed"])
def test_what_is_sent_cannot_be_canceled(client: Client, make: Make, status: str, headers: dict) -> None:
    take = make(status=status, submitted_at=timezone.now(), video_url="https://x.example/a.mp4")
    answer = click(client, take, headers=headers)
    assert answer.status_code == 200
    assert "Too late to cancel: it has been sent." in shown(answer, take)
    take.refresh_from_db()
    assert take.status == status


OUTCOMES = {
    "task-id": ("running", "maybe"),
    "never-arrived": ("closed", "no"),
    "write-off": ("closed", "maybe"),
    "resend": ("closed", "maybe"),
}


@pytest.mark.parametrize("headers", ANSWERS)
@pytest.mark.parametrize("action", OUTCOMES)
def test_an_unconfirmed_take_has_its_ways_out(client: Client, make: Make, action: str, headers: dict) -> None:
    take = lost(make)
    answer = click(client, take, action, headers, task_id="n50_ltx2")
    assert answer.status_code == (200 if headers else 303)
    take.refresh_from_db()
    assert (take.status, take.charged) == OUTCOMES[action]
    assert take.events.last().to_status == take.status
    assert take.task_id == ("n50_ltx2" if action == "task-id" else "")


@pytest.mark.parametrize("headers", ANSWERS)
@pytest.mark.parametrize("action", OUTCOMES)
@pytest.mark.parametrize("status", ["queued", "running", "succeeded", "failed", "canceled"])
def test_a_way_out_that_does_not_fit_changes_nothing_and_says_so(
    client: Client, make: Make, status: str, action: str, headers: dict
) -> None:
    take = make(status=status, submitted_at=timezone.now(), video_url="https://x.example/a.mp4")
    answer = click(client, take, action, headers, task_id="n50_ltx2")
    assert answer.status_code == 200
    assert CHANGED in shown(answer, take)
    take.refresh_from_db()
    assert (take.status, take.task_id) == (status, "")
    assert Generation.objects.count() == 1


@pytest.mark.parametrize("action", ["", "nonsense", "delete", "succeed"])
def test_an_action_that_is_none_changes_nothing(client: Client, make: Make, action: str) -> None:
    take = lost(make)
    assert CHANGED in shown(click(client, take, action), take)
    take.refresh_from_db()
    assert take.status == "unconfirmed"


def test_send_again_makes_one_new_take_however_often_it_is_clicked(client: Client, make: Make) -> None:
    take = lost(make)
    first, second = click(client, take, "resend"), click(client, take, "resend")
    new = Generation.objects.get(replaces=take)
    assert new.request == take.request
    assert {card.attrs["id"] for card in cards(read(first))} == {f"generation-{take.pk}", f"generation-{new.pk}"}
    assert f"Sent again as #{new.pk}" in shown(second, take)
    assert Generation.objects.count() == 2


def test_send_again_without_javascript_leads_to_the_new_take(client: Client, make: Make) -> None:
    take = lost(make)
    answer = click(client, take, "resend", {})
    assert answer["Location"] == f"/generations/{Generation.objects.get(replaces=take).pk}/"


def test_nothing_is_sent_again_to_another_provider(client: Client, make: Make) -> None:
    take = lost(make, provider="https://elsewhere.example/api")
    assert "another provider" in shown(click(client, take, "resend"), take)
    assert Generation.objects.count() == 1


@pytest.mark.parametrize("task_id", ["", "  ", "two words", "a\x00b", "a\nb", "x" * 201, "näh", KEY])
def test_a_task_id_that_is_none_is_not_taken(client: Client, make: Make, real: None, task_id: str) -> None:
    take = lost(make)
    answer = click(client, take, "task-id", task_id=task_id)
    assert "Copy the task id from the provider's dashboard" in shown(answer, take)
    take.refresh_from_db()
    assert (take.status, take.task_id) == ("unconfirmed", "")


def test_a_task_id_of_another_take_is_not_taken(client: Client, make: Make) -> None:
    make(status="running", task_id="n50_ltx2")
    take = lost(make)
    assert "Another take has this task id already." in shown(click(client, take, "task-id", task_id="n50_ltx2"), take)


def test_a_task_id_that_was_given_can_be_taken_back(client: Client, make: Make) -> None:
    take = lost(make)
    for _ in range(2):
        click(client, take, "task-id", task_id=" n50_ltx2 ")
        take.refresh_from_db()
        assert (take.status, take.task_id, take.task_id_given) == ("running", "n50_ltx2", True)
    click(client, take, "take-back")
    take.refresh_from_db()
    assert (take.status, take.task_id) == ("unconfirmed", "")


@pytest.mark.parametrize(("mark", "ends"), [("late_since", "closed"), ("lost_since", "closed"), (None, "running")])
def test_only_what_is_late_or_lost_can_be_given_up(client: Client, make: Make, mark: str | None, ends: str) -> None:
    take = make(status="running", submitted_at=timezone.now(), **({mark: timezone.now()} if mark else {}))
    answer = click(client, take, "give-up")
    take.refresh_from_db()
    assert take.status == ends
    assert (CHANGED in shown(answer, take)) == (mark is None)


TOO_LATE = "Too late to undo: this is how it stands now."


def undo_on(answer: object, take: Generation) -> bool:
    """Whether the card offers it."""
    return f'id="generation-{take.pk}-undo"' in answer.content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("headers", ANSWERS)
@pytest.mark.parametrize("action", ["never-arrived", "write-off", "resend"])
def test_each_way_out_is_undone_by_a_click_on_its_card(client: Client, make: Make, action: str, headers: dict) -> None:
    take = lost(make)
    click(client, take, action, headers)
    page = client.get(f"/generations/{take.pk}/")
    assert undo_on(page, take)
    assert undo_on(client.get("/"), take)
    answer = click(client, take, "undo", headers)
    assert answer.status_code == (200 if headers else 303)
    take.refresh_from_db()
    assert (take.status, take.charged) == ("unconfirmed", "maybe")
    assert not undo_on(client.get(f"/generations/{take.pk}/"), take)
    assert not Generation.objects.filter(status="queued").exists()


@pytest.mark.parametrize("headers", ANSWERS)
def test_a_cancel_is_undone_by_a_click_on_its_card(client: Client, make: Make, headers: dict) -> None:
    take = make()
    assert undo_on(click(client, take), take)
    click(client, take, "undo", headers)
    take.refresh_from_db()
    assert (take.status, take.due_at is not None) == ("queued", True)


def test_giving_up_is_undone_by_a_click_on_its_card(client: Client, make: Make) -> None:
    now = timezone.now()
    take = make(status="running", charged="maybe", task_id="n50_ltx2", submitted_at=now, late_since=now)
    assert undo_on(click(client, take, "give-up"), take)
    assert "Late" in shown(click(client, take, "undo"), take)
    take.refresh_from_db()
    assert take.status == "running"


@pytest.mark.parametrize("headers", ANSWERS)
@pytest.mark.parametrize("why", ["time", "answer", "sent"])
def test_what_cannot_be_undone_any_more_says_so_and_stays(client: Client, make: Make, why: str, headers: dict) -> None:
    take = lost(make)
    click(client, take, "resend" if why == "sent" else "write-off")
    if why == "time":
        Generation.objects.filter(pk=take.pk).update(undo_until=timezone.now())
    elif why == "answer":
        take.accept("n9_ltx2", timezone.now())
    else:
        Generation.objects.filter(replaces=take).update(status="running", task_id="n9", submitted_at=timezone.now())
    before = list(Generation.objects.order_by("pk").values())
    assert TOO_LATE in shown(click(client, take, "undo", headers), take)
    assert list(Generation.objects.order_by("pk").values()) == before


def test_what_is_sent_again_says_that_it_waits_so_that_it_can_be_undone(client: Client, make: Make) -> None:
    take = lost(make)
    new = Generation.objects.get(pk=int(cards(read(click(client, take, "resend")))[0].attrs["id"][11:]))
    assert new.replaces_id == take.pk
    assert f"so that you can still undo it at #{take.pk}" in shown(client.get("/"), new)


@pytest.fixture
def held(make: Make, other: object) -> list[Generation]:
    takes = [make(held="credits", due_at=None, message="Held.") for _ in range(3)]
    make(other, held="credits", due_at=None)
    Connection.named("sandbox").pause("credits", "none left")
    return takes


def test_held_takes_say_how_many_and_what_they_cost(client: Client, real: None, make: Make) -> None:
    for _ in range(12):
        make(held="key", due_at=None)
    notice = read(client.get("/")).id("notice")
    assert notice.id("send-held").text == "Send 12 held takes · 288 credits"
    assert notice.id("cancel-held").text == "Cancel them"


@pytest.mark.parametrize("headers", ANSWERS)
def test_held_takes_are_sent_at_a_click(client: Client, held: list, headers: dict) -> None:
    answer = client.post("/held/send/", headers=headers)
    rows = Generation.objects.filter(pk__in=[take.pk for take in held])
    assert {(row.status, row.held, row.due_at is not None) for row in rows} == {("queued", "", True)}
    assert Connection.of("sandbox").paused == ""
    assert Generation.objects.exclude(held="").count() == 1
    if headers:
        assert len(cards(read(answer))) == 3
    else:
        assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize("headers", ANSWERS)
def test_held_takes_are_canceled_at_a_click(client: Client, held: list, headers: dict) -> None:
    for _ in range(2):
        assert client.post("/held/cancel/", headers=headers).status_code == (200 if headers else 302)
    rows = Generation.objects.filter(pk__in=[take.pk for take in held])
    assert {(row.status, row.charged) for row in rows} == {("canceled", "no")}
    assert [take.events.count() for take in rows] == [2, 2, 2]
    assert Generation.objects.exclude(held="").count() == 1


def test_what_is_asked_for_while_sending_is_paused_is_held_and_not_lost(client: Client, held: list) -> None:
    ids = {take.pk for take in held}
    client.post("/held/cancel/")
    client.post("/generations/", {"type": "text-to-video", "prompt": "New", "submission_key": "new"})
    new = Generation.objects.get(prompt="New")
    assert (new.held, new.due_at) == ("credits", None)
    assert new.pk not in ids
    assert read(client.get("/")).id("send-held").text == "Send 1 held take · free"


def test_a_database_that_went_back_is_told_and_what_waits_goes_on_only_at_a_click(
    client: Client, real: None, make: Make
) -> None:
    take = make()
    make(held="key", due_at=None)
    provider = take.connection_id
    assert Connection.named(provider).gone_back(Mark(0, 9), "It knows of 7 requests, and 9 were sent.")
    page = read(client.get("/"))
    assert "The database has gone back in time. It knows of 7 requests, and 9 were sent." in page.id("notice").text
    assert "2 held takes: may have been sent and charged already." in page.id("notice").text
    assert page.id("send-held").text == "Send 2 held takes · 48 credits"
    assert "pay for twice" in page.id("send-held").attrs["data-asks"]
    card = page.id(f"generation-{take.pk}").text
    assert "this may have been sent and charged already. Look at the provider’s dashboard" in card
    assert "May have been charged already · 24 if it is sent now" in card
    client.post("/generations/", {"type": "text-to-video", "prompt": "New", "submission_key": "new"})
    new = Generation.objects.get(prompt="New")
    assert (new.held, "Not charged yet" in new.money) == ("waited", True)
    assert "3 held takes: 2 of them may have been sent and charged already." in read(client.get("/")).id("notice").text
    client.post("/held/send/")
    assert set(Generation.objects.values_list("held", flat=True)) == {""}
    assert Connection.of(provider).paused == ""


def test_where_nothing_waited_a_click_goes_on_all_the_same(client: Client, real: None, make: Make) -> None:
    provider = make(status="failed", due_at=None).connection_id
    assert Connection.named(provider).gone_back(Mark(0, 9), "It knows of 7 requests, and 9 were sent.")
    assert read(client.get("/")).id("send-held").text == "Go on"
    client.post("/held/send/")
    assert Connection.of(provider).paused == ""

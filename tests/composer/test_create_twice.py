"""A double click, a reload and a form sent again make nothing twice; a wanted second take is never swallowed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from studio.generations.models import Generation
from studio.generations.submission import Submission
from studio.middleware import local_user
from tests.html import cards, read
from tests.pages import HTMX, typed

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def ids(answer: object) -> list[str]:
    return [card.attrs["id"] for card in cards(read(answer))]


def test_the_same_form_again_answers_with_the_same_cards(client: Client) -> None:
    answers = [client.post("/generations/", typed(takes="3"), headers=HTMX) for _ in range(3)]
    assert Generation.objects.count() == 3
    assert ids(answers[0]) == ids(answers[1]) == ids(answers[2])


def test_with_a_typed_seed_too(client: Client) -> None:
    answers = [client.post("/generations/", typed(seed="5"), headers=HTMX) for _ in range(2)]
    assert ids(answers[0]) == ids(answers[1])
    assert Generation.objects.count() == 1


def test_a_reload_without_javascript_leads_to_the_same_page(client: Client) -> None:
    pages = {client.post("/generations/", typed(takes="2"))["Location"] for _ in range(2)}
    assert len(pages) == 1
    assert Generation.objects.count() == 2


@pytest.mark.parametrize("change", [{"prompt": "Other"}, {"takes": "2"}, {"seed": "9"}, {"duration": "99"}])
def test_the_same_key_with_other_fields_brings_the_form_back_with_a_fresh_key(client: Client, change: dict) -> None:
    client.post("/generations/", typed())
    answer = client.post("/generations/", typed(**change), headers=HTMX)
    form = read(answer).id("composer-form")
    assert answer.status_code == 200
    assert "Press Generate again" in form.text
    sent = form.values()
    assert sent["submission_key"] not in ("", "key-1")
    name, value = next(iter(change.items()))
    assert sent[name] == value
    assert Generation.objects.count() == 1
    if name != "duration":
        client.post("/generations/", sent)
        assert Generation.objects.count() == 1 + int(sent["takes"])


def test_a_fresh_key_makes_a_wanted_second_take(client: Client) -> None:
    page = read(client.post("/generations/", typed(), headers=HTMX))
    fresh = page.id("submission-key").attrs["value"]
    client.post("/generations/", typed(submission_key=fresh), headers=HTMX)
    assert Generation.objects.count() == 2


@pytest.mark.parametrize("key", ["", None, "k" * 65, "a\x00b", "a\nb"])
def test_a_key_that_is_none_counts_as_a_new_one(client: Client, key: str | None) -> None:
    form = {name: value for name, value in typed().items() if name != "submission_key"}
    sent = form if key is None else {**form, "submission_key": key}
    assert client.post("/generations/", sent).status_code == 303
    assert len(Submission.objects.get().key) > 16


def test_a_form_that_came_back_with_errors_keeps_its_key(client: Client) -> None:
    form = read(client.post("/generations/", typed(prompt=""), headers=HTMX)).id("composer-form")
    assert form.values()["submission_key"] == "key-1"
    assert not Submission.objects.exists()


def test_keys_belong_to_their_owner(client: Client, other: object) -> None:
    client.post("/generations/", typed())
    Generation.objects.update(owner=other)
    Submission.objects.update(owner=other)
    client.post("/generations/", typed(prompt="Mine"))
    assert Generation.objects.get(prompt="Mine").owner == local_user()


def test_a_row_is_never_seen_by_the_worker_before_the_whole_submission_is_stored(client: Client, monkeypatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("studio.generations.queryset.GenerationEvent.objects.create", fails)
    with pytest.raises(RuntimeError):
        client.post("/generations/", typed(takes="3"))
    assert not Generation.objects.exists()
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_make_one_set_of_takes() -> None:
    local_user()
    start, clicks = Barrier(4), range(4)

    def click(_: int) -> list[str]:
        start.wait()
        try:
            return ids(Client().post("/generations/", typed(takes="3"), headers=HTMX))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(click, clicks))
    assert Generation.objects.count() == 3
    assert answers == [answers[0]] * 4
    assert len(answers[0]) == 3

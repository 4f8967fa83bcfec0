"""What comes in, and what is kept back."""

from datetime import timedelta

import pytest
from django.conf import settings

from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.generations.submission import KeyReused, Submission, digest_of
from tests.rows import ACCOUNT, API, again, ago, ask, claimed, in_status, put, request, story, user

pytestmark = pytest.mark.django_db


def test_a_new_take_holds_the_exact_request_and_its_price():
    row = ask(prompt="a wave", duration=7, seed=5)[0]
    assert row.request == {
        "model": "ltx-2", "type": "text-to-video", "prompt": "a wave", "resolution": "720p", "aspect_ratio": "16:9",
        "duration": 7, "seed": 5,
    }  # fmt: skip
    assert (row.status, row.connection_id, row.seconds, row.seed) == ("queued", API, 7, 5)
    assert (row.estimate_low, row.estimate_high, row.basis) == (30, 40, "derived")
    assert row.due_at == row.created_at == row.asked_at
    assert story(row) == [("", "queued")]


def test_the_same_press_of_the_button_makes_its_takes_once():
    first = ask(3, key="k", digest="d")
    second = ask(3, key="k", digest="d")
    assert [row.pk for row in second] == [row.pk for row in first]
    assert Generation.objects.count() == 3


def test_the_same_key_with_other_fields_makes_nothing():
    ask(key="k", digest="d")
    with pytest.raises(KeyReused):
        ask(key="k", digest="other")
    assert Generation.objects.count() == 1


def test_keys_of_two_people_have_nothing_to_do_with_each_other():
    mine, theirs = ask(key="k")[0], ask(key="k", owner=user("bob"), digest="other")[0]
    assert mine.pk != theirs.pk
    assert list(Generation.objects.owned_by(user("bob"))) == [theirs]


def test_the_same_press_does_not_answer_with_what_was_sent_again_later():
    row = ask(key="k")[0]
    put(row, status="unconfirmed")
    assert row.resend()
    assert [take.pk for take in ask(key="k")] == [row.pk]


def test_an_empty_submission_is_not_left_behind_by_a_fault():
    with pytest.raises(AttributeError):
        Generation.objects.enqueue(user(), ACCOUNT, [None], key="k", digest="d")
    assert not Submission.objects.exists()


def test_the_digest_of_fields_knows_no_order():
    assert digest_of({"a": 1, "b": "é"}) == digest_of({"b": "é", "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": "1"})


def test_the_same_settings_and_seed_are_found_where_they_may_still_come():
    for status in Generation.Status.values:
        in_status(status, seed=7)
    found = Generation.objects.same_as(request(seed=7)).values_list("status", flat=True)
    assert set(found) == {"queued", "submitting", "running", "succeeded", "unconfirmed"}
    assert not Generation.objects.same_as(request(seed=8)).exists()


# Observed charges -----------------------------------------------------------------------------------------------------


def observed(**data):
    wanted = request(**data)
    return Generation.objects.observed(ACCOUNT, wanted.type, wanted.resolution, wanted.seconds)


def test_the_last_20_charges_for_the_same_thing_are_the_price():
    for credits in (99, *range(20, 40)):
        in_status("succeeded", credits=credits)
    in_status("succeeded", credits=98, duration=6)
    in_status("succeeded", credits=97, resolution="480p")
    assert sorted(observed()) == list(range(20, 40))
    row = ask()[0]
    assert (row.estimate_low, row.estimate_high, row.basis) == (20, 39, "observed")


def test_another_providers_charges_and_test_clips_say_nothing():
    put(in_status("succeeded", credits=99), connection="https://other.test/api/v1")
    put(in_status("succeeded", credits=98), connection=settings.SANDBOX)
    assert observed() == []
    assert Generation.objects.observed(Connection.named(settings.SANDBOX), "text-to-video", "720p", 5) == []


def test_a_failure_that_was_not_charged_is_no_price():
    put(in_status("failed"), credits=0, charged="no")
    assert observed() == []


# Held -----------------------------------------------------------------------------------------------------------------


def test_what_is_asked_for_while_sending_is_stopped_is_held():
    ACCOUNT.pause("credits", "Too few credits")
    row = ask()[0]
    assert (row.held, row.due_at) == ("credits", None)


def test_a_stop_holds_all_that_is_unsent_with_a_line_in_its_history():
    unsent, on_its_way, other = claimed(ask()[0]), in_status("submitting"), ask(provider="https://other.test")[0]
    ACCOUNT.pause("key", "The provider does not accept the API key")
    row = again(unsent)
    assert (row.status, row.held, row.due_at, row.claim_token) == ("queued", "key", None, "")
    assert story(row)[-1] == ("queued", "queued")
    assert (again(on_its_way).held, again(other).held) == ("", "")


def test_held_takes_go_on_a_click_and_may_wait_another_hour():
    row = put(ask()[0], asked_at=ago(hours=2))
    Generation.objects.all().hold("waited", "Held: unsent an hour after you asked.")
    assert Generation.objects.all().release() == 1
    row = again(row)
    assert (row.held, row.message) == ("", "")
    assert row.due_at == row.asked_at > ago(minutes=1)
    assert [event.why for event in row.events.all()][1:] == ["Held: unsent an hour after you asked.", "You let it go"]


def test_holding_and_releasing_touch_nothing_else():
    rows = [in_status(status) for status in Generation.Status.values if status != "queued"]
    before = list(Generation.objects.order_by("pk").values())
    assert Generation.objects.all().hold("key", "Held.") == 0
    assert Generation.objects.all().release() == 0
    assert list(Generation.objects.order_by("pk").values()) == before
    assert len(rows) == 7


def test_a_held_take_can_be_canceled():
    row = put(ask()[0], held="key", due_at=None)
    assert row.cancel()
    assert (again(row).status, again(row).held) == ("canceled", "")


# Again ----------------------------------------------------------------------------------------------------------------


def test_what_is_sent_again_is_a_new_take_in_place_of_the_old():
    row = in_status("unconfirmed", seed=9, duration=7)
    new = row.resend()
    assert (new.request, new.digest, new.owner, new.connection_id) == (
        row.request,
        row.digest,
        row.owner,
        row.connection_id,
    )
    assert (new.status, new.charged, new.replaces_id) == ("queued", "no", row.pk)
    assert (again(row).status, again(row).charged, again(row).replaced_by) == ("closed", "maybe", new)
    assert new.events.get().why == f"Asked for again, instead of #{row.pk}"


def test_a_double_click_sends_it_again_once():
    row = in_status("unconfirmed")
    stale = again(row)
    assert row.resend()
    assert stale.resend() is None
    assert again(row).resend() is None
    assert Generation.objects.count() == 2


def test_unsent_takes_keep_their_order():
    rows = [put(row, due_at=ago(seconds=9 - n)) for n, row in enumerate(ask(3))]
    assert list(Generation.objects.due(ACCOUNT, ago(seconds=1))) == rows
    assert not Generation.objects.due(ACCOUNT, ago(seconds=1) - timedelta(hours=1)).exists()

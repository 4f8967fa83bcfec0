"""What a card and a day say about money: never more than is known."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone

from studio.generations.charges import Totals, totals_by_day
from studio.generations.models import Generation
from tests.rows import TOKEN, again, ago, ask, claimed, in_status, put, user

pytestmark = pytest.mark.django_db

MAY_BE = "Failed after it was accepted: the provider does not say whether this is charged"


@pytest.mark.parametrize(
    ("status", "credits", "charged", "line"),
    [
        ("queued", None, "no", "Not charged yet · 24 when it is sent"),
        ("canceled", None, "no", "Not charged"),
        ("submitting", None, "maybe", "About 24, charge not reported"),
        ("running", None, "maybe", "About 24, charge not reported"),
        ("running", 25, "yes", "Charged 25"),
        ("succeeded", None, "yes", "About 24, charge not reported"),
        ("succeeded", 25, "yes", "Charged 25"),
        ("failed", None, "maybe", MAY_BE),
        ("failed", 25, "yes", "Charged 25"),
        ("unconfirmed", None, "maybe", "No answer, may be charged: about 24"),
        ("closed", None, "maybe", "Written off, may be charged: about 24"),
    ],
)
def test_every_state_has_its_line(status, credits, charged, line):
    row = in_status(status, credits=credits)
    assert (row.charged, row.money) == (charged, line)


def test_what_was_refused_or_never_arrived_is_not_charged():
    refused, closed = in_status("submitting"), in_status("unconfirmed")
    refused.refuse("Bad prompt", "")
    closed.close_as_never_arrived()
    assert [again(row).money for row in (refused, closed)] == ["Not charged", "Not charged"]


def test_a_range_is_shown_as_a_range():
    assert in_status("unconfirmed", duration=7).money == "No answer, may be charged: about 30–40"


@pytest.mark.parametrize("status", Generation.Status.values)
def test_a_test_clip_is_free_in_every_state(status):
    row = put(in_status(status), connection=settings.SANDBOX)
    assert row.money == "Test clip · free (24 credits with a key)"


def test_a_price_of_nothing_counts_only_when_the_take_is_over():
    row = in_status("submitting")
    row.accept("n1_ltx2", ago(seconds=1), credits=0)
    assert (again(row).credits, again(row).charged) == (None, "maybe")
    claimed(row).fail(TOKEN, "Too dark", credits=0, raw="{}", word="failed")
    assert (again(row).credits, again(row).money) == (0, "Not charged")


@pytest.mark.parametrize(
    ("credits", "line"),
    [
        ("24.5", "Charged 24.5"), ("24.50", "Charged 24.5"), ("0.25", "Charged 0.25"), ("24.0", "Charged 24"),
        ("0.0001", "Charged 0.0001"), ("24.99995", "Charged 25"), ("100", "Charged 100"), ("1E+2", "Charged 100"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", ["running", "succeeded", "failed"])
def test_a_price_need_not_be_whole(status, credits, line):
    row = in_status(status, credits=Decimal(credits))
    assert (row.charged, row.money) == ("yes", line)


def test_a_price_that_changes_by_less_than_a_credit_is_news():
    row = claimed(in_status("running", credits=Decimal("24.5")))
    row.record_running(TOKEN, timezone.now(), word="processing", raw="{}", credits=Decimal("24.75"))
    assert again(row).money == "Charged 24.75"
    row = claimed(again(row))
    row.record_running(TOKEN, timezone.now(), word="processing", raw="{}", credits=24)
    assert again(row).money == "Charged 24"


def test_what_is_set_aside_is_no_charge_and_counts_as_what_it_may_cost():
    row = in_status("submitting", duration=7)
    row.accept("n1_ltx2", ago(seconds=1), reserved=Decimal("35.5"))
    assert (again(row).charged, again(row).money) == ("maybe", "Reserved 36, charge not reported")
    assert total(timezone.localdate()) == Totals(takes=1, low=36, high=36, approximate=True)
    claimed(row).succeed(TOKEN, "https://cdn.test/a.mp4", credits=30, raw="{}", word="completed")
    assert again(row).money == "Charged 30"
    assert str(total(timezone.localdate())) == "1 take · 30 credits"


def test_what_a_poll_says_is_set_aside_is_told_once():
    row = claimed(in_status("running"))
    for _ in range(2):
        row.record_running(TOKEN, timezone.now(), word="processing", raw="{}", credits=None, reserved=24)
        row = claimed(again(row))
    assert row.money == "Reserved 24, charge not reported"
    assert [event.why for event in row.events.all()].count("The provider set credits aside for it") == 1


def test_a_price_that_was_named_stays_when_the_end_names_none():
    row = claimed(in_status("running", credits=25))
    row.succeed(TOKEN, "https://cdn.test/a.mp4", credits=None, raw="{}", word="completed")
    assert again(row).money == "Charged 25"


def test_what_a_wrong_task_cost_is_not_this_takes_price():
    row = in_status("unconfirmed")
    row.give_task_id("n1_ltx2")
    claimed(row).record_running(TOKEN, timezone.now(), word="processing", raw="{}", credits=76)
    row = again(row)
    assert row.money == "Charged 76"
    row.take_back_task_id()
    assert again(row).money == "No answer, may be charged: about 24"


# Days -----------------------------------------------------------------------------------------------------------------


def total(day, owner=None):
    return totals_by_day((owner or user()).pk, {day})[0][day]


def test_a_day_adds_up_what_was_or_may_have_been_spent():
    today = timezone.localdate()
    for status in ("queued", "canceled", "running", "failed"):
        in_status(status)
    in_status("succeeded", credits=25)
    refused = in_status("submitting")
    refused.refuse("Bad prompt", "")
    assert total(today) == Totals(takes=5, low=73, high=73, approximate=True)
    assert str(total(today)) == "5 takes · ≈ 73 credits"


def test_reported_charges_alone_are_exact():
    in_status("succeeded", credits=25)
    in_status("failed", credits=1)
    assert str(total(timezone.localdate())) == "2 takes · 26 credits"


def test_a_day_of_prices_that_are_not_whole_is_exact():
    for credits in ("24.5", "24.5", "0.1", "0.2", "1000.7"):
        in_status("succeeded", credits=Decimal(credits))
    assert str(total(timezone.localdate())) == "5 takes · 1,050 credits"
    in_status("failed", credits=Decimal("0.0001"))
    assert str(total(timezone.localdate())) == "6 takes · 1,050.0001 credits"
    in_status("running", duration=7)
    assert str(total(timezone.localdate())) == "7 takes · ≈ 1,080.0001–1,090.0001 credits"


def test_prices_that_are_not_whole_make_the_next_estimate_a_range_of_whole_ones():
    for credits in ("24.5", "26", "0"):
        in_status("succeeded", credits=Decimal(credits))
    assert str(ask()[0].estimate) == "24–26"


def test_unconfirmed_and_written_off_takes_count_as_spent_and_are_named():
    in_status("unconfirmed", duration=7)
    in_status("closed")
    given_up = put(in_status("running"), late_since=ago(hours=1))
    given_up.give_up()
    never = in_status("unconfirmed")
    never.close_as_never_arrived()
    assert str(total(timezone.localdate())) == "4 takes · ≈ 78–88 credits · 88 of them unconfirmed"


def test_what_was_sent_again_counts_twice_until_it_is_known_to_be_one():
    row = in_status("unconfirmed")
    new = row.resend()
    put(new, status="succeeded", charged="yes", credits=24)
    assert str(total(timezone.localdate())) == "2 takes · ≈ 48 credits · 24 of them unconfirmed"


def test_test_clips_are_in_no_sum():
    put(in_status("succeeded", credits=24), connection=settings.SANDBOX)
    put(in_status("unconfirmed"), connection=settings.SANDBOX)
    assert str(total(timezone.localdate())) == "2 test takes, free"
    in_status("succeeded", credits=24)
    assert str(total(timezone.localdate())) == "1 take · 24 credits · 2 test takes, free"


def test_a_day_without_takes_is_empty():
    assert total(date(2026, 1, 1)) == Totals()
    assert totals_by_day(user().pk, set())[0] == {}


def test_days_are_cut_where_the_reader_is():
    put(in_status("succeeded", credits=24), created_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    first, second = date(2026, 3, 1), date(2026, 3, 2)
    for zone, day in (("UTC", first), ("Europe/Berlin", second), ("America/New_York", first), ("Asia/Tokyo", second)):
        with timezone.override(ZoneInfo(zone)):
            found, _ = totals_by_day(user().pk, {first, second})
        assert (found[first].takes, found[second].takes) == (int(day == first), int(day == second))


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00Z", "2026-03-29T21:59Z"),  # 23 hours
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00Z", "2026-10-25T22:59Z"),  # 25 hours
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00Z", "2026-04-24T20:59Z"),  # without a midnight
    ],
)
def test_days_with_a_change_of_clocks_lose_nothing(zone, day, start, end):
    for moment in (start, end):
        put(in_status("succeeded", credits=24), created_at=datetime.fromisoformat(moment))
    with timezone.override(ZoneInfo(zone)):
        assert total(day).takes == 2


def test_days_far_apart_are_one_query_and_nothing_between_leaks_in(django_assert_num_queries):
    days = {date(2026, 1, 1), date(2026, 1, 3), date(2026, 6, 1)}
    for day in (*days, date(2026, 1, 2), date(2026, 3, 1)):
        put(in_status("succeeded", credits=24), created_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    owner = user().pk
    with django_assert_num_queries(1):
        found, _ = totals_by_day(owner, days)
    assert {day: totals.takes for day, totals in found.items()} == dict.fromkeys(days, 1)


def test_totals_are_of_one_owner_alone():
    ask(owner=user("bob"))
    ask()
    assert total(timezone.localdate(), user("bob")).takes == 1

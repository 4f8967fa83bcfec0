"""The running sums: equal to what counting would give, whatever happens to takes and from however many sides."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.gallery import triggers
from studio.gallery.counts import SUMS, SlotSum, TakeCount, counts_of
from studio.gallery.search import search
from studio.generations.charges import totals_by_day
from studio.generations.models import Generation
from studio.library.trash import restore, throw_away
from tests.rows import API, STATUSES, ask, in_status, put, user

pytestmark = pytest.mark.database  # on every database


def counted(owner):
    """What the tables should say, counted in Python."""
    states, slots = Counter(), {}
    for row in Generation.objects.filter(owner=owner):
        states["purged" if row.purged_at else "trash" if row.deleted_at else row.status] += 1
        sums = slots.setdefault(int(row.created_at.timestamp()) // 900, dict.fromkeys(SUMS, 0))
        if row.status == "canceled":
            continue
        real = row.connection_id != django_settings.SANDBOX
        sums["takes" if real else "tests"] += 1
        if real and row.charged != "no":
            for end in ("low", "high"):
                about = row.credits_reserved or getattr(row, f"estimate_{end}")
                sums[end] += about if row.credits is None else row.credits
            sums["rest"] += row.credits_rest or 0
            sums["estimates"] += row.credits is None
        if real and (row.status == "unconfirmed" or (row.status, row.charged) == ("closed", "maybe")):
            sums["unconfirmed"] += row.credits_reserved or row.estimate_high
    return dict(states), slots


def kept(owner):
    """What they do say."""
    slots = {}
    for row in SlotSum.objects.filter(owner_id=owner.pk):
        sums = slots.setdefault(row.slot, dict.fromkeys(SUMS, 0))
        for name in SUMS:
            sums[name] += getattr(row, name)
    states = {name: count for name, count in counts_of(owner.pk).states.items() if count}
    return states, slots


def agree(*owners):
    for owner in owners:
        states, slots = kept(owner)
        should_be, sums = counted(owner)
        assert states == should_be
        assert {slot: each for slot, each in slots.items() if any(each.values())} == {
            slot: each for slot, each in sums.items() if any(each.values())
        }


@pytest.mark.django_db
@pytest.mark.parametrize("status", STATUSES)
def test_every_way_that_takes_go_is_followed(status):
    in_status(status, credits=25 if status == "succeeded" else None, duration=7)
    put(in_status(status), connection=django_settings.SANDBOX)
    agree(user())
    throw_away(Generation.objects.all())
    agree(user())
    restore(Generation.objects.all())
    agree(user())


CHANGE = st.fixed_dictionaries({}, optional={
    "status": st.sampled_from(STATUSES), "charged": st.sampled_from(["no", "yes", "maybe"]),
    "credits": st.sampled_from([None, 0, 24, 76]), "estimate_low": st.integers(0, 99),
    "estimate_high": st.integers(0, 99),
    "connection": st.sampled_from([API, django_settings.SANDBOX]), "prompt": st.just("other"),
    "deleted_at": st.sampled_from([None, datetime(2026, 1, 1, tzinfo=UTC)]),
    "purged_at": st.sampled_from([None, datetime(2026, 2, 1, tzinfo=UTC)]),
    "created_at": st.sampled_from([datetime(2026, 3, 1, 0, minute, 59, 999_999, tzinfo=UTC) for minute in (0, 14, 15)]),
})  # fmt: skip
STEP = st.tuples(st.sets(st.integers(0, 3), min_size=1), CHANGE | st.sampled_from(["delete", "roll back", "give away"]))


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=8))
def test_whatever_is_written_by_whatever_way_the_sums_are_exact(steps):
    Generation.objects.all().delete()
    rows = [*ask(2), *ask(2, owner=user("bob"))]
    for which, change in steps:
        takes = Generation.objects.filter(pk__in=[rows[number].pk for number in which])
        if change == "delete":
            takes.delete()
        elif change == "give away":
            takes.update(owner=user("bob"))
        elif change == "roll back":
            with transaction.atomic():
                takes.update(status="failed", charged="yes", credits=3)
                ask()
                transaction.set_rollback(True)
        elif change:
            takes.update(**change)
        agree(user(), user("bob"))


@pytest.mark.django_db
def test_what_was_missed_is_counted_anew():
    triggers.remove()
    in_status("succeeded", credits=25)
    SlotSum.objects.create(owner_id=user().pk, slot=1, **dict.fromkeys(SUMS, 7))
    assert triggers.install()
    agree(user())
    assert not triggers.install()
    assert search(Generation.objects.all(), "wave").count() == 1


@pytest.mark.django_db
def test_an_owner_goes_with_all_that_is_counted():
    bob = user("bob")
    in_status("unconfirmed", owner=bob)
    gone = User(pk=bob.pk)
    bob.delete()
    states, slots = kept(gone)
    assert (states, any(any(sums.values()) for sums in slots.values())) == ({}, False)


@pytest.mark.django_db
def test_the_trash_is_in_no_tab_and_what_was_spent_stays_spent():
    put(in_status("succeeded", credits=25), deleted_at=timezone.now())
    in_status("failed", credits=1)
    today = timezone.localdate()
    totals, all_of_it = totals_by_day(user().pk, {today})
    assert str(totals[today]) == "2 takes · 26 credits"
    assert all_of_it.tabs == {"all": 1, "running": 0, "done": 0, "failed": 1, "unconfirmed": 0}


@pytest.mark.django_db(transaction=True)
def test_many_who_change_takes_of_one_owner_at_once_neither_block_nor_miscount():
    """Two rows each, in opposite orders, within one transaction: what a lock on a shared sum would not survive."""
    rows = [row for _ in range(4) for row in ask(2)]
    failures = []

    def change(pair, order):
        try:
            for number in range(20):
                for pk in pair[::order]:
                    with transaction.atomic():
                        mine = Generation.objects.filter(pk=pk)
                        mine.update(status=STATUSES[number % 8], charged=("no", "maybe")[number % 2])
                        ask()
                        Generation.objects.filter(pk=pk).update(credits=number)
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)
        finally:
            connection.close()

    pairs = [[rows[number].pk, rows[number + 1].pk] for number in range(0, 8, 2)]
    threads = [threading.Thread(target=change, args=(pair, order)) for pair in pairs for order in (1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    agree(user())
    assert TakeCount.objects.count() < 200 + 8  # folded, not heaped up
    assert SlotSum.objects.filter(slot__gte=int((timezone.now() - timedelta(days=1)).timestamp()) // 900).count() < 600

"""Any order of anything that can happen to a take: no path breaks the diagram."""

import logging
from itertools import pairwise

import pytest
from hypothesis import Phase, settings, stateful
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from studio.generations.claim import Limits, claim
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.library.trash import restore, throw_away
from tests.rows import ACCOUNT, CLAIM, ago, ask, columns, story

from .test_transitions import ARROWS

EDGES = {(status, to) for (status, _), (to, _) in ARROWS.items()} | {("", "queued"), ("submitting", "canceled")}
CHARGED = {
    "queued": {"no"}, "submitting": {"maybe"}, "running": {"maybe", "yes"}, "succeeded": {"yes"},
    "failed": {"no", "maybe", "yes"}, "unconfirmed": {"maybe"}, "closed": {"no", "maybe", "yes"}, "canceled": {"no"},
}  # fmt: skip
TROUBLES = ["claims_run_out", "the_worker_dies", "stop_and_go", "an_hour_passes", "ask_for_more",
            "delete_what_is_being_sent", "have_it_back"]  # fmt: skip
prices = st.sampled_from([None, 0, 24])
task_ids = st.sampled_from(["n1", "n2", "n3"])


def kind_of(row):
    if row.status == "queued":
        return "submit"
    return "other" if row.asks_for_other else "poll"


class Life(RuleBasedStateMachine):
    """A few takes, and what replaces them; workers that die or wake up late; a person on an old page.

    `old` are instances from some time ago: nothing may depend on what they know.
    """

    @initialize()
    def begin(self):
        for model in (Generation, Connection):
            model.objects.all().delete()
        self.old = ask(2)
        self.jobs = []
        self.posts = {}  # generation: POSTs that may have arrived
        self.answered = {}  # generation: the task id that the provider gave
        self.seen = {}

    def all(self):
        return Generation.objects.order_by("pk")

    # The worker -------------------------------------------------------------------------------------------------------

    @rule()
    def claim(self):
        found = claim(ACCOUNT, 7, 4, 2, Limits(10, 0, CLAIM))
        self.jobs += found if isinstance(found, list) else []

    @rule()
    def claim_and_send(self):
        before = len(self.jobs)
        self.claim()
        for job in self.jobs[before:]:
            if kind_of(job.generation) == "submit":
                self.send(job)

    def send(self, job):
        if job.generation.begin_submit(job.token, CLAIM):
            self.posts.setdefault(job.generation.pk, []).append(job)

    @precondition(lambda self: self.unanswered)
    @rule(price=prices)
    def accept(self, price):
        pk = self.unanswered[-1]
        self.answered[pk] = f"paid{pk}"
        self.posts[pk][-1].generation.accept(f"paid{pk}", ago(seconds=1), credits=price)

    def jobs_for(self, kind):
        """Claims for one kind of step, as the worker tells them apart, the last few."""
        return [job for job in self.jobs if kind_of(job.generation) == kind][-4:]

    @precondition(lambda self: self.jobs_for("submit"))
    @rule(data=st.data())
    def begin_submit(self, data):
        self.send(data.draw(st.sampled_from(self.jobs_for("submit"))))

    @property
    def unanswered(self):
        return [pk for pk, jobs in self.posts.items() if jobs and pk not in self.answered]

    @precondition(lambda self: self.unanswered)
    @rule(data=st.data(), how=st.sampled_from(["accept", "refuse", "requeue", "hold", "lose"]), price=prices)
    def answer(self, data, how, price):
        """The answer to a POST, on time or long after its claim was lost; there is one answer to each."""
        pk = data.draw(st.sampled_from(self.unanswered))
        job = self.posts[pk][-1]
        row, token = job.generation, job.token
        if how == "accept":
            self.answered[pk] = f"paid{pk}"
            row.accept(f"paid{pk}", ago(seconds=1), credits=price)
        elif how == "lose":
            row.lose_answer("No answer", token=token)
        elif how == "refuse":
            self.answered[pk] = ""
            row.refuse("Bad prompt", "")
        else:
            self.posts[pk].pop()  # it certainly was not taken
            row.requeue(token, "Not taken", -CLAIM, held="credits" if how == "hold" else "")

    @precondition(lambda self: self.jobs_for("other"))
    @rule(data=st.data(), state=st.sampled_from(["running", "succeeded", "failed"]))
    def other_polled(self, data, state):
        job = data.draw(st.sampled_from(self.jobs_for("other")))
        job.generation.record_other_task(job.token, ago(seconds=1), state, "https://cdn.test/b.mp4")

    @precondition(lambda self: self.jobs_for("poll") or self.all().filter(status="running", due_at__lt=ago()).exists())
    @rule(data=st.data(), how=st.sampled_from(["run", "done", "fail", "404", "none", "no link"]), price=prices)
    def polled(self, data, how, price):
        self.claim()
        job = data.draw(st.sampled_from(self.jobs_for("poll")))
        row, token, due = job.generation, job.token, ago(seconds=1)
        if how == "run":
            row.record_running(token, due, word="processing", raw="", credits=price)
        elif how == "done":
            row.succeed(token, "https://cdn.test/a.mp4", credits=price, raw="", word="completed")
        elif how == "fail":
            row.fail(token, "", credits=price, raw="", word="failed")
        elif how == "404":
            row.record_unknown_task(token, due, tolerated=-CLAIM, raw="")
        elif how == "no link":
            row.record_no_link(token, due, word="completed", raw="")
        else:
            row.record_failed_poll(token, due)

    def claims_run_out(self):
        self.all().filter(due_at__isnull=False).update(due_at=ago(seconds=1))

    def the_worker_dies(self):
        Generation.objects.all().release_claims_of(7)

    # The user ---------------------------------------------------------------------------------------------------------

    def page(self, data, status):
        """An instance that shows this status, as it is now or as it was when the page came."""
        seen = [row for row in self.old if row.status == status]
        now = list(self.all().filter(status=status))
        self.old = [*self.old[-12:], *now]
        return data.draw(st.sampled_from(seen + now)) if seen + now else None

    @rule(data=st.data(), way=st.sampled_from(["close_as_never_arrived", "write_off", "resend", "give"]), id=task_ids)
    def click_on_an_unconfirmed_one(self, data, way, id):
        row = self.page(data, "unconfirmed")
        if row:
            row.give_task_id(id) if way == "give" else getattr(row, way)()

    @rule(data=st.data(), way=st.sampled_from(["take_back_task_id", "give_up"]))
    def click_on_a_running_one(self, data, way):
        row = self.page(data, "running")
        if row:
            getattr(row, way)()

    @precondition(lambda self: Generation.objects.filter(status="queued").count() > 2)
    @rule(data=st.data())
    def cancel(self, data):
        self.page(data, "queued").cancel()

    def delete_what_is_being_sent(self):
        throw_away(self.all().filter(status="submitting"))

    def have_it_back(self):
        restore(self.all())

    @rule(data=st.data(), status=st.sampled_from(["closed", "canceled"]))
    def undo(self, data, status):
        row = self.page(data, status)
        if row:
            row.undo()

    def ask_for_more(self):
        self.old += ask()

    def stop_and_go(self):
        ACCOUNT.pause("key", "Wrong key")
        ACCOUNT.resume()
        Generation.objects.all().release()

    def an_hour_passes(self):
        self.all().filter(status="queued").update(asked_at=ago(hours=2))
        self.claim()
        Generation.objects.all().release()

    @rule(what=st.sampled_from(TROUBLES))
    def trouble(self, what):
        getattr(self, what)()

    # What holds at all times ------------------------------------------------------------------------------------------

    @invariant()
    def the_history_is_an_unbroken_chain_of_arrows(self):
        for row in self.all():
            events = story(row)
            assert events[0] == ("", "queued")
            assert events[-1][1] == row.status
            for (_, before), (source, to) in pairwise(events):
                assert source == before
                assert source == to or (source, to) in EDGES, events

    @invariant()
    def the_money_fits_the_state(self):
        for row in self.all():
            assert row.charged in CHARGED[row.status], columns(row)
            assert row.money
            assert row.charged != "yes" or row.credits or row.status == "succeeded"

    @invariant()
    def nothing_that_was_deleted_waits_to_be_sent(self):
        assert not self.all().filter(status="queued", deleted_at__isnull=False).exists()

    @invariant()
    def at_most_one_post_may_have_arrived(self):
        assert all(len(jobs) <= 1 for jobs in self.posts.values())

    @invariant()
    def no_task_id_that_was_paid_for_is_ever_forgotten(self):
        for pk, task_id in self.answered.items():
            row = Generation.objects.get(pk=pk)
            if task_id and not (row.status == "closed" and row.task_id == task_id):
                assert task_id in (row.task_id, row.other_task_id), columns(row)

    @invariant()
    def what_the_worker_owes_is_due_and_nothing_else(self):
        for row in self.all():
            owed = row.is_unfinished and not row.held
            assert not row.undo_until or row.status in ("closed", "canceled")
            assert bool(row.due_at) == owed, columns(row)
            assert not row.held or row.status == "queued"

    @invariant()
    def what_replaces_a_take_and_what_it_replaces_are_not_both_under_way(self):
        """But for a late answer, which brings back the old one whatever a person has decided."""
        for new in self.all().exclude(replaces=None).select_related("replaces"):
            old = new.replaces
            assert old.status == "closed" or old.task_id or old.pk in self.answered, (columns(old), columns(new))

    @invariant()
    def a_take_is_replaced_once_and_revisions_only_grow(self):
        for row in self.all():
            assert row.revision >= self.seen.get(row.pk, 0)
            self.seen[row.pk] = row.revision


# Shrinking goes through the database again and again: leave out what takes minutes to explain.
SETTINGS = settings(max_examples=8, stateful_step_count=50, deadline=None, phases=[Phase.reuse, Phase.generate])


@pytest.mark.django_db
def test_no_path_breaks_the_diagram(caplog):
    caplog.set_level(logging.CRITICAL)
    stateful.run_state_machine_as_test(Life, settings=SETTINGS)

"""Between the commit that a POST is about to leave and the POST itself."""

import time

from django.db import OperationalError

from studio.generations.claim import Limits, claim
from studio.generations.models import Generation
from studio.worker.steps import Steps
from tests.rows import CLAIM, ago, put

FREE = Limits(1000, 0, CLAIM)


def test_a_worker_that_slept_past_its_claim_sends_nothing_on_waking(studio, monkeypatch):
    row = studio.ask()
    begin = Steps.begin_submit

    def begin_and_sleep(steps, job):
        begun = begin(steps, job)
        put(row, due_at=ago(seconds=1))  # meanwhile the claim runs out, and another takes over
        claim(studio.state, 999, 20, 10, FREE)
        assert Generation.objects.get(pk=row.pk).status == "unconfirmed"
        time.sleep(0.4)
        return begun

    monkeypatch.setattr(Steps, "begin_submit", begin_and_sleep)
    studio.start(claim=1)
    known = studio.until(row, status="failed")
    assert (known.charged, studio.api.prompts.total()) == ("no", 0)
    assert "took too long" in known.message


def test_what_was_not_sent_since_the_database_broke_off_goes_again(studio, monkeypatch):
    """Whether `submitting` was committed is not known then; that nothing left is."""
    begin, broken = Generation.begin_submit, []

    def begin_and_break(row, *arguments):
        done = begin(row, *arguments)
        if not broken:
            broken.append(row.pk)
            raise OperationalError("the connection broke after the commit")
        return done

    monkeypatch.setattr(Generation, "begin_submit", begin_and_break)
    row = studio.ask()
    studio.start()
    assert studio.until(row, status="succeeded").attempts == 1
    assert broken
    assert studio.api.prompts == {"a wave": 1}

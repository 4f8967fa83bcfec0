"""What a step costs the database: a poll that brings nothing new is one statement."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from studio import clock
from studio.generations.claim import Limits, claim
from studio.generations.connections import Connection
from studio.generations.models import Generation
from tests.rows import ACCOUNT, API, CLAIM, TOKEN, again, ago, ask, claimed, in_status, put, soon

pytestmark = pytest.mark.django_db
FREE, BOUND = Limits(1000, 0, CLAIM), Limits(1000, 1000, CLAIM)


class Statements(CaptureQueriesContext):
    """The statements inside, without those that open and close a transaction."""

    def __init__(self):
        super().__init__(connection)
        clock.now()  # a server is asked for the time now and then, not for each step

    @property
    def said(self):
        found = [query["sql"] for query in self.captured_queries]
        return [sql for sql in found if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


@pytest.mark.parametrize("note", [
    lambda row: row.record_running(TOKEN, soon(), word="processing", raw="{}", credits=None),
    lambda row: row.record_failed_poll(TOKEN, soon()),
    lambda row: row.record_unknown_task(TOKEN, soon(), tolerated=timedelta(minutes=1), raw=""),
])  # fmt: skip
def test_a_poll_without_news_is_one_statement_and_no_transaction(note):
    row = claimed(in_status("running"))
    with Statements() as statements:
        assert note(row)
    assert len(statements.captured_queries) == 1


@pytest.mark.parametrize(("limits", "most"), [(FREE, 4), (BOUND, 5)])
@pytest.mark.parametrize("count", [1, 20])
def test_a_claim_takes_as_many_statements_for_twenty_polls_as_for_one(limits, most, count):
    Connection.of(API)
    for _ in range(count):
        put(in_status("running", credits=24), due_at=ago(seconds=1), last_answer="x" * 1000)
    with Statements() as statements:
        jobs = claim(ACCOUNT, 7, 20, 10, limits)
    assert len(jobs) == count
    assert len(statements.said) == most
    assert not any('"last_answer"' in sql for sql in statements.said)


def test_the_rows_of_one_claim_share_a_token_and_each_gives_back_only_itself():
    for row in ask(2):
        assert row.status == "queued"
    first, second = claim(ACCOUNT, 7, 20, 10, FREE)
    assert first.token == second.token
    assert first.generation.begin_submit(first.token, CLAIM)
    assert first.generation.refuse("Bad prompt", "")
    assert again(second.generation).claim_token == second.token
    assert again(second.generation).status == "queued"


def test_the_steps_of_a_claim_look_nothing_up():
    ask()
    put(in_status("running"), due_at=ago(seconds=1))
    send, poll = claim(ACCOUNT, 7, 20, 10, FREE)
    with Statements() as statements:
        assert send.generation.request["model"] == "ltx-2"
        assert not poll.generation.asks_for_other
    assert statements.said == []
    with Statements() as statements:
        assert poll.generation.record_running(poll.token, soon(), word="processing", raw="{}", credits=None)
    assert len(statements.said) == 1
    put(poll.generation, claim_token=poll.token)
    with Statements() as statements:
        assert poll.generation.succeed(poll.token, "https://cdn.test/a.mp4", credits=None, raw="{}", word="done")
    assert len(statements.said) == 2
    with Statements() as statements:
        assert send.generation.begin_submit(send.token, CLAIM)
    assert len(statements.said) == 4  # the change and its line of history, and one more that was sent
    with Statements() as statements:
        assert send.generation.accept("n7_ltx2", soon())
    assert len(statements.said) == 3


@pytest.mark.parametrize("query", [
    lambda: Generation.objects.filter(task_id="n1"),
    lambda: Generation.objects.exclude(other_task_id="").filter(other_task_id="n1"),
    lambda: Generation.objects.due(ACCOUNT, ago(seconds=0)).order_by().values_list("status", flat=True).distinct(),
])  # fmt: skip
def test_what_is_asked_while_others_wait_does_not_read_the_whole_history(query):
    if connection.vendor != "sqlite":
        pytest.skip("with so few rows PostgreSQL uses no index")
    assert "SCAN" not in query().explain()

"""What the data folder remembers to have sent, and what follows where the database knows less."""

from datetime import timedelta

import pytest

from studio.generations.connections import Connection, Mark
from studio.generations.models import Generation
from studio.generations.rewound import forgotten
from studio.providers.base import Accepted
from studio.worker import sent_log as module
from studio.worker.sent_log import KEPT_DAYS, SentLog
from tests.rows import ACCOUNT, API, CLAIM, TOKEN, again, ago, ask, claimed, put

pytestmark = pytest.mark.django_db
ANSWER = Accepted("n9_ltx2", "IN_PROGRESS", 24, "{}")
FIRST_POLL = timedelta(seconds=5)


@pytest.fixture
def memory(tmp_path):
    memory = SentLog(tmp_path / "sent", ACCOUNT, FIRST_POLL)
    memory.look()
    return memory


def begun_anew(memory):
    found = SentLog(memory.folder, ACCOUNT, FIRST_POLL)
    found.look()
    return found


def send(memory):
    row = claimed(ask()[0])
    mark = row.begin_submit(TOKEN, CLAIM, memory.known)
    memory.begin(row, mark)
    return row


def rolled_back(row):
    """The row and the count as they were before it was sent."""
    Connection.objects.filter(name=API).update(sends=0, era=0)
    return put(row, status="queued", submitted_at=None, charged="no", claim_token="", task_id="", held="")


def test_nothing_is_new_where_nothing_went_back(memory):
    row = send(memory)
    memory.answered(row, ANSWER)
    row.accept("n9_ltx2", row.created_at)
    memory.look()
    begun_anew(memory)
    state = Connection.of(API)
    assert (state.paused, state.mark, memory.known) == ("", Mark(0, 1), Mark(0, 1))
    assert again(row).events.count() == 3


@pytest.mark.parametrize("restarted", [False, True])
def test_a_lower_count_holds_what_waits_and_nothing_is_sent(memory, restarted):
    row = send(memory)
    memory.settle(row)  # so that the row itself tells nothing
    waiting = rolled_back(row)
    assert claimed(waiting).begin_submit(TOKEN, CLAIM, memory.known) is None
    begun_anew(memory) if restarted else memory.look()
    assert (again(row).status, again(row).held, again(row).due_at) == ("queued", "older", None)
    state = Connection.of(API)
    assert (state.paused, state.message) == ("older", "It knows of 0 requests, and 1 were sent.")
    ACCOUNT.resume()
    Generation.objects.are_held().release()
    memory.look()
    begun_anew(memory)
    assert (Connection.of(API).paused, again(row).held) == ("", "")


def test_another_who_knows_more_gives_no_second_alarm_for_the_same(memory, tmp_path):
    other = SentLog(tmp_path / "other", ACCOUNT, FIRST_POLL)
    for _ in range(3):
        memory.settle(send(memory))
    other.look()
    memory.settle(rolled_back(send(memory)))
    other.look()
    ACCOUNT.resume()
    memory.look()
    assert Connection.of(API).paused == ""


def test_one_who_meets_a_row_that_it_has_sent_does_not_send_it_whatever_the_count_says(memory):
    row = send(memory)
    before = Connection.of(API).mark
    rolled_back(row)
    Connection.objects.filter(name=API).update(sends=before.sends)
    assert memory.contradicts(again(row))
    memory.alarm()
    assert (again(row).status, Connection.of(API).paused) == ("unconfirmed", "older")


def test_what_another_process_found_not_to_be_taken_may_be_sent_again(memory):
    row = send(memory)
    other = begun_anew(memory)
    put(row, status="queued")
    assert other.contradicts(row)
    memory.settle(row)
    assert not other.contradicts(row)
    assert not begun_anew(memory).contradicts(row)


def test_what_another_process_settles_just_then_is_no_alarm(memory, monkeypatch):
    """Between the look into the files and that at the row: it was turned away, and waits again."""
    row = send(memory)
    other, asked = SentLog(memory.folder, ACCOUNT, FIRST_POLL), []

    def turned_away(sent):
        found = list(sent)
        if not asked:
            asked.append(True)
            memory.settle(row)
            assert row.requeue(TOKEN, "Too many requests", CLAIM)
        return forgotten(found)

    monkeypatch.setattr(module, "forgotten", turned_away)
    other.look()
    assert asked
    assert (again(row).status, again(row).held, Connection.of(API).paused) == ("queued", "", "")


def test_what_another_process_sends_while_this_one_begins_is_no_alarm(memory, monkeypatch):
    """Between the question to the database and the look into the files."""
    other, load = SentLog(memory.folder, ACCOUNT, FIRST_POLL), SentLog._load

    def loaded(self, database):
        send(memory)
        return load(self, database)

    monkeypatch.setattr(SentLog, "_load", loaded)
    other.look()
    assert (Connection.of(API).paused, other.known) == ("", Mark(0, 1))


def test_one_who_wakes_up_with_an_old_claim_gives_no_alarm_for_what_another_sent_meanwhile(memory):
    old = claimed(ask()[0])
    other = begun_anew(memory)
    new = put(again(old), claim_token="8:new")  # noqa: S106 - no password
    other.begin(new, new.begin_submit("8:new", CLAIM))
    memory.sent = set(other.sent)
    assert not memory.contradicts(old)


def test_an_answer_to_a_row_that_is_gone_or_another_s_has_a_row_again(memory):
    row = send(memory)
    created_at = row.created_at
    memory.answered(row, ANSWER)
    put(row, created_at=ago(days=1), prompt="another")  # whose id it is by now
    row.created_at = created_at
    assert not row.accept("n9_ltx2", row.created_at)
    assert memory.recall(row, ANSWER)
    found = Generation.objects.get(task_id="n9_ltx2")
    assert (found.status, found.prompt, found.created_at) == ("running", "a wave", row.created_at)
    assert not memory.recall(row, ANSWER)
    begun_anew(memory)
    assert Generation.objects.filter(prompt="a wave").count() == 1
    assert Connection.of(API).paused == ""


def test_a_line_that_was_cut_off_hides_no_other(memory):
    first = send(memory)
    (path,) = memory.folder.glob("*/*.jsonl")
    with path.open("a") as file:
        file.write('{"take": 7, "mar')
    second = send(memory)
    found = begun_anew(memory)
    assert found.known == Mark(0, 2)
    assert found.sent == {(row.pk, row.created_at.isoformat()) for row in (first, second)}
    assert path.stat().st_mode & 0o777 == 0o600


def test_old_days_go_and_the_mark_stays(memory):
    row = send(memory)
    (path,) = memory.folder.glob("*/*.jsonl")
    for day in range(1, KEPT_DAYS + 5):
        path.with_name(f"2020-01-{day:02}.jsonl").write_text("{}")
    path.unlink()
    memory.answered(row, ANSWER)
    assert len(list(memory.folder.glob("*/*.jsonl"))) == KEPT_DAYS
    assert begun_anew(memory).known == Mark(0, 1)


def test_what_cannot_be_remembered_is_not_sent(memory, tmp_path):
    row = claimed(ask()[0])
    mark = row.begin_submit(TOKEN, CLAIM)
    memory.folder = tmp_path / "file"
    memory.folder.write_text("")
    with pytest.raises(OSError, match="Not a directory"):
        memory.begin(row, mark)

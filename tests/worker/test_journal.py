"""An answer is on disk before the database hears of it, and leads to its take whatever happens in between."""

import json
import os
import stat
import time
from datetime import timedelta

import pytest

from studio.generations.models import Generation
from studio.providers.base import Accepted
from studio.worker.journal import Journal
from tests.rows import TOKEN, again, ask, claimed, columns, in_status, put, soon, story

pytestmark = pytest.mark.django_db
ANSWER = Accepted("n9_ltx2", "IN_PROGRESS", 24, '{"code":200}')
POLL = timedelta(seconds=5)


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "answers")


def sent():
    row = claimed(ask()[0])
    assert row.begin_submit(TOKEN, timedelta(seconds=90))
    return row


def files(journal):
    return sorted(os.listdir(journal.folder))


def test_the_file_is_whole_and_for_nobody_else(journal):
    row = sent()
    path = journal.keep(row, ANSWER)
    assert files(journal) == [path.name]
    assert json.loads(path.read_text())["answer"]["task_id"] == "n9_ltx2"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.folder.stat().st_mode) == 0o700
    journal.forget(path)
    journal.forget(path)
    assert files(journal) == []


@pytest.mark.parametrize("status", ["submitting", "unconfirmed", "closed"])
def test_what_a_dead_process_left_is_written_down(journal, status):
    row = sent()
    if status != "submitting":
        row.lose_answer("The studio stopped while this was being sent.", token=TOKEN)
    if status == "closed":
        row.write_off()
    journal.keep(row, ANSWER)
    journal.replay(POLL)
    after = again(row)
    assert (after.status, after.task_id, after.credits, after.last_answer) == ("running", "n9_ltx2", 24, '{"code":200}')
    assert soon(3) < after.due_at < soon(7)
    assert story(row)[-1] == (status, "running")
    assert files(journal) == []


def test_what_the_database_has_already_changes_nothing(journal):
    row = sent()
    journal.keep(row, ANSWER)
    row.accept("n9_ltx2", soon())
    before = columns(row)
    journal.replay(POLL)
    assert columns(row) == before
    assert files(journal) == []


def test_a_second_task_id_is_kept_beside_the_one_that_was_given(journal):
    row = sent()
    row.lose_answer("No answer", token=TOKEN)
    row.give_task_id("n1_ltx2")
    journal.keep(row, ANSWER)
    journal.replay(POLL)
    assert (again(row).task_id, again(row).other_task_id) == ("n1_ltx2", "n9_ltx2")


def other_moment(row):
    put(row, submitted_at=soon(-60))


def other_request(row):
    put(row, digest="another")


@pytest.mark.parametrize("change", [other_moment, other_request, Generation.delete])
def test_an_answer_to_no_take_that_is_there_is_put_aside_and_named(journal, caplog, change):
    row = sent()
    path = journal.keep(row, ANSWER)
    change(row)
    journal.replay(POLL)
    journal.replay(POLL)
    assert files(journal) == [path.with_suffix(".aside").name]
    assert not Generation.objects.filter(status="running").exists()
    assert caplog.text.count(path.name) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"generation": 1, "digest": 2, "submitted_at": null}'])
def test_a_file_that_cannot_be_read_is_put_aside_and_stops_no_other(journal, text):
    row = sent()
    journal.keep(row, ANSWER)
    broken = journal.folder / "0-broken.json"
    broken.write_text(text)
    journal.replay(POLL)
    assert again(row).status == "running"
    assert files(journal) == ["0-broken.aside"]


def test_a_draft_that_nobody_finished_is_read_after_a_while(journal):
    row = sent()
    path = journal.keep(row, ANSWER)
    draft = path.rename(path.with_suffix(".draft"))
    journal.replay(POLL)
    assert again(row).status == "submitting"
    os.utime(draft, (time.time() - 61,) * 2)
    journal.replay(POLL)
    assert again(row).status == "running"
    assert files(journal) == []


def test_a_folder_that_cannot_be_written_is_logged_with_the_task_id(tmp_path, caplog):
    (tmp_path / "answers").write_text("not a folder")
    journal = Journal(tmp_path / "answers")
    assert journal.keep(sent(), ANSWER) is None
    assert "task_id=n9_ltx2" in caplog.text
    journal.forget(None)
    journal.replay(POLL)


def test_the_answer_of_a_take_that_was_taken_up_long_ago_is_not_read_into_another(journal):
    row = in_status("running")
    journal.keep(again(row), ANSWER)
    journal.replay(POLL)
    assert (again(row).task_id, again(row).other_task_id) == (row.task_id, "n9_ltx2")

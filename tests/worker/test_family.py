"""A worker and a provider that speaks every form that has been seen, between them a real socket."""

import pytest

from studio.generations.models import Generation
from tests.provider.servers import reply
from tests.rows import again, put

from . import family
from .api import DONE, RUNNING, accepted


def ok(body):
    return reply(200, body)


def by_task(studio, answers):
    """A take for each answer, asked for one by one so that each has a task of its own."""
    studio.api.on_poll(RUNNING)
    studio.api.on_post(*(accepted(f"n{number}") for number in range(len(answers))))
    studio.api.by_task |= {f"n{number}": answer for number, answer in enumerate(answers)}
    studio.ask("a wave", len(answers))
    studio.start(most=100)
    studio.until_true(lambda: Generation.objects.exclude(task_id="").count() == len(answers))
    return {row.task_id: row for row in Generation.objects.all()}


def answers_of(rows, answers):
    return [(rows[f"n{number}"], answer) for number, answer in enumerate(answers)]


@pytest.mark.parametrize("created", family.CREATED)
def test_every_form_of_being_accepted_is_followed_to_its_end(studio, created):
    studio.api.on_post(ok(created))
    studio.api.on_poll(ok(family.running()[0]), DONE)
    row = studio.ask()
    studio.start()
    assert studio.until(row, status="succeeded").task_id == family.TASK
    assert studio.api.prompts == {"a wave": 1}


def test_every_form_of_being_done_brings_the_video(studio):
    bodies = family.finished()
    rows = by_task(studio, [ok(body) for body in bodies])
    for row, body in answers_of(rows, bodies):
        assert studio.until(row, status="succeeded").video_url == family.LINK, body


def test_every_form_of_being_over_says_why(studio):
    bodies = family.over()
    rows = by_task(studio, [ok(body) for body in bodies])
    for row, body in answers_of(rows, bodies):
        assert studio.until(row, status="failed").message == "Bad face", body


def test_every_form_of_being_at_work_is_waited_for(studio):
    bodies = family.running()
    rows = by_task(studio, [ok(body) for body in bodies])
    studio.until_true(lambda: all(studio.api.asked[task] >= 3 for task in rows))
    for row, body in answers_of(rows, bodies):
        stored = Generation.objects.get(pk=row.pk)
        assert (stored.status, stored.late_since) == ("running", None), body
    studio.api.by_task.clear()
    studio.api.on_poll(DONE)
    for row in rows.values():
        studio.until(row, status="succeeded")


@pytest.mark.parametrize(("status", "body"), family.REFUSALS)
def test_every_form_of_a_refusal_says_why_and_costs_nothing(studio, status, body):
    studio.api.on_post(reply(status, body))
    row = studio.ask()
    studio.start()
    refused = studio.until(row, status="failed")
    assert (refused.charged, "Bad face" in refused.message) == ("no", True)
    assert studio.api.prompts == {"a wave": 1}


def test_a_link_that_is_not_going_to_be_kept_is_tried_before_a_page_leads_there(studio, settings):
    settings.STUDIO_KEEP_VIDEOS = False
    inside = ok(family.enveloped({"status": "completed", "video_url": "http://192.168.1.1/reboot?x=1"}))
    rows = by_task(studio, [inside, DONE])
    for row in rows.values():
        done = studio.until(row, status="succeeded")
        assert (done.keeping, done.video_is_public, done.link) == ("off", False, "")
    put(done, video_is_public=True)
    assert again(done).link_state == ("open" if "cdn" in done.video_url else "inside")

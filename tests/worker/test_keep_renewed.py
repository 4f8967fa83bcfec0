"""A link that died is replaced by a fresh one, for which the provider is asked once, and free."""

import pytest

from tests.media.video_server import saying
from tests.provider.servers import reply
from tests.rows import again, ago, put

from .api import MISSING, error, task
from .keeping import keeping_studio

DEAD = [401, 403, 404, 410]


@pytest.fixture
def studio(transactional_db, tmp_path, settings):
    with keeping_studio(tmp_path, settings) as studio:
        yield studio


def fresh(studio, path="/a.mp4?sign=new"):
    studio.shop.files[path] = studio.shop.files["/a.mp4"]
    studio.api.on_poll(task("completed", video_url=studio.shop.url(path)))
    return studio.shop.url(path)


def dead(studio, status, count=99):
    """The old link answers with this from now on."""
    studio.shop.files["/old.mp4"] = b""
    good = studio.shop.answer

    def answer(peer, request):
        (saying(status) if request.path == "/old.mp4" else good)(peer, request)

    studio.shop.answer = answer


def tried(studio, row, times):
    """So many tries are over."""
    studio.until(row, keep_attempts=times, keep_token="")


def paths(studio):
    return [request.path for request in studio.shop.requests]


@pytest.mark.parametrize("status", DEAD)
def test_the_provider_gives_a_fresh_link_at_the_first_try(studio, status):
    dead(studio, status)
    link = fresh(studio)
    row = studio.finished("/old.mp4")
    studio.start(unit=600)
    kept = studio.kept(row)
    assert (kept.video_url, kept.keep_attempts) == (link, 1)
    assert paths(studio) == ["/old.mp4", "/a.mp4?sign=new"]
    assert studio.api.asked[row.task_id] == 1
    assert "fresh one" in kept.events.last().why
    assert studio.content(row) == studio.shop.files["/a.mp4"]


@pytest.mark.parametrize("status", DEAD)
def test_a_video_that_was_given_up_is_fetched_by_its_fresh_link_when_asked_for(studio, status):
    dead(studio, status)
    fresh(studio)
    row = studio.finished("/old.mp4", keeping="failed", keep_due_at=None, finished_at=ago(days=9))
    studio.start(unit=600)
    assert again(row).keep_now()
    assert studio.kept(row).video_url.endswith("new")


def test_a_link_that_died_after_a_server_in_trouble_is_renewed_by_the_next_worker(studio):
    studio.shop.turns.extend([saying(503), saying(503)])
    dead(studio, 403)
    row = studio.finished("/old.mp4")
    studio.start(unit=600)
    tried(studio, row, 1)
    put(row, keep_due_at=ago(seconds=1))
    tried(studio, row, 2)
    assert studio.api.asked[row.task_id] == 0
    studio.stop()
    fresh(studio)
    put(row, keep_due_at=ago(seconds=1))
    studio.start(unit=600)
    assert studio.kept(row).keep_attempts == 3


def test_each_try_asks_once_and_a_fresh_link_that_is_dead_too_waits_for_the_next(studio):
    """Never in circles: the provider may renew it for ever."""
    numbers = iter(range(99))

    def renewed(peer):
        peer.send(task("completed", video_url=studio.shop.url(f"/{next(numbers)}.mp4")))

    studio.api.on_poll(renewed)
    studio.shop.answer = lambda peer, request: saying(403)(peer, request)
    row = studio.finished("/old.mp4")
    studio.start(unit=600)
    tried(studio, row, 1)
    assert paths(studio) == ["/old.mp4", "/0.mp4"]
    put(row, keep_due_at=ago(seconds=1))
    tried(studio, row, 2)
    assert paths(studio) == ["/old.mp4", "/0.mp4", "/old.mp4", "/1.mp4"]
    assert studio.api.asked[row.task_id] == 2
    assert again(row).keeping == "pending"


@pytest.mark.parametrize("answer", [
    MISSING, task("processing"), task("failed"), task("completed"), "same",
])  # fmt: skip
def test_what_is_gone_for_good_stays_so_where_the_provider_has_no_other_link(studio, answer):
    dead(studio, 410)
    row = studio.finished("/old.mp4")
    studio.api.on_poll(task("completed", video_url=row.video_url) if answer == "same" else answer)
    studio.start(unit=600)
    failed = studio.until(row, keeping="failed")
    assert "410 (gone)" in failed.keep_why
    assert (paths(studio), studio.api.asked[row.task_id]) == (["/old.mp4"], 1)


@pytest.mark.parametrize("answer", [error(500), error(429), reply(200, b"<html>"), error(401)])
def test_what_is_gone_is_asked_for_again_where_the_provider_does_not_say_now(studio, answer):
    dead(studio, 410)
    studio.api.on_poll(answer)
    row = studio.finished("/old.mp4")
    studio.start(unit=600)
    tried(studio, row, 1)
    assert again(row).keeping == "pending"
    fresh(studio)
    put(row, keep_due_at=ago(seconds=1))
    assert studio.kept(row).video_url.endswith("new")


def test_a_fresh_link_that_brings_nothing_does_not_replace_one_that_may_come_back(studio):
    studio.shop.turns.extend(saying(404) for _ in range(3))
    studio.api.on_poll(task("completed", video_url="https://nowhere.invalid/a.mp4"))
    row = studio.finished()
    studio.start()
    assert studio.kept(row).video_url == studio.shop.url()


def test_where_the_old_link_is_gone_for_good_the_fresh_one_is_tried_until_it_comes(studio):
    dead(studio, 410)
    link = fresh(studio)
    good, tries = studio.shop.answer, []

    def slow_to_come(peer, request):
        tries.append(request.path)
        (saying(503) if request.path != "/old.mp4" and len(tries) < 6 else good)(peer, request)

    studio.shop.answer = slow_to_come
    row = studio.finished("/old.mp4")
    studio.start()
    assert studio.kept(row).video_url == link


def test_another_provider_is_not_asked_about_a_task_of_this_one(studio):
    dead(studio, 403)
    fresh(studio)
    row = studio.finished("/old.mp4", provider="https://other.test/api/v1", url="https://127.0.0.1/a.mp4")
    studio.start(unit=600)
    studio.until(row, keeping="failed")
    assert studio.api.asked.total() == studio.api.asked["dailies-key-check"]


def test_an_echo_of_what_was_sent_is_no_fresh_link(studio):
    dead(studio, 403)
    row = studio.finished("/old.mp4", request={"type": "control", "video": studio.shop.url("/a.mp4")})
    studio.api.on_poll(task("completed", video_url=studio.shop.url("/a.mp4")))
    studio.start(unit=600)
    tried(studio, row, 1)
    assert paths(studio) == ["/old.mp4"]

"""Nothing is lost when the page, the studio or the provider changes in the middle of a take."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import asks, becomes, card, plays, ready, rows


@pytest.fixture(autouse=True)
def the_studio_goes_away(allowed_errors: list[str]) -> None:
    allowed_errors.append("ERR_CONNECTION|ERR_EMPTY_RESPONSE|htmx:sendError|htmx:afterRequest")


def test_a_reload_while_it_renders_loses_nothing(studio: Studio, page: Page) -> None:
    page.goto(studio.url)
    take = becomes(asks(page, "Reloaded", seconds=5), "running")
    page.reload()
    expect(page.locator(".take")).to_have_count(1)
    plays(ready(take))
    assert len(rows(studio)) == 1


def test_after_a_kill_in_the_middle_everything_goes_on_by_itself(studio: Studio, page: Page) -> None:
    studio.restart(LTX2_MAX_RUNNING="2")
    page.goto(studio.url)
    for number in range(3):
        asks(page, f"Killed {number}", seconds=5)
    becomes(card(page, 1), "running")
    studio.kill()
    expect(page.locator("#notice .trouble")).to_contain_text("The studio does not answer.")
    studio.start()
    expect(page.locator(".trouble")).to_have_count(0)
    for number in range(3):
        ready(card(page, number))
    plays(card(page, 2).locator("video"))
    stored = rows(studio)
    assert [row["status"] for row in stored] == ["succeeded"] * 3
    tasks = list((studio.data_dir / "sandbox" / "tasks").glob("*.json"))
    assert len(tasks) == 3, "each was sent once"


class Counting(BaseHTTPRequestHandler):
    """A paid API that only counts what is asked of it."""

    posts: list[dict[str, object]]

    def do_POST(self) -> None:
        self.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(200, {"code": 200, "data": {"task_id": f"n50{len(self.posts)}_ltx2", "status": "IN_PROGRESS"}})

    def do_GET(self) -> None:
        if self.path.rpartition("/")[2].endswith("_ltx2"):
            self._answer(200, {"code": 200, "data": {"status": "IN_PROGRESS"}})
        else:
            self._answer(404, {"error": {"code": 404, "message": "Task not found", "type": "not_found"}})

    def _answer(self, status: int, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def paid_api() -> Iterator[ThreadingHTTPServer]:
    Counting.posts = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_with_a_key_no_test_take_is_ever_sent(studio: Studio, page: Page, paid_api: ThreadingHTTPServer) -> None:
    studio.restart(LTX2_MAX_RUNNING="1")
    page.goto(studio.url)
    ready(asks(page, "A test clip", seconds=5))
    becomes(asks(page, "A test clip that renders [slow]", seconds=5), "running")
    becomes(asks(page, "A test clip that waits", seconds=5), "queued")
    studio.restart(LTX2_API_KEY="aio_counted", LTX2_API_BASE=f"http://127.0.0.1:{paid_api.server_port}/api/v1")

    page.goto(studio.url)
    expect(page.locator("#generate")).to_have_text("Generate · 20 credits")
    expect(page.locator(".sandbox")).to_have_count(0)
    expect(page.locator(".sample")).to_have_count(0)
    page.fill("#id_takes", "4")
    expect(page.locator("#generate")).to_have_text("Generate 4 takes · 80 credits")
    paid = asks(page, "A paid take", seconds=5)
    becomes(paid, "running")
    expect(paid.locator(".money")).to_have_text("About 20, charge not reported")
    expect(page.locator("#today")).to_contain_text("1 take · ≈ 20 credits · 3 test takes, free")
    for number in (1, 2, 3):
        expect(card(page, number).locator(".money")).to_contain_text("Test clip · free")
    expect(card(page, 1).locator(".story")).to_contain_text("another provider")
    plays(card(page, 3).locator("video"))
    assert [post["prompt"] for post in Counting.posts] == ["A paid take"]
    assert "aio_counted" not in page.content() + studio.log()
    assert b"aio_counted" not in b"".join(path.read_bytes() for path in studio.data_dir.glob("dailies.sqlite3*"))

    card(page, 1).get_by_role("button", name="Cancel").click()
    becomes(card(page, 1), "canceled")
    assert len(Counting.posts) == 1

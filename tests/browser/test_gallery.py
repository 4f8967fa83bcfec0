"""A long gallery: pages on scrolling, a heading per day, nothing twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import asks, becomes, database, rows

COUNT = 60


@pytest.fixture(scope="module")
def history(shared_studio: Studio) -> Studio:
    """60 takes over five days, made from one real one."""
    connection = database(shared_studio)
    owner = connection.execute("SELECT id FROM auth_user").fetchone()[0]
    columns = connection.execute("PRAGMA table_info(studio_generation)").fetchall()
    # Whatever else a row must have, and has no default for, is empty.
    empty = {row["name"]: empty_for(row["type"]) for row in columns if row["notnull"] and row["dflt_value"] is None}
    takes = [{**empty, **old_take(number, owner)} for number in range(COUNT)]
    names = [name for name in takes[0] if name != "id"]
    insert = f"INSERT INTO studio_generation ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    connection.executemany(insert, [[take[name] for name in names] for take in takes])
    connection.commit()
    connection.close()
    return shared_studio


def old_take(number: int, owner: int) -> dict[str, object]:
    at = (datetime.now(UTC).replace(hour=12) - timedelta(days=5 - number // 12)).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "owner_id": owner, "provider": "sandbox", "request": "{}", "type": "text-to-video",
        "prompt": f"Take of {number}",
        "resolution": "480p", "seconds": 5, "seed": number, "estimate_low": 20, "estimate_high": 20,
        "basis": "published", "status": "failed", "charged": "no", "revision": 1, "message": "Old",
        "created_at": at, "asked_at": at, "attempts": 0, "polls": 0, "task_id_given": 0,
        "sent_links": "{}", "keeping": "off", "keep_attempts": 0, "keep_done": 0, "favorite": 0, "rating": 0,
    }  # fmt: skip


def empty_for(kind: str) -> object:
    return "" if kind.startswith(("text", "varchar", "char")) else 0


def test_more_takes_come_on_scrolling_and_none_twice(history: Studio, page: Page) -> None:
    page.goto(history.url)
    cards = page.locator(".take")
    assert cards.count() == 24
    while page.locator("#more").count():
        before = cards.count()
        page.locator("#more").scroll_into_view_if_needed()
        expect(cards.nth(before)).to_be_attached()
    expect(cards).to_have_count(COUNT)
    ids = cards.evaluate_all("all => all.map(one => Number(one.id.slice(11)))")
    assert ids == sorted(set(ids), reverse=True)
    days = page.locator(".day").evaluate_all("all => all.map(one => one.id)")
    assert len(days) == len(set(days)) == 5
    assert days == sorted(days, reverse=True)
    under = page.locator(".day").evaluate_all(
        """all => all.map(day => { let count = 0;
             for (let next = day.nextElementSibling; next?.matches(".take"); next = next.nextElementSibling) count += 1;
             return count; })"""
    )
    assert under == [12] * 5
    assert page.locator(".day").first.inner_text().endswith("12 test takes, free")


def test_a_new_take_opens_today_above_the_old_days(history: Studio, page: Page) -> None:
    page.goto(history.url)
    becomes(asks(page, "Of today [late]", seconds=5), "running")
    first = page.locator("#takes > *").first
    expect(first).to_have_attribute("id", f"day-{page.evaluate('new Date().toLocaleDateString(`sv`)')}")
    asks(page, "Of today as well [late]", seconds=5)
    expect(page.locator(".day", has_text=re.compile(r"\D2 test takes, free"))).to_have_count(1)
    days = page.locator(".day").evaluate_all("all => all.map(one => one.id)")
    assert len(days) == len(set(days))


def test_without_scripts_earlier_takes_are_a_link_away(history: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{history.url}/generations/")
    page.click("#more")
    assert "before=" in page.url
    expect(page.locator(".take")).to_have_count(24)


def test_days_begin_when_they_begin_here(history: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(timezone_id="Pacific/Kiritimati")  # 14 hours ahead: noon UTC is the day after
    page.goto(history.url)
    page.reload()
    page.wait_for_load_state()
    local = page.locator(".day time").last.get_attribute("datetime")
    stored = datetime.fromisoformat(rows(history)[-25 if len(rows(history)) > COUNT else -24]["created_at"])
    assert local == (stored + timedelta(hours=14)).strftime("%Y-%m-%d")

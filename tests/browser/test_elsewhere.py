"""Takes that are asked for, deleted or judged elsewhere: in another tab, or on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import press
from tests.browser.history import add_takes
from tests.browser.process import Studio
from tests.browser.steps import asks, number_of

POLL = "/generations/changes/"


def take(prompt: str, **more: object) -> dict[str, object]:
    return {"prompt": prompt, "status": "failed", **more}


def ids_on(page: Page) -> list[int]:
    return page.locator("#takes > .take").evaluate_all("all => all.map(one => Number(one.id.slice(11)))")


def beats(page: Page, seconds: int) -> None:
    """So much time goes by on the page."""
    page.clock.run_for(seconds * 1000)


def is_asked(page: Page, seconds: int) -> None:
    """The page asks once in that time, and hears the answer."""
    with page.expect_response(lambda answer: POLL in answer.url) as answer:
        beats(page, seconds)
    answer.value.finished()
    page.wait_for_timeout(100)


@pytest.fixture
def studio(empty_studio: Studio) -> Studio:
    return empty_studio


@pytest.fixture
def quiet(studio: Studio, new_page: Callable[..., Page]) -> Page:
    """A page on which nothing is unfinished, after it has asked for the first time."""
    add_takes(studio, [take(f"Earlier {number}", days_ago=1) for number in range(3)])
    page = new_page(viewport={"width": 1440, "height": 900})
    page.clock.install()
    with page.expect_response(lambda answer: POLL in answer.url):
        page.goto(studio.url)
    return page


def test_a_page_where_nothing_runs_asks_twice_a_minute_and_more_slowly_while_hidden(
    quiet: Page, studio: Studio
) -> None:
    asked: list[str] = []
    quiet.on("request", lambda request: POLL in request.url and asked.append(request.url))
    beats(quiet, 25)
    assert asked == []
    made = add_takes(studio, [take("From a phone")])
    is_asked(quiet, 8)
    expect(quiet.locator("#takes > .take").first).to_have_attribute("id", f"generation-{made[0]}")
    expect(quiet.locator("#takes > .take")).to_have_count(4)
    expect(quiet.locator("#tab-all")).to_have_text("All 4")
    quiet.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    asked.clear()
    beats(quiet, 100)
    assert asked == []
    is_asked(quiet, 40)


def test_what_was_asked_for_here_leaves_no_gap(quiet: Page, studio: Studio) -> None:
    earlier = ids_on(quiet)
    others = add_takes(studio, [take(f"Elsewhere {number}", days_ago=1 if number == 0 else 0) for number in range(3)])
    mine = number_of(asks(quiet, "And one from here [late]", seconds=5))
    is_asked(quiet, 2)
    expect(quiet.locator("#takes > .take")).to_have_count(7)
    assert ids_on(quiet) == [mine, *reversed(others), *earlier]
    beats(quiet, 3)
    later = add_takes(studio, [take("Later still")])
    is_asked(quiet, 2)
    expect(quiet.locator(f"#generation-{later[0]}")).to_have_count(1)
    assert ids_on(quiet) == [*later, mine, *reversed(others), *earlier]
    all_ids = quiet.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert sorted(all_ids) == sorted(set(all_ids))
    order = quiet.locator("#takes > *").evaluate_all("all => all.map(one => one.matches('.day') ? 'day' : 'take')")
    assert order == ["day", *["take"] * 4, "day", *["take"] * 4], "each under its day"


def test_a_gap_below_what_is_out_of_sight_is_filled_in_order_too(quiet: Page, studio: Studio) -> None:
    add_takes(studio, [take(f"Enough to scroll {number}") for number in range(20)])
    quiet.reload()
    before = ids_on(quiet)
    quiet.evaluate("scrollTo(0, document.body.scrollHeight)")
    others = add_takes(studio, [take("Elsewhere"), take("Elsewhere again")])
    is_asked(quiet, 35)
    expect(quiet.locator("#fresh")).to_have_text("2 new")
    more = add_takes(studio, [take("And again")])
    is_asked(quiet, 35)
    expect(quiet.locator("#fresh")).to_have_text("3 new")
    quiet.click("#fresh")
    assert ids_on(quiet)[:23] == [*more, *reversed(others), *before[:20]]


def test_what_is_deleted_or_judged_elsewhere_is_seen_and_counted_here(quiet: Page, studio: Studio) -> None:
    made = add_takes(studio, [take("Stays"), take("Goes")])
    is_asked(quiet, 35)
    expect(quiet.locator("#tab-failed")).to_have_text("Failed 5")
    other = quiet.context.new_page()
    other.goto(studio.url)
    gone = other.locator(f"#generation-{made[1]}")
    press(other, gone.locator("[id$=-delete]"))
    expect(other.locator("#tab-failed")).to_have_text("Failed 4")
    expect(other.locator("#tab-all")).to_have_text("All 4")
    is_asked(quiet, 35)
    expect(quiet.locator(f"#generation-{made[1]}")).to_have_count(0)
    expect(quiet.locator("#tab-failed")).to_have_text("Failed 4")
    expect(quiet.locator("#tab-all")).to_have_text("All 4")


def test_the_days_sum_and_the_counts_are_right_though_no_card_of_this_page_changed(quiet: Page, studio: Studio) -> None:
    quiet.goto(f"{studio.url}/generations/?status=done")
    expect(quiet.locator("#tab-failed")).to_have_text("Failed 3")
    add_takes(
        studio, [take("Elsewhere", provider="https://paid.example/api/v1", charged="maybe", status="unconfirmed")]
    )
    is_asked(quiet, 35)
    expect(quiet.locator("#tab-unconfirmed")).to_have_text("Unconfirmed 1")
    expect(quiet.locator("#today")).to_contain_text("1 take · ≈ 20 credits")


def test_a_card_that_was_deleted_here_does_not_come_back_with_the_next_answer(quiet: Page, studio: Studio) -> None:
    made = add_takes(studio, [take("Goes at once"), take("Stays here")])
    is_asked(quiet, 35)
    held = []
    quiet.route("**/delete/", lambda route: held.append(route))
    card = quiet.locator(f"#generation-{made[1]}")
    press(quiet, card.locator("[id$=-delete]"))
    expect(card).to_have_count(0)
    is_asked(quiet, 35)
    expect(card).to_have_count(0)
    held[0].continue_()
    expect(quiet.locator("#tab-all")).to_have_text("All 4")

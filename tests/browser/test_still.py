"""Nothing that decides about money moves under a hand, and a press on what has just come up there does not count."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hand import hover, press, press_again, tap
from tests.browser.history import add_takes
from tests.browser.process import Studio
from tests.browser.states import at
from tests.browser.steps import database, rows

WIDE = {"viewport": {"width": 1600, "height": 1000}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PLACE = "one => { const box = one.getBoundingClientRect(); return [box.left, box.top, box.width, box.height]; }"
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
AT = "([x, y]) => document.elementFromPoint(x, y)?.closest('a, button')?.id || ''"


@pytest.fixture
def studio(empty_studio: Studio) -> Studio:
    return empty_studio


@pytest.fixture
def takes(studio: Studio) -> list[int]:
    """Six without an answer, the newest last."""
    lost = {"status": "unconfirmed", "submitted_at": at(minutes=3), "charged": "maybe"}
    return add_takes(studio, ({"prompt": f"Lost {number}", **lost} for number in range(6)))


def changed(studio: Studio, number: int, **columns: object) -> None:
    sets = ", ".join(f"{name} = ?" for name in columns)
    with closing(database(studio)) as connection, connection:
        connection.execute(
            f"UPDATE studio_generation SET {sets}, revision = revision + 1 WHERE id = ?", [*columns.values(), number]
        )


def status(studio: Studio, number: int) -> str:
    return str(rows(studio, f"id = {number}")[0]["status"])


def card_of(page: Page, number: int) -> Locator:
    return page.locator(f"#generation-{number}")


def opened(page: Page, studio: Studio, takes: list[int]) -> None:
    page.goto(studio.url)
    expect(page.locator("#takes > .take")).to_have_count(len(takes))


def test_where_a_take_was_deleted_no_other_comes_until_the_mouse_has_left(
    takes: list[int], studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(**WIDE)
    opened(page, studio, takes)
    places = [card_of(page, number).evaluate(PLACE) for number in takes[:-1]]
    place = press(page, page.locator(f"#generation-{takes[-1]}-delete"))
    expect(card_of(page, takes[-1])).to_have_count(0)
    page.wait_for_timeout(600)
    press_again(page)
    page.wait_for_timeout(300)
    assert [card_of(page, number).evaluate(PLACE) for number in takes[:-1]] == places
    assert page.evaluate(AT, place) == ""
    assert {status(studio, number) for number in takes} == {"unconfirmed"}
    # Also while the next one is deleted.
    press(page, page.locator(f"#generation-{takes[-2]}-delete"))
    expect(card_of(page, takes[-2])).to_have_count(0)
    assert [card_of(page, number).evaluate(PLACE) for number in takes[:-2]] == places[:-1]
    page.mouse.move(200, 500, steps=4)
    page.wait_for_function(
        "([id, left, top]) => { const box = document.getElementById(id).getBoundingClientRect();"
        " return Math.abs(box.left - left) < 2 && Math.abs(box.top - top) < 2; }",
        arg=[f"generation-{takes[-3]}", *page.evaluate("""() => { const box = document.querySelector('#takes > .take')
            .getBoundingClientRect(); return [box.left, box.top]; }""")],
    )  # fmt: skip
    expect(page.locator(".gap")).to_have_count(0)


def test_undoing_a_delete_puts_the_take_into_its_gap(
    takes: list[int], studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(**WIDE)
    opened(page, studio, takes)
    before = [card_of(page, number).evaluate(PLACE) for number in takes]
    press(page, page.locator(f"#generation-{takes[2]}-delete"))
    expect(page.locator("#toast-act")).to_be_visible()
    page.keyboard.press("z")
    expect(card_of(page, takes[2])).to_be_visible()
    assert [card_of(page, number).evaluate(PLACE) for number in takes] == before


def test_what_others_ask_for_and_delete_moves_nothing_under_a_mouse(
    takes: list[int], studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(**WIDE)
    opened(page, studio, takes)
    never = page.locator(f"#generation-{takes[1]}-never")
    x, y = hover(page, never)
    before = never.evaluate(PLACE)
    add_takes(studio, ({"prompt": f"From elsewhere {number}"} for number in range(3)))
    changed(studio, takes[4], deleted_at=at())
    changed(studio, takes[5], status="closed", finished_at=at())
    page.evaluate(LOOK)
    expect(card_of(page, takes[4])).to_have_count(0)
    expect(card_of(page, takes[5])).to_have_attribute("data-status", "closed")
    assert never.evaluate(PLACE) == before
    assert page.evaluate(AT, [x, y]) == f"generation-{takes[1]}-never"
    expect(page.locator("#takes > .take:visible")).to_have_count(len(takes) - 1)
    page.mouse.move(200, 500, steps=4)
    expect(page.locator("#takes > .take:visible")).to_have_count(len(takes) + 2)
    assert {status(studio, number) for number in takes[:4]} == {"unconfirmed"}


def test_a_card_above_that_grows_or_shrinks_moves_nothing_under_a_mouse(
    takes: list[int], studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 1000, "height": 900})
    queued = add_takes(studio, [{"prompt": "Above", "status": "queued", "held": "key"}])[0]
    opened(page, studio, [*takes, queued])
    never = page.locator(f"#generation-{takes[4]}-never")
    hover(page, never)
    before = never.evaluate(PLACE)
    changed(studio, queued, status="unconfirmed", held="", submitted_at=at(), charged="maybe")
    page.evaluate(LOOK)
    expect(card_of(page, queued)).to_have_attribute("data-status", "unconfirmed")
    page.wait_for_timeout(100)
    assert never.evaluate(PLACE) == before
    changed(studio, takes[5], status="closed", charged="no", finished_at=at())
    page.evaluate(LOOK)
    expect(card_of(page, takes[5])).to_have_attribute("data-status", "closed")
    page.wait_for_timeout(100)
    assert never.evaluate(PLACE) == before


def test_a_press_on_what_has_just_come_up_under_a_mouse_that_rests_does_not_count(
    takes: list[int], studio: Studio, new_page: Callable[..., Page]
) -> None:
    """A poll makes another button of the one that is pointed at."""
    page = new_page(**WIDE)
    number = add_takes(studio, [{"prompt": "Held", "status": "queued", "held": "key"}])[0]
    opened(page, studio, [*takes, number])
    hover(page, page.locator(f"#generation-{number}-cancel"))
    changed(studio, number, status="running", held="", task_id="n5_ltx2", submitted_at=at(hours=1),
            late_since=at(minutes=9), charged="maybe")  # fmt: skip
    page.evaluate(LOOK)
    expect(page.locator(f"#generation-{number}-give-up")).to_be_visible()
    page.wait_for_timeout(60)
    press_again(page)
    expect(page.locator("#toast")).to_contain_text("did not count")
    assert status(studio, number) == "running"
    press(page, page.locator(f"#generation-{number}-give-up"))
    expect(card_of(page, number)).to_have_attribute("data-status", "closed")


def test_a_double_click_on_cancel_cancels(takes: list[int], studio: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(**WIDE)
    number = add_takes(studio, [{"prompt": "Held", "status": "queued", "held": "key"}])[0]
    opened(page, studio, [*takes, number])
    press(page, page.locator(f"#generation-{number}-cancel"))
    expect(card_of(page, number)).to_have_attribute("data-status", "canceled")
    page.wait_for_timeout(100)
    press_again(page)
    page.wait_for_timeout(300)
    assert status(studio, number) == "canceled"
    press(page, page.locator(f"#generation-{number}-undo"))
    expect(card_of(page, number)).to_have_attribute("data-status", "queued")
    assert rows(studio, f"id = {number}")[0]["held"] == "key"


@pytest.mark.parametrize(
    ("way", "closed"), [("never", "Never arrived"), ("write-off", "Written off"), ("resend", "Sent again")]
)
def test_each_way_out_is_pressed_and_undone_by_hand(
    way: str, closed: str, takes: list[int], studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(**WIDE)
    page.on("dialog", lambda dialog: dialog.accept())
    request = '{"type": "text-to-video", "prompt": "Once more [late]", "resolution": "480p", "seed": 5, "duration": 5}'
    changed(studio, takes[2], request=request)
    opened(page, studio, takes)
    card = card_of(page, takes[2])
    press(page, page.locator(f"#generation-{takes[2]}-{way}"))
    expect(card).to_have_attribute("data-status", "closed")
    expect(card.locator(".story")).to_contain_text(closed)
    press(page, page.locator(f"#generation-{takes[2]}-undo"))
    expect(card).to_have_attribute("data-status", "unconfirmed")
    assert status(studio, takes[2]) == "unconfirmed"
    assert not rows(studio, "status IN ('queued', 'submitting', 'running')")


def test_two_taps_on_one_spot_decide_about_one_take(
    takes: list[int], studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(**PHONE)
    opened(page, studio, takes)
    delete = page.locator(f"#generation-{takes[5]}-delete")
    delete.scroll_into_view_if_needed()
    box = delete.bounding_box()
    assert box
    spot = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.touchscreen.tap(*spot)
    expect(card_of(page, takes[5])).to_have_count(0)
    page.wait_for_timeout(400)
    assert page.evaluate(AT, spot) in ("", "toast-act")
    page.touchscreen.tap(*spot)
    page.wait_for_timeout(300)
    assert [status(studio, number) for number in takes] == ["unconfirmed"] * 6
    page.evaluate("scrollBy(0, 40)")
    expect(page.locator(".gap")).to_have_count(0)


def test_a_finger_cancels_and_undoes(takes: list[int], studio: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(**PHONE)
    number = add_takes(studio, [{"prompt": "Held", "status": "queued", "held": "key"}])[0]
    opened(page, studio, [*takes, number])
    tap(page, page.locator(f"#generation-{number}-cancel"))
    expect(card_of(page, number)).to_have_attribute("data-status", "canceled")
    page.wait_for_timeout(1600)
    tap(page, page.locator(f"#generation-{number}-undo"))
    expect(card_of(page, number)).to_have_attribute("data-status", "queued")


def test_an_offer_to_undo_stands_for_its_time(takes: list[int], studio: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(**WIDE)
    soon = at(seconds=-8)
    number = add_takes(studio, [{"prompt": "Off", "status": "canceled", "finished_at": at(), "undo_until": soon}])[0]
    opened(page, studio, [*takes, number])
    expect(page.locator(f"#generation-{number}-undo")).to_be_visible()
    expect(page.locator(f"#generation-{number}-undo")).to_have_count(0)

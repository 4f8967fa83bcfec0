"""The grid: three sizes, a place that is kept, and new takes that wait while one looks elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.hand import press
from tests.browser.history import add_takes
from tests.browser.process import Studio
from tests.browser.steps import asks, card, number_of

WIDTH = "document.querySelector('.take .media').getBoundingClientRect().width"
TOP = "one => Math.round(one.getBoundingClientRect().top)"
LATER = re.compile(r"/generations/\?.*before=")
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture(scope="module")
def history(shared_studio: Studio) -> Studio:
    add_takes(shared_studio, ({"prompt": f"Take of {n}", "days_ago": 3} for n in range(80)))
    return shared_studio


@pytest.fixture
def gallery(page: Page, history: Studio) -> Page:
    page.goto(history.url)
    return page


def far_down(page: Page) -> str:
    """Scroll until a second page has come, and to a take on it; its id."""
    while page.locator(".take").count() < 48:
        page.evaluate("document.getElementById('more')?.scrollIntoView()")
        page.wait_for_timeout(100)
    take = card(page, 40)
    take.evaluate("one => one.scrollIntoView({block: 'center'})")
    return str(take.get_attribute("id"))


def test_three_sizes_by_mouse_and_by_key_that_are_remembered_without_a_jump(gallery: Page, history: Studio) -> None:
    medium = gallery.evaluate(WIDTH)
    gallery.click("#size-small")
    small = gallery.evaluate(WIDTH)
    expect(gallery.locator("#size-small")).to_have_attribute("aria-pressed", "true")
    gallery.locator("body").press("=")
    gallery.locator("body").press("=")
    large = gallery.evaluate(WIDTH)
    assert small < medium < large
    expect(gallery.locator("#announcer")).to_have_text("large pictures")
    gallery.locator("body").press("-")
    assert gallery.evaluate(WIDTH) == medium
    gallery.click("#size-large")
    answer = gallery.goto(f"{history.url}/generations/")
    assert answer
    assert 'data-size="large"' in answer.text(), "it comes with the page, so nothing jumps"
    expect(gallery.locator("#size-large")).to_have_attribute("aria-pressed", "true")


def test_the_same_take_stays_in_sight_when_the_size_changes(gallery: Page) -> None:
    take = gallery.locator(f"#{far_down(gallery)}")
    gallery.locator("body").press("-")
    expect(take).to_be_in_viewport()


@pytest.mark.parametrize("way", ["back", "link"])
def test_coming_back_from_a_take_leads_to_the_same_place(way: str, gallery: Page, history: Studio) -> None:
    gallery.goto(f"{history.url}/?status=failed")
    take = gallery.locator(f"#{far_down(gallery)}")
    before = take.evaluate(TOP)
    take.locator(".line a").click()
    gallery.wait_for_url("**/generations/*/")
    gallery.go_back() if way == "back" else gallery.get_by_role("link", name="All takes").first.click()
    expect(take).to_be_in_viewport()
    expect(gallery).to_have_url(f"{history.url}/?status=failed")
    gallery.wait_for_function(
        "([id, top]) => Math.abs(document.getElementById(id).getBoundingClientRect().top - top) < 3",
        arg=[take.get_attribute("id"), before],
    )
    expect(take.locator(".line a")).to_be_focused()


@pytest.mark.parametrize("first", ["the place", "the end of the grid"])
def test_a_page_of_takes_is_asked_for_once_and_the_place_found_on_it(
    first: str, gallery: Page, history: Studio
) -> None:
    """The place is on a later page, and the end of the grid comes into sight before that page is there."""
    gallery.goto(f"{history.url}/?status=failed")
    take = gallery.locator(f"#{far_down(gallery)}")
    before = take.evaluate(TOP)
    take.locator(".line a").click()
    gallery.wait_for_url("**/generations/*/")
    held: list[Route] = []
    gallery.route(LATER, lambda route: held.append(route))
    if first != "the place":
        gallery.add_init_script("addEventListener('DOMContentLoaded', () => scrollTo(0, 1e6), {capture: true})")
    with gallery.expect_request(LATER):
        gallery.go_back()
    gallery.evaluate("scrollTo(0, 1e6)")
    gallery.wait_for_timeout(500)
    assert len(held) == 1
    held[0].continue_()
    expect(take).to_be_in_viewport()
    expect(take.locator(".line a")).to_be_focused()
    assert abs(take.evaluate(TOP) - before) < 3


def test_the_place_is_found_though_new_takes_came_in_above_and_the_page_is_long_in_loading(
    gallery: Page, history: Studio
) -> None:
    """Browsers scroll to where the page was, by its height, and as late as all pictures are there."""
    gallery.goto(f"{history.url}/?status=failed")
    take = card(gallery, 18)
    take.evaluate("one => one.scrollIntoView({block: 'center'})")
    before = take.evaluate(TOP)
    take.locator(".line a").click()
    gallery.wait_for_url("**/generations/*/")
    add_takes(history, [{"prompt": f"Meanwhile {n}"} for n in range(5)])
    gallery.add_init_script(
        """document.addEventListener("DOMContentLoaded", () => {
             document.body.append(Object.assign(new Image(), {src: "/late.svg"}));
           })"""
    )
    held: list[Route] = []
    gallery.route("**/late.svg", lambda route: held.append(route))
    with gallery.expect_request("**/late.svg"):
        gallery.evaluate("setTimeout(() => history.back())")
    expect(take).to_be_in_viewport()
    with gallery.expect_event("load"):
        held[0].fulfill(content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg"/>')
    gallery.wait_for_timeout(300)
    assert abs(take.evaluate(TOP) - before) < 3


def test_where_the_take_was_deleted_the_page_lies_as_it_lay(gallery: Page, history: Studio) -> None:
    gallery.goto(f"{history.url}/?status=failed")
    take = gallery.locator(f"#{far_down(gallery)}")
    take.evaluate("one => one.scrollIntoView({block: 'start'})")
    before = gallery.evaluate("scrollY")
    first = gallery.locator(".take").evaluate_all("all => all.find((one) => one.getBoundingClientRect().bottom > 0).id")
    gallery.locator(f"#{first} .line a").evaluate("one => one.click()")
    gallery.locator(".detail [id$=-delete]").click()
    expect(gallery.get_by_role("button", name="Restore")).to_be_visible()
    gallery.get_by_role("link", name="All takes").first.click()
    gallery.wait_for_function("before => Math.abs(scrollY - before) < 3", arg=before)
    expect(gallery.locator(f"#{first}")).to_have_count(0)


def test_what_is_asked_on_a_card_is_not_cut_off_by_the_takes_that_come_with_scrolling(
    gallery: Page, history: Studio
) -> None:
    add_takes(history, [{"prompt": "Once more", "request": '{"prompt": "Once more"}'}])
    gallery.goto(history.url)
    held: list[Route] = []
    gallery.route("**/compose/**", lambda route: held.append(route))
    shown = gallery.locator(".take").count()
    with gallery.expect_request("**/compose/**"):
        press(gallery, card(gallery).get_by_role("link", name="Use these settings"))
    gallery.evaluate("document.getElementById('more').scrollIntoView()")
    expect(gallery.locator(".take")).not_to_have_count(shown)
    held[0].continue_()
    expect(gallery.locator("#id_prompt")).to_have_value("Once more")


def test_new_takes_wait_behind_a_button_while_one_has_scrolled_away(gallery: Page, history: Studio) -> None:
    take = gallery.locator(f"#{far_down(gallery)}")
    before = take.evaluate(TOP)
    add_takes(history, [{"prompt": "Newer"}, {"prompt": "Newest"}])
    gallery.evaluate(LOOK)
    expect(gallery.locator("#fresh")).to_have_text("2 new")
    assert take.evaluate(TOP) == before
    add_takes(history, [{"prompt": "The very newest"}])
    gallery.evaluate(LOOK)
    expect(gallery.locator("#fresh")).to_have_text("3 new")
    assert take.evaluate(TOP) == before
    gallery.locator("#fresh").focus()
    gallery.keyboard.press("Enter")
    expect(gallery.locator("#fresh")).to_be_hidden()
    expect(card(gallery)).to_be_in_viewport()
    expect(gallery.locator(".take .line a").first).to_have_text("The very newest")
    first = gallery.locator("#takes > *").first
    expect(first).to_have_class(re.compile("day"))
    ids = gallery.locator(".take").evaluate_all("all => all.map(one => Number(one.id.slice(11)))")
    assert ids == sorted(set(ids), reverse=True)
    days = gallery.locator(".day").evaluate_all("all => all.map(one => one.id)")
    assert days == sorted(set(days), reverse=True)


def test_at_the_top_they_come_in_by_themselves(gallery: Page, history: Studio) -> None:
    add_takes(history, [{"prompt": "Comes in"}])
    gallery.evaluate(LOOK)
    expect(gallery.locator(".take .line a").first).to_have_text("Comes in")
    expect(gallery.locator("#fresh")).to_be_hidden()


def test_where_takes_are_filtered_new_ones_are_only_told_of(gallery: Page, history: Studio) -> None:
    gallery.goto(f"{history.url}/?q=take&sort=rating")
    shown = gallery.locator(".take").count()
    add_takes(history, [{"prompt": "One take more", "rating": 4}, {"prompt": "Nothing of the kind"}])
    gallery.evaluate(LOOK)
    expect(gallery.locator("#fresh")).to_have_text(re.compile(r"\d new"))
    expect(gallery.locator(".take")).to_have_count(shown)
    gallery.click("#fresh")
    expect(gallery.locator(".take .line a").first).to_have_text("One take more")
    expect(gallery.locator("#fresh")).to_be_hidden()


def test_the_panel_says_what_runs_and_for_how_long_and_leads_to_it(gallery: Page, history: Studio) -> None:
    asks(gallery, "It needs a person [reset]", seconds=5)
    take = asks(gallery, "It runs on [late]", seconds=5)
    expect(gallery.locator("#jobs-tally")).to_have_text("1 running · 1 needs you")
    gallery.click("#jobs-tally")
    row = gallery.locator("#job-list a", has_text="It runs on")
    expect(row).to_contain_text(re.compile(r"0:\d\d\s+· 480p 5 s"))
    expect(gallery.locator("#job-list")).to_contain_text("No answer came")
    add_takes(history, [
        {"prompt": "Was made", "status": "succeeded", "submitted_at": "2026-01-01 10:00:00", "finished_at": at}
        for at in ("2026-01-01 10:01:10", "2026-01-01 10:02:30")
    ])  # fmt: skip
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("Enter")
    expect(row).to_contain_text("usually 1:10–2:30 min")
    row.click()
    expect(gallery.locator("#jobs .panel")).to_be_hidden()
    assert gallery.evaluate("document.activeElement.closest('.take')?.id") == f"generation-{number_of(take)}"


def test_nothing_shifts_while_the_pictures_come(history: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(
        """window.shift = 0; new PerformanceObserver(list => {
             for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
           }).observe({type: "layout-shift", buffered: true});"""
    )
    page.goto(history.url)
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("shift") < 0.01

"""The page hears what changed, and disturbs nobody by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import asks, becomes, card, goes_on, number_of, plays, ready

POLL = "/generations/changes/"
WATCH = """() => {
  window.asked = 0;
  document.addEventListener("htmx:beforeSend", (event) => { if (event.detail.elt.id === "poller") window.asked += 1; });
}"""
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
  Object.defineProperty(document, "visibilityState", {configurable: true, get: () => hidden ? "hidden" : "visible"});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def gallery(page: Page, shared_studio: Studio) -> Page:
    page.goto(shared_studio.url)
    return page


def test_a_playing_video_plays_on_while_other_takes_change(gallery: Page) -> None:
    video = ready(asks(gallery, "It plays", seconds=5))
    plays(video)
    video.evaluate("v => { v.dataset.mark = 'same'; v.pauses = 0; v.addEventListener('pause', () => v.pauses += 1); }")
    video.evaluate("v => { window.loads = 0; v.addEventListener('loadstart', () => window.loads += 1); }")
    gallery.press("#id_prompt", "End")
    gallery.fill("#id_prompt", "It comes")
    gallery.fill("#id_seed", "")
    gallery.press("#id_prompt", "Control+Enter")
    expect(gallery.locator(".take")).to_have_count(2)
    ready(card(gallery))
    assert video.evaluate("v => [v.dataset.mark, v.pauses, window.loads]") == ["same", 0, 0]
    goes_on(video)


def test_focus_typing_and_scroll_are_left_alone(gallery: Page) -> None:
    take = asks(gallery, "Focused", seconds=5)
    link = take.locator(".line a")
    link.focus()
    gallery.set_viewport_size({"width": 900, "height": 420})
    gallery.evaluate("document.activeElement.scrollIntoView()")
    at = gallery.evaluate("scrollY")
    assert at > 0
    ready(take)
    expect(link).to_be_focused()
    assert gallery.evaluate("scrollY") == at
    gallery.focus("#id_prompt")
    gallery.fill("#id_prompt", "Half a sen")
    assert gallery.evaluate("document.activeElement.selectionStart") == 10


def test_it_seldom_asks_while_nothing_is_unfinished(gallery: Page) -> None:
    with gallery.expect_response(lambda answer: POLL in answer.url):
        gallery.reload()
    gallery.evaluate(WATCH)
    gallery.wait_for_timeout(2200)  # two beats of the poller
    assert gallery.evaluate("asked") == 0
    take = asks(gallery, "Now it asks", seconds=5)
    ready(take)
    expect(take).not_to_have_attribute("data-live", "")  # its video is kept
    asked = gallery.evaluate("asked")
    assert asked > 0
    gallery.wait_for_timeout(1500)
    assert gallery.evaluate("asked") == asked


def test_a_hidden_tab_asks_seldom_and_its_title_counts_what_is_ready(gallery: Page) -> None:
    take = asks(gallery, "Behind another tab", seconds=5, takes=2)
    becomes(take, "running")
    gallery.evaluate(WATCH)
    gallery.evaluate(HIDE, True)
    gallery.wait_for_timeout(2200)
    assert gallery.evaluate("asked") <= 1
    gallery.clock.install()
    for _ in range(8):
        if gallery.title() == "(2 ready) Dailies":
            break
        gallery.clock.fast_forward(31_000)
        gallery.wait_for_timeout(1500)
    ready(take)
    ready(card(gallery, 1))
    expect(gallery).to_have_title("(2 ready) Dailies")
    gallery.evaluate(HIDE, False)
    expect(gallery).to_have_title("Dailies")


def test_takes_of_another_tab_come_in_once(gallery: Page, shared_studio: Studio) -> None:
    other = gallery.context.new_page()
    other.goto(shared_studio.url)
    take = asks(other, "From the other tab [late]", seconds=5)
    with gallery.expect_response(lambda answer: POLL in answer.url):
        gallery.evaluate(HIDE, False)
    here = gallery.locator(f"#generation-{number_of(take)}")
    expect(here).to_have_count(1)
    more = asks(other, "And one more [late]", seconds=5)
    expect(gallery.locator(f"#generation-{number_of(more)}")).to_have_count(1)
    asks(gallery, "And one from here [late]", seconds=5)
    expect(other.locator(".take", has_text="And one from here")).to_have_count(1)
    for page in (gallery, other):
        ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
        assert sorted(ids) == sorted(set(ids))
        cards = page.locator(".take").evaluate_all("all => all.map(one => Number(one.id.slice(11)))")
        assert cards == sorted(cards, reverse=True)


def test_nothing_moves_while_takes_come_in(studio: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 1440, "height": 900})
    page.goto(studio.url)
    first = ready(asks(page, "First", seconds=5))
    page.evaluate(
        """() => { window.shifts = [];
             const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round);
             window.observer = new PerformanceObserver(list => {
               for (const entry of list.getEntries()) if (!entry.hadRecentInput)
                 for (const { node, previousRect, currentRect } of entry.sources)
                   window.shifts.push(`${node?.parentElement?.closest("[id]")?.id} ${node?.id} ${node?.className}: ` +
                     `${place(previousRect)} to ${place(currentRect)}, ${node?.innerText}`);
             });
             observer.observe({type: "layout-shift"}); }"""
    )
    asks(page, "Second [fail]", seconds=5, takes=2)
    page.wait_for_timeout(600)
    boxes = "all => all.map(one => { const b = one.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })"
    places = page.locator(".take .media, #composer, .desk, #generate").evaluate_all(boxes)
    page.evaluate("observer.takeRecords(); shifts.length = 0")
    becomes(card(page), "failed")
    becomes(card(page, 1), "failed")
    assert page.locator(".take .media, #composer, .desk, #generate").evaluate_all(boxes) == places
    assert page.evaluate("shifts") == []
    expect(first).to_be_visible()

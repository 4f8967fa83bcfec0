"""What is seen can be pressed, and read: nothing lies over it, in any state, at any size, by mouse and by finger."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import covered, hover, tap
from tests.browser.process import Studio
from tests.browser.states import put_all, states

SIZES = ["small", "medium", "large"]
WIDTHS = [360, 768, 1024, 1280, 1920, 2560]
WINDOWS = [(390, 844), (1024, 768), (1366, 768), (1920, 900)]
REST = 30
NO_MOTION = {"reduced_motion": "reduce"}
RAISE = """one => {
    scrollBy({top: one.getBoundingClientRect().top - 160, behavior: 'instant'});
    const box = one.querySelector('.media').getBoundingClientRect();
    return [box.x, box.y, box.width, box.height, Boolean(one.querySelector('.broken'))];
}"""

# What lies under a finger of the least width that Chromium knows, 20 px: it takes a tap for the button that it touches.
UNDER_FINGER = """([x, y]) => [-10, -5, 0, 5, 10].flatMap((dx) => [-10, -5, 0, 5, 10].map((dy) =>
    document.elementFromPoint(x + dx, y + dy)?.closest("a, button")?.id || ""))"""


@pytest.fixture(scope="module")
def takes(shared_studio: Studio) -> dict[str, int]:
    """The number of the take in each state."""
    return put_all(shared_studio)


@pytest.fixture(autouse=True)
def _links_lead_nowhere(allowed_errors: list[str]) -> None:
    allowed_errors.append("ERR_NAME_NOT_RESOLVED")


def opened(page: Page, studio: Studio, takes: dict[str, int], size: str = "medium") -> None:
    page.context.add_cookies([{"name": "size", "value": size, "url": studio.url}])
    page.goto(studio.url)
    while page.locator("#more").count():
        page.evaluate("document.getElementById('more')?.scrollIntoView()")
        page.wait_for_timeout(100)
    expect(page.locator("#takes > .take")).to_have_count(len(takes))


def each_size(page: Page, widths: list[int], height: int) -> Iterator[str]:
    """Every window and size whose cards differ in width; the cell is all that a card goes by."""
    tried: list[float] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": height})
        for size in SIZES:
            page.evaluate("size => { document.getElementById('takes').dataset.size = size; }", size)
            cell = page.locator("#takes > .take").first.evaluate("one => one.getBoundingClientRect().width")
            if all(abs(cell - other) > 8 for other in tried):
                tried.append(cell)
                yield f"{size} at {width}"


def test_no_card_covers_anything_of_itself(
    takes: dict[str, int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(**NO_MOTION)
    opened(page, shared_studio, takes)
    found = {}
    for size in each_size(page, WIDTHS, 900):
        for state, number in takes.items():
            card = page.locator(f"#generation-{number}")
            x, y, wide, high, linked = card.evaluate(RAISE)
            if linked:  # out of sight no video is asked for
                expect(card.locator(".broken")).to_be_visible()
            for across, down in ((0.1, 0.1), (0.9, 0.9), (0.5, 0.5)):
                page.mouse.move(x + wide * across, y + high * down, steps=2)
                page.wait_for_timeout(REST)
            if problems := covered(card):
                found[size, state] = problems
    assert found == {}


def test_a_finger_finds_nothing_covered_and_brings_nothing_up_under_itself(
    takes: dict[str, int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, **NO_MOTION)
    opened(page, shared_studio, takes)
    page.evaluate("document.getElementById('new-take').hidden = true")  # it floats; cards scroll past below it
    page.evaluate("""() => window.addEventListener("click", (event) => {
        if (event.target.closest("a, button, form")) window.pressed = event.target.id;
        event.preventDefault();
        event.stopImmediatePropagation();
    }, true)""")  # what is opened or asked by it has tests of its own
    found = {}
    for size in each_size(page, [360, 390], 844):
        for state, number in takes.items():
            card = page.locator(f"#generation-{number}")
            card.evaluate(RAISE)
            if problems := covered(card):
                found[size, state] = problems
            left, top, wide, high, _ = card.evaluate(RAISE)
            for x, y in ((0.5, 0.94), (0.2, 0.85), (0.8, 0.12)):
                place = left + wide * x, top + high * y
                seen = page.evaluate(UNDER_FINGER, place)
                page.evaluate("window.pressed = ''")
                page.touchscreen.tap(*place)
                pressed = page.evaluate("window.pressed")
                if pressed and pressed not in seen:
                    found[size, state, x] = [f"a tap on {set(seen)} pressed {pressed}"]
                page.evaluate("document.activeElement.blur()")
    assert found == {}


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_the_lightbox_covers_nothing(
    width: int, height: int, takes: dict[str, int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    touch = {"has_touch": True, "is_mobile": True} if width < 500 else {}
    page = new_page(viewport={"width": width, "height": height}, **touch, **NO_MOTION)
    opened(page, shared_studio, takes)
    found = {}
    newest_first = sorted(takes.items(), key=lambda take: -take[1])
    page.locator(f"#generation-{newest_first[0][1]}-play").evaluate("one => one.click()")
    for state, number in newest_first:
        expect(page.locator("#lightbox-title")).to_have_text(f"Take {number}")
        if not touch:
            hover(page, page.locator("#lightbox-stage"), rest=REST)
        parts = ("#lightbox-stage", "#lightbox .controls", "#lightbox .over")
        if problems := [problem for part in parts for problem in covered(page.locator(part))]:
            found[state] = problems
        page.keyboard.press("ArrowRight")
    assert found == {}


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768), (1920, 900)])
def test_the_page_of_a_take_covers_nothing(
    width: int, height: int, takes: dict[str, int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": width, "height": height}, **NO_MOTION)
    found = {}
    for state in states():
        page.goto(f"{shared_studio.url}/generations/{takes[state]}/")
        card = page.locator(f"#generation-{takes[state]}")
        hover(page, card.locator(".facts"), rest=REST)
        if problems := covered(card) + covered(page.locator(".asides")):
            found[state] = problems
    assert found == {}


@pytest.mark.parametrize("width", [360, 768, 1024, 1920])
def test_the_bar_of_the_selection_and_the_head_cover_nothing_of_themselves(
    width: int, takes: dict[str, int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": width, "height": 900}, **NO_MOTION)
    opened(page, shared_studio, takes)
    page.evaluate("scrollTo(0, 0)")
    head = covered(page.locator(".head")) + covered(page.locator("#notice"))
    head = [one for one in head if not one.startswith("tab-")]  # on a phone the tabs scroll sideways
    page.locator(f"#generation-{takes['kept']}-pick").check()
    page.locator(f"#generation-{takes['kept upright']}-pick").check()
    expect(page.locator("#bar")).to_be_visible()
    expect(page.locator("#bar-words")).to_contain_text("2 takes")
    page.evaluate("scrollTo(0, 1e6)")
    page.wait_for_timeout(50)
    assert (head, covered(page.locator("#bar"))) == ([], [])


@pytest.mark.parametrize("width", [390, 1024, 1920])
def test_comparing_covers_nothing(
    width: int, takes: dict[str, int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": width, "height": 900}, **NO_MOTION)
    page.goto(f"{shared_studio.url}/compare/?ids={takes['kept']},{takes['kept upright']}")
    figures = page.locator("figure")
    expect(figures).to_have_count(2)
    page.evaluate("scrollTo(0, 1e6)")
    assert [covered(figures.nth(number)) for number in range(2)] == [[], []]


def test_a_tap_beside_the_buttons_of_a_waiting_take_cancels_nothing(
    takes: dict[str, int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    opened(page, shared_studio, takes)
    number = takes["queued"]
    tap(page, page.locator(f"#generation-{number} .status"))
    expect(page.locator("#lightbox")).to_be_visible()
    page.evaluate("document.getElementById('lightbox').close()")
    expect(page.locator(f"#generation-{number}")).to_have_attribute("data-status", "queued")

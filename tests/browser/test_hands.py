"""By keyboard, by touch, in either light, with sound or without, in any width."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import add_takes
from tests.browser.process import Studio
from tests.browser.steps import asks, becomes, goes_on, switch

WIDTHS = [(360, 740), (390, 844), (768, 1024), (1024, 768), (1920, 1080), (2560, 1440)]
FOCUSED = "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"


@pytest.fixture(scope="module")
def furnished(shared_studio: Studio, browser: object) -> Studio:
    """A studio with a take in most states."""
    page = browser.new_page()  # type: ignore[attr-defined]
    page.set_default_timeout(10_000)
    page.goto(shared_studio.url)
    cards = [
        (asks(page, "An unbreakableunbreakableunbreakableunbreakableunbreakable word [fail]", seconds=5), "failed"),
        (asks(page, "Unconfirmed [reset]", seconds=5), "unconfirmed"),
        (asks(page, "Running [late]", seconds=5), "running"),
        (asks(page, "Ready", seconds=5), "succeeded"),
    ]
    for card, status in cards:
        becomes(card, status)
    becomes(asks(page, "Held [broke]", seconds=5), "queued")
    page.close()
    return shared_studio


def test_the_keyboard_reaches_everything_with_a_focus_that_is_seen(furnished: Studio, page: Page) -> None:
    page.goto(furnished.url)
    expect(page.locator(".take[data-status=succeeded] video")).to_be_attached()
    reached, unseen = [], []
    for _ in range(90):
        page.keyboard.press("Tab")
        name = page.evaluate(FOCUSED)
        if page.evaluate("document.activeElement === document.body"):
            break
        reached.append(name)
        if not page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
                 const next = e.nextElementSibling ? getComputedStyle(e.nextElementSibling) : s;
                 const drawn = [s, next].some(one => one.outlineStyle !== "none" && parseFloat(one.outlineWidth) > 0);
                 return drawn && b.top < innerHeight && b.bottom > 0; }"""
        ):
            unseen.append(name)
    assert unseen == []
    wanted = {"skip", "mode-control", "id_prompt", "id_duration", "id_takes", "id_seed", "generate", "sound", "theme"}
    assert wanted - set(reached) == set()
    for end in ("-play", "-open", "-same", "-reseed", "-cancel", "-task-id", "-resend", "-never", "-write-off"):
        assert any(name.startswith("generation-") and name.endswith(end) for name in reached), end
    assert "send-held" in reached
    assert reached.index("id_prompt") < reached.index("generate") < reached.index("sound")


def test_a_field_in_focus_is_never_behind_the_button(furnished: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 1280, "height": 600})
    page.goto(f"{furnished.url}/?type=control")
    for _ in range(24):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => { const e = document.activeElement, go = document.querySelector(".go");
                 if (!e.closest("#composer-form") || go.contains(e)) return "";

                 const [field, bar] = [e, go].map(one => one.getBoundingClientRect());
                 return field.bottom > bar.top + 12 ? e.id || e.name : ""; }"""
        )
        assert hidden == ""


def test_space_plays_and_pauses_a_card(furnished: Studio, page: Page) -> None:
    page.goto(furnished.url)
    take = page.locator(".take[data-status=succeeded]")
    take.locator(".play").focus()
    page.keyboard.press("Space")
    goes_on(take.locator("video"))
    page.keyboard.press("Space")
    assert take.locator("video").evaluate("v => v.paused")


def test_a_tap_opens_and_the_card_then_shows_its_actions(furnished: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(furnished.url)
    take = page.locator(".take[data-status=succeeded]")
    take.locator(".play").tap()
    goes_on(page.locator("#lightbox-video"))
    page.locator("#lightbox-close").tap()
    expect(take.locator(".actions")).to_have_css("opacity", "1")
    take.get_by_role("link", name="Use these settings").tap()
    expect(page.locator("#id_prompt")).to_have_value("Ready")
    assert take.locator(".actions a").first.bounding_box()["height"] >= 24  # type: ignore[index]


def test_a_rest_after_a_hover_is_a_pause(furnished: Studio, page: Page) -> None:
    page.goto(furnished.url)
    video = page.locator(".take[data-status=succeeded] video")
    video.locator("xpath=..").hover()
    goes_on(video)
    page.mouse.move(5, 5)
    page.wait_for_function("document.querySelector('.take[data-status=succeeded] video').paused")


def test_sound_is_off_until_asked_for_and_the_choice_is_kept(furnished: Studio, page: Page) -> None:
    page.goto(furnished.url)
    video = page.locator(".take[data-status=succeeded] video")
    expect(page.locator("#sound")).to_have_text("Sound off")
    page.click("#sound")
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    video.locator("xpath=..").hover()
    goes_on(video)
    assert not video.evaluate("v => v.muted")
    page.reload()
    expect(page.locator("#sound")).to_have_text("Sound on")


@pytest.mark.parametrize(("scheme", "other"), [("dark", "light"), ("light", "dark")])
def test_the_light_follows_the_system_and_a_switch_that_is_kept_without_a_flash(
    scheme: str, other: str, furnished: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(color_scheme=scheme)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    tones = {"dark": "rgb(13, 13, 13)", "light": "rgb(244, 244, 244)"}
    page.goto(furnished.url)
    assert page.evaluate(ground) == tones[scheme]
    page.click("#theme")
    assert page.evaluate(ground) == tones[other]
    for path in ("/", "/generations/1/"):
        answer = page.goto(furnished.url + path)
        assert answer
        assert f'data-theme="{other}"' in answer.text(), "it comes with the page, so nothing flashes"
        assert page.evaluate(ground) == tones[other]


def test_reduced_motion_moves_nothing(furnished: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(reduced_motion="reduce")
    page.goto(furnished.url)
    expect(page.locator(".leader").first).to_be_attached()
    assert page.evaluate("document.getAnimations().filter(one => one.playState === 'running').length") == 0


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_nothing_sticks_out_sideways(width: int, height: int, furnished: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": width, "height": height})

    def sticks_out() -> int:
        return page.evaluate("document.documentElement.scrollWidth - innerWidth")

    for path in ("/", "/generations/", "/generations/1/", "/generations/4/"):
        page.goto(furnished.url + path)
        assert sticks_out() <= 0, path
    page.goto(furnished.url)
    take_up(page)
    for mode in ("image-to-video", "lipsync", "control"):
        switch(page, mode)
        page.click("#generate")
        expect(page.locator("#composer[data-errors]")).to_be_visible()
        assert sticks_out() <= 0, mode
    if width == 1920:
        composer = page.locator(".desk").bounding_box()
        assert composer
        assert composer["width"] <= 400


def test_what_happens_is_said_to_a_screen_reader(furnished: Studio, page: Page) -> None:
    page.goto(furnished.url)
    page.click("#cancel-held")
    expect(page.locator("#announcer")).to_contain_text("Canceled")


def take_up(page: Page) -> None:
    """Bring the composer up where it is a sheet."""
    if page.locator("#new-take").is_visible():
        page.click("#new-take")
        expect(page.locator("#generate")).to_be_in_viewport()


def test_on_a_phone_the_composer_is_a_sheet_and_new_takes_come_into_view(
    studio: Studio, new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    page = new_page(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True, reduced_motion="reduce")
    page.goto(studio.url)
    desk = page.locator("#desk")
    expect(desk).to_be_hidden()
    page.locator("#new-take").tap()
    expect(page.locator("#generate")).to_be_in_viewport()
    expect(page.locator("#id_prompt")).to_be_focused()
    assert axe(page) == []
    page.get_by_role("button", name="Close", exact=True).tap()
    expect(desk).to_be_hidden()
    expect(page.locator("#new-take")).to_be_focused()
    page.keyboard.press("Enter")
    expect(desk).to_be_visible()
    page.keyboard.press("Escape")
    expect(desk).to_be_hidden()
    page.locator("#new-take").tap()
    page.fill("#id_prompt", "Held for the picture [broke]")
    page.fill("#id_takes", "2")
    page.locator("#generate").tap()
    expect(page.locator("#announcer")).to_have_text("2 takes asked for")
    expect(desk).to_be_hidden()
    expect(page.locator(".take").first).to_be_in_viewport()
    assert axe(page) == []


def test_without_scripts_the_sheet_comes_up_as_well(shared_studio: Studio, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True, java_script_enabled=False)
    page.goto(shared_studio.url)
    page.locator("#new-take").tap()
    expect(page.locator("#generate")).to_be_in_viewport()
    page.get_by_role("button", name="Close", exact=True).tap()
    expect(page.locator("#generate")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1024, 1920])
def test_a_long_failure_can_be_read_whole_in_its_cell(
    width: int, shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    [number] = add_takes(shared_studio, [{"prompt": "It fails", "message": "The reason is long. " * 30}])
    page.goto(shared_studio.url)
    take = page.locator(f"#generation-{number}")
    reason = take.locator(".reason")
    reason.focus()
    cell = take.locator(".media").bounding_box()
    assert cell
    if width > 640:
        assert round(cell["width"] / cell["height"], 2) == 1.78, "its row stays as it is"
    for edge in ("start", "end"):
        reason.evaluate("(text, edge) => text.scrollIntoView({block: edge})", edge)
        words, cell = reason.bounding_box(), take.locator(".media").bounding_box()
        assert words
        assert cell
        seen = (
            words["y"] >= cell["y"] if edge == "start" else words["y"] + words["height"] <= cell["y"] + cell["height"]
        )
        assert seen, f"{edge} of the text"

"""An unsent draft is never overwritten for good: whatever takes its place says so, and gives it back at a press."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import hover, press, tap
from tests.browser.history import add_takes
from tests.browser.kept import keep
from tests.browser.process import Studio
from tests.browser.steps import choose, switch


@pytest.fixture(scope="module")
def takes(shared_studio: Studio) -> list[int]:
    request = '{"type": "text-to-video", "prompt": "Made before", "resolution": "480p", "seed": 5, "duration": 5}'
    made = add_takes(shared_studio, [{"prompt": "Made before", "request": request, "status": "canceled"}])
    return [*made, *keep(shared_studio, {"prompt": "Kept before"})]


def typed(page: Page) -> None:
    page.fill("#id_prompt", "Not sent yet\nwith two lines")
    page.fill("#id_duration", "7")
    page.fill("#id_takes", "3")
    page.fill("#id_seed", "41")
    choose(page, "1080p")
    choose(page, "Portrait")


def is_all_there(page: Page) -> None:
    expect(page.locator("#composer[data-mode=text-to-video]")).to_be_visible()
    expect(page.locator("#id_prompt")).to_have_value("Not sent yet\nwith two lines")
    expect(page.locator("#id_duration")).to_have_value("7")
    expect(page.locator("#id_takes")).to_have_value("3")
    expect(page.locator("#id_seed")).to_have_value("41")
    expect(page.locator("#composer [name=resolution][value='1080p']")).to_be_checked()
    expect(page.locator("#composer [name=aspect_ratio][value='9:16']")).to_be_checked()


@pytest.mark.parametrize("end", ["same", "reseed"])
def test_settings_of_a_take_give_the_draft_back(
    end: str, takes: list[int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 1920, "height": 1000})
    page.goto(shared_studio.url)
    expect(page.locator("#undo-draft")).to_have_count(0)
    typed(page)
    press(page, page.locator(f"#generation-{takes[0]}-{end}"))
    expect(page.locator("#id_prompt")).to_have_value("Made before")
    page.fill("#id_prompt", "Made before, and changed")
    press(page, page.locator("#undo-draft"))
    is_all_there(page)
    press(page, page.locator("#undo-draft"))
    expect(page.locator("#id_prompt")).to_have_value("Made before, and changed")


def test_so_does_a_page_that_begins_with_a_take(takes: list[int], shared_studio: Studio, page: Page) -> None:
    page.goto(shared_studio.url)
    typed(page)
    page.goto(f"{shared_studio.url}/?from={takes[0]}")
    expect(page.locator("#id_prompt")).to_have_value("Made before")
    page.reload()
    expect(page.locator("#id_prompt")).to_have_value("Made before")
    page.locator("#undo-draft").press("Enter")
    is_all_there(page)


def test_so_does_a_finger_in_the_lightbox(
    takes: list[int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(shared_studio.url)
    page.locator("#new-take").tap()
    typed(page)
    page.get_by_role("button", name="Close", exact=True).tap()
    page.locator(f"#generation-{takes[1]}-play").tap()
    page.locator("#lightbox-info").tap()
    page.locator("#lightbox-panel").get_by_role("link", name="Use these settings").tap()
    expect(page.locator("#id_prompt")).to_have_value("Kept before")
    tap(page, page.locator("#undo-draft"))
    is_all_there(page)


@pytest.mark.parametrize("end", ["control", "frame"])
def test_so_does_a_video_or_a_frame_that_needs_another_mode(
    end: str, takes: list[int], shared_studio: Studio, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 1920, "height": 1000})
    page.goto(shared_studio.url)
    typed(page)
    hover(page, page.locator(f"#generation-{takes[1]} .media"))
    press(page, page.locator(f"#generation-{takes[1]}-{end}"))
    if end == "frame":
        page.locator("#frames [data-at=first]").click()
    mode, name = ("control", "video") if end == "control" else ("image-to-video", "image")
    expect(page.locator(f"#composer[data-mode={mode}] #field-{name} .own-file")).to_be_visible()
    page.locator("#undo-draft").click()
    is_all_there(page)
    switch(page, mode)
    expect(page.locator(f"#field-{name} .own-file")).to_have_count(0)


def test_so_does_a_dropped_file_that_needs_another_mode(
    shared_studio: Studio, page: Page, own_files: dict[str, Path]
) -> None:
    page.goto(shared_studio.url)
    typed(page)
    data = page.evaluate_handle("new DataTransfer()")
    page.evaluate(
        """async ([data, bytes]) => data.items.add(new File([new Uint8Array(bytes)], "a.png", {type: "image/png"}))""",
        [data, list(own_files["clip"].read_bytes())],
    )
    page.locator("#id_prompt").dispatch_event("drop", {"dataTransfer": data})
    expect(page.locator("#composer[data-mode=image-to-video] #field-image .own-file")).to_be_visible()
    page.locator("#undo-draft").click()
    is_all_there(page)


def test_so_does_an_example(studio: Studio, page: Page) -> None:
    page.goto(studio.url)
    page.click("#example-1")
    expect(page.locator("#undo-draft")).to_have_count(0)
    typed(page)
    page.click("#example-2")
    expect(page.locator("#id_prompt")).not_to_have_value("Not sent yet\nwith two lines")
    page.locator("#undo-draft").click()
    is_all_there(page)

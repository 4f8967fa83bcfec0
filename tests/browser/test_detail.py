"""A take's own page: everything about it, judged there, made again from there, live without disturbing the video."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.process import Studio
from tests.browser.steps import SOON, asks, becomes, goes_on, number_of, ready, rows

Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def kept(shared_studio: Studio, browser: object) -> int:
    """The number of a take whose video is kept."""
    page = browser.new_page()  # type: ignore[attr-defined]
    page.set_default_timeout(20_000)
    page.goto(shared_studio.url)
    take = asks(page, "A canoe at dawn", seconds=5)
    number = number_of(take)
    ready(take)
    for _ in range(SOON // 200):
        if rows(shared_studio)[0]["keeping"] == "kept":
            break
        page.wait_for_timeout(200)
    page.close()
    return number


@pytest.fixture
def detail(page: Page, shared_studio: Studio, kept: int) -> Page:
    page.goto(f"{shared_studio.url}/generations/{kept}/")
    return page


def test_it_says_everything_that_is_known(detail: Page, shared_studio: Studio) -> None:
    record = detail.locator("#record")
    stored = rows(shared_studio)[0]
    for words in ("A canoe at dawn", "480p", str(stored["seed"]), stored["task_id"], "20 credits", "Saved"):
        expect(record).to_contain_text(words)
    expect(record).to_contain_text(
        re.compile(r"videos/\d{4}-\d\d-\d\d/\d{4}_text-to-video_a-canoe-at-dawn_seed-\d+\.mp4")
    )
    expect(record).to_contain_text(re.compile(r"SHA-256\s*[0-9a-f]{64}"))
    expect(record).to_contain_text("854 × 480 · 24 frames a second")
    expect(record).to_contain_text(re.compile(r"\d bytes\)"))
    expect(detail.locator(".events li").last).to_contain_text("running → succeeded")
    detail.click("#wire summary")
    expect(detail.locator("#curl")).to_contain_text("Bearer $LTX2_API_KEY")


def test_the_video_plays_big_from_its_own_copy(detail: Page, kept: int) -> None:
    video = detail.locator(".detail video")
    expect(video).to_have_attribute("src", f"/generations/{kept}/video/")
    box = video.bounding_box()
    assert box
    assert box["width"] > 700
    video.evaluate("one => one.play()")
    goes_on(video)


def test_it_is_judged_there_by_keyboard(detail: Page, shared_studio: Studio, kept: int) -> None:
    detail.locator(f"#generation-{kept}-favorite").press("Enter")
    expect(detail.locator(f"#generation-{kept}-favorite")).to_have_attribute("aria-pressed", "true")
    detail.fill("#review-tags", "Dawn, boats")
    detail.press("#review-tags", "Enter")
    expect(detail.locator("#announcer")).to_have_text("Saved")
    detail.fill("#review-note", "The best light so far")
    detail.click("#review-save-note")
    detail.fill("#review-new-collection", "Opening")
    detail.press("#review-new-collection", "Enter")
    expect(detail.get_by_label("Opening")).to_be_checked()
    expect(detail.locator("#review-new-collection")).to_have_value("")
    detail.reload()
    expect(detail.locator("#review-tags")).to_have_value(re.compile("boats", re.IGNORECASE))
    expect(detail.locator("#review-note")).to_have_value("The best light so far")
    expect(detail.get_by_label("Opening")).to_be_checked()
    assert rows(shared_studio, f"id = {kept}")[0]["favorite"] == 1


def test_new_seeds_say_their_price_and_come_from_it(detail: Page, shared_studio: Studio, kept: int) -> None:
    expect(detail.locator("#again-seeds-4")).to_have_text("4 new seeds · free (80 credits with a key)")
    expect(detail.locator("#again-1080p")).to_contain_text("New 1080p take")
    expect(detail.locator(".remake")).to_contain_text("it may not look the same, even with this seed")
    before = len(rows(shared_studio))
    detail.locator("#again-seeds-1").press("Enter")
    detail.wait_for_url(lambda url: not url.endswith(f"/{kept}/"))
    new = rows(shared_studio)[before:]
    assert [row["parent_id"] for row in new] == [kept]
    detail.goto(f"{shared_studio.url}/generations/{new[0]['id']}/")
    expect(detail.locator(".lineage")).to_contain_text(f"Came from #{kept}: seed changed")
    detail.goto(f"{shared_studio.url}/generations/{kept}/")
    expect(detail.locator(".lineage")).to_contain_text(f"#{new[0]['id']}")


def test_the_frame_that_is_shown_begins_another_video(detail: Page) -> None:
    detail.locator(".detail video").evaluate(
        """one => new Promise(done => {
             one.addEventListener("seeked", done, {once: true});
             one.preload = "auto";
             one.currentTime = 2;
           })"""
    )
    detail.click("#frame-this")
    detail.wait_for_url("**mode=image-to-video**")
    expect(detail.locator("#composer[data-mode=image-to-video]")).to_be_visible()
    expect(detail.locator("[name=image]")).to_have_value(re.compile(r"^upload:\d+$"))


def test_the_video_can_be_the_source_of_another(detail: Page) -> None:
    detail.click("#use-in-control")
    detail.wait_for_url("**mode=control**")
    expect(detail.locator("#composer[data-mode=control]")).to_be_visible()


def test_what_happens_comes_by_itself(page: Page, shared_studio: Studio) -> None:
    page.goto(shared_studio.url)
    take = asks(page, "Watched from its page", seconds=5)
    page.goto(f"{shared_studio.url}/generations/{number_of(take)}/")
    page.fill("#review-note", "Half a sen")
    becomes(page.locator(".take"), "succeeded")
    expect(page.locator("#record")).to_contain_text("Saved", timeout=SOON)
    expect(page.locator("#review-note")).to_have_value("Half a sen")
    assert page.evaluate("document.activeElement.id") == "review-note"


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nobody_is_shut_out(
    scheme: str, width: int, kept: int, shared_studio: Studio, new_page: Callable[..., Page], axe: Axe
) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 800})
    page.goto(f"{shared_studio.url}/generations/{kept}/")
    page.click("#wire summary")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

"""All four modes go from the form to a video that plays."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.browser.files import mode_is
from tests.browser.process import Studio
from tests.browser.steps import asks, choose, plays, ready, switch

LINKS = {"image-to-video": "image", "lipsync": "audio", "control": "video"}


def test_every_mode_goes_from_the_form_to_a_playing_video(studio: Studio, page: Page) -> None:
    page.goto(studio.url)
    cards = {"text-to-video": asks(page, "A pine ridge", seconds=5)}
    choose(page, "Portrait")
    cards["portrait"] = asks(page, "A pine ridge, upright", seconds=5)
    for mode, link in LINKS.items():
        switch(page, mode)
        page.click(f"#sample-{link}")
        expect(page.locator(f"#preview-{link} > :first-child")).to_be_visible()
        cards[mode] = asks(page, f"A pine ridge, {mode}", seconds=5)
    for name, card in cards.items():
        video = ready(card)
        plays(video)
        width, height, length = video.evaluate("v => [v.videoWidth, v.videoHeight, v.duration]")
        assert min(width, height) == 480, name
        assert (width < height) == (name == "portrait"), name
        assert abs(length - 5) < 0.1, name
        facts = card.locator(".facts")
        expect(facts.get_by_role("link", name="Download")).to_have_count(1)
    assert page.locator(".take video").count() == 5


def test_the_length_and_the_resolution_are_those_asked_for(shared_studio: Studio, page: Page) -> None:
    page.goto(shared_studio.url)
    card = asks(page, "A sea", seconds=7, resolution="720p")
    video = ready(card)
    plays(video)
    size = video.evaluate(
        "v => new Promise(done => v.readyState ? done() : v.addEventListener('loadedmetadata', () => done()))"
        ".then(() => [v.videoWidth, v.videoHeight, Math.round(v.duration)])"
    )
    assert size == [1280, 720, 7]


def test_of_two_modes_asked_for_at_once_the_later_one_comes(shared_studio: Studio, page: Page) -> None:
    page.goto(shared_studio.url)
    mode_is(page, "text-to-video")
    held: list[Route] = []
    page.route("**/compose/**", lambda route: held.append(route), times=2)  # not what a reload asks for
    for mode in ("image-to-video", "lipsync"):
        with page.expect_request(f"**/compose/{mode}/"):
            page.click(f"#mode-{mode}")
    assert len(held) == 2
    for each in held:
        each.continue_()
    mode_is(page, "lipsync")
    page.reload()
    mode_is(page, "lipsync")

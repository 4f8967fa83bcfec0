"""One press of the button is one order, however often it is sent; a wanted second take is never swallowed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import press
from tests.browser.process import Studio
from tests.browser.steps import asks, number_of, ready, rows


@pytest.fixture
def form(page: Page, shared_studio: Studio) -> Page:
    page.goto(shared_studio.url)
    return page


def made(studio: Studio, prompt: str) -> int:
    return len(rows(studio, f"prompt LIKE '{prompt}%'"))


def test_a_double_click_makes_one_set(form: Page, shared_studio: Studio) -> None:
    form.fill("#id_prompt", "Double [late]")
    form.fill("#id_takes", "2")
    form.dblclick("#generate")
    cards = form.locator(".take", has_text="Double [late]")
    expect(cards).to_have_count(2)
    expect(form.locator("#generate")).to_be_enabled()
    assert made(shared_studio, "Double") == 2


def test_a_form_that_is_sent_twice_makes_one_set(form: Page, shared_studio: Studio) -> None:
    form.fill("#id_prompt", "Resent [late]")
    answers = form.evaluate(
        """async () => {
             const form = document.getElementById("composer-form");
             const send = () => fetch(form.action, {method: "POST", body: new FormData(form)});
             return (await Promise.all([send(), send(), send()])).map(answer => answer.url);
           }"""
    )
    assert len(set(answers)) == 1, "the same take's page each time"
    assert made(shared_studio, "Resent") == 1


def test_the_same_key_with_other_settings_comes_back_with_a_word(form: Page, shared_studio: Studio) -> None:
    form.fill("#id_prompt", "Key [late]")
    key = form.input_value("#submission-key")
    form.click("#generate")
    expect(form.locator(".take", has_text="Key [late]")).to_have_count(1)
    form.fill("#id_prompt", "Key, other words [late]")
    form.locator("#submission-key").evaluate("(field, key) => { field.value = key; }", key)
    form.click("#generate")
    expect(form.locator("#composer-form > .error")).to_contain_text("Press Generate again")
    assert made(shared_studio, "Key, other words") == 0
    form.click("#generate")
    expect(form.locator(".take", has_text="Key, other words [late]")).to_have_count(1)


def test_the_button_takes_a_click_while_the_price_is_being_asked(form: Page) -> None:
    form.route("**/estimate/", lambda route: None)  # an answer that takes long
    form.fill("#id_prompt", "Hasty [late]")
    with form.expect_request("**/estimate/"):
        form.fill("#id_duration", "6")
    expect(form.locator("#generate")).to_be_enabled(timeout=100)
    form.click("#generate")
    expect(form.locator(".take", has_text="Hasty [late]")).to_have_count(1)


def test_a_price_that_comes_while_the_button_is_pressed_does_not_swallow_the_click(form: Page) -> None:
    """Browsers make no click where what was pressed is gone before it is let go."""
    box = form.locator("#generate-label").bounding_box()
    assert box
    form.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    form.fill("#id_prompt", "Pressed early [late]")
    form.fill("#id_duration", "10")
    form.mouse.down()
    expect(form.locator("#generate")).to_contain_text("(40 credits with a key)")
    form.mouse.up()
    expect(form.locator(".take", has_text="Pressed early [late]")).to_have_count(1)


def test_a_second_press_is_a_second_take(form: Page, shared_studio: Studio) -> None:
    form.fill("#id_prompt", "Wanted [late]")
    for count in (1, 2):
        form.click("#generate")
        expect(form.locator(".take", has_text="Wanted [late]")).to_have_count(count)
    assert made(shared_studio, "Wanted") == 2


def test_four_takes_make_four_cards_with_four_seeds_and_four_videos(form: Page, shared_studio: Studio) -> None:
    form.fill("#id_takes", "4")
    expect(form.locator("#generate")).to_have_text("Generate 4 test clips · free (96 credits with a key)")
    newest = asks(form, "Four of a kind", seconds=5, takes=4, seed="")
    cards = form.locator(".take", has_text="Four of a kind")
    stored = rows(shared_studio, "prompt = 'Four of a kind'")
    assert len({row["seed"] for row in stored}) == 4
    assert len({row["submission_id"] for row in stored}) == 1
    ids = [number_of(cards.nth(n)) for n in range(4)]
    assert ids == sorted(ids, reverse=True)
    assert number_of(newest) == ids[0]
    for number in range(4):
        ready(cards.nth(number))


def test_a_seed_can_be_repeated_or_drawn_anew_from_a_card(form: Page, shared_studio: Studio) -> None:
    take = asks(form, "Settings", seconds=9, seed="1234", resolution="1080p")
    ready(take)  # while it is made, a small card has room for the first of the two links only
    form.fill("#id_prompt", "Something else")
    form.fill("#id_seed", "")
    press(form, take.get_by_role("link", name="Use these settings"))
    expect(form.locator("#id_prompt")).to_have_value("Settings")
    expect(form.locator("#id_seed")).to_have_value("1234")
    expect(form.locator("#id_duration")).to_have_value("9")
    expect(form.locator("[name=resolution][value='1080p']")).to_be_checked()
    press(form, take.get_by_role("link", name="New seed"))
    expect(form.locator("#id_seed")).to_have_value("")
    expect(form.locator("#id_prompt")).to_have_value("Settings")


def test_an_example_fills_the_composer(studio: Studio, page: Page) -> None:
    page.goto(studio.url)
    expect(page.locator("#empty .frame")).to_have_count(3)
    page.click("#example-2")
    expect(page.locator("#id_prompt")).to_have_value(page.locator("#example-2 span").inner_text())
    expect(page.locator("#prompt-count")).not_to_have_text("0 / 2,500")
    page.click("#generate")
    expect(page.locator(".take")).to_have_count(1)
    expect(page.locator("#empty")).to_have_count(0)
    expect(page.locator(".day")).to_have_count(1)

"""A take whose answer never came: what is said, and every way out of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.hand import press
from tests.browser.process import Studio, open_url
from tests.browser.steps import asks, becomes, card, number_of, plays, ready, rows


@pytest.fixture
def gallery(page: Page, shared_studio: Studio) -> Page:
    page.goto(shared_studio.url)
    return page


def unconfirmed(page: Page, prompt: str) -> Locator:
    return becomes(asks(page, f"{prompt} [reset]", seconds=5), "unconfirmed")


def task_id_of(studio: Studio, prompt: str) -> str:
    """As a person finds it: on the provider's dashboard."""
    with open_url(f"http://127.0.0.1:{studio.env['STUDIO_SANDBOX_PORT']}/") as page:
        row = next(row for row in page.read().decode().split("<tr>") if prompt in row)
    found = re.search(r"n50\w+_ltx2", row)
    assert found
    return found[0]


def test_it_says_when_it_was_sent_and_that_it_is_never_sent_again_by_itself(
    gallery: Page, shared_studio: Studio
) -> None:
    take = unconfirmed(gallery, "Said")
    story = take.locator(".story")
    expect(story).to_contain_text(re.compile(r"Sent \d\d:\d\d, no answer came\."))
    expect(story).to_contain_text("We will not send it again by ourselves.")
    link = take.get_by_role("link", name="the sandbox’s dashboard")
    expect(link).to_have_attribute("href", f"http://127.0.0.1:{shared_studio.env['STUDIO_SANDBOX_PORT']}/")
    for name in ("Follow it", "Send again", "It never arrived", "Write it off"):
        expect(take.get_by_role("button", name=name)).to_be_visible()


def test_the_task_id_from_the_dashboard_brings_the_video(gallery: Page, shared_studio: Studio) -> None:
    take = unconfirmed(gallery, "Followed")
    take.get_by_label("Task id").fill("no id at all")
    press(gallery, take.get_by_role("button", name="Follow it"))
    expect(take.locator(".story .error")).to_contain_text("Copy the task id")
    take.get_by_label("Task id").fill(task_id_of(shared_studio, "Followed"))
    take.get_by_label("Task id").press("Enter")
    video = ready(take)
    plays(video)
    assert gallery.url == f"{shared_studio.url}/"


def test_a_task_id_can_be_taken_back(gallery: Page) -> None:
    take = unconfirmed(gallery, "Taken back")
    take.get_by_label("Task id").fill("n50123_ltx2")
    press(gallery, take.get_by_role("button", name="Follow it"))
    becomes(take, "running")
    press(gallery, take.get_by_role("button", name="Take the task id back"))
    becomes(take, "unconfirmed")
    expect(take.get_by_role("button", name="Send again")).to_be_visible()


def test_sending_again_makes_one_new_card_that_replaces_it(gallery: Page, shared_studio: Studio) -> None:
    take = unconfirmed(gallery, "Again")
    before = gallery.locator(".take").count()
    asked: list[str] = []
    agrees = False

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if agrees else dialog.dismiss()

    gallery.on("dialog", answer)
    press(gallery, take.get_by_role("button", name="Send again"))
    assert asked == ["Send it again? If the first one did arrive, you pay for both."]
    becomes(take, "unconfirmed")
    assert len(rows(shared_studio, "prompt LIKE 'Again%'")) == 1, "a second thought sends nothing"
    agrees = True
    press(gallery, take.get_by_role("button", name="Send again"))
    becomes(take, "closed")
    expect(gallery.locator(".take")).to_have_count(before + 1)
    new = card(gallery)
    becomes(new, "unconfirmed")
    expect(take.locator(".story")).to_contain_text(f"Sent again as #{number_of(new)}")
    expect(take.get_by_role("button", name="Send again")).to_have_count(0)
    stored = rows(shared_studio, "prompt LIKE 'Again%'")
    assert [row["replaces_id"] for row in stored] == [None, number_of(take)]
    assert stored[0]["seed"] == stored[1]["seed"]


@pytest.mark.parametrize(
    ("way", "said", "charged"),
    [("It never arrived", "Never arrived", "no"), ("Write it off", "Written off", "maybe")],
)
def test_it_can_be_closed(way: str, said: str, charged: str, gallery: Page, shared_studio: Studio) -> None:
    take = unconfirmed(gallery, f"Closed {charged}")
    press(gallery, take.get_by_role("button", name=way))
    becomes(take, "closed")
    expect(take.locator(".status")).to_have_text(said)
    assert rows(shared_studio)[-1]["charged"] == charged
    gallery.reload()
    expect(take.locator(".status")).to_have_text(said)


def test_every_way_out_is_on_the_take_s_own_page(gallery: Page, shared_studio: Studio) -> None:
    take = unconfirmed(gallery, "On its page")
    old = number_of(take)
    take.locator(".line a").click()
    gallery.once("dialog", lambda dialog: dialog.accept())
    gallery.get_by_role("button", name="Send again").click()
    gallery.wait_for_url(f"**/generations/{old + 1}/")
    expect(gallery.locator("#record")).to_contain_text(f"Sent again in place of #{old}.")
    becomes(card(gallery), "unconfirmed")
    expect(gallery.locator(".events")).to_contain_text("submitting → unconfirmed")
    gallery.get_by_role("button", name="Write it off").click()
    becomes(card(gallery), "closed")
    expect(gallery.locator(".events")).to_contain_text("You wrote it off")

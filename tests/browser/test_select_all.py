"""All that match a filter: those that a person has seen or was told of, and never what came instead."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.kept import keep
from tests.browser.process import Studio
from tests.browser.steps import database, rows
from tests.browser.test_select import pick, picked, words

COUNT = 12


@pytest.fixture(scope="module")
def full(shared_studio: Studio) -> Studio:
    """12 kept takes, ids from 1; every fourth has a fox in it."""
    keep(shared_studio, *({"prompt": f"{'Fox' if n % 4 == 0 else 'Shot'} number {n}"} for n in range(1, COUNT + 1)))
    return shared_studio


@pytest.fixture
def foxes(full: Studio, page: Page) -> Page:
    """All three of them are selected."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{full.url}/?q=fox")
    pick(page, COUNT).check(force=True)
    page.get_by_role("button", name="Select all that match").click()
    words(page, "3 takes")
    return page


def stored(studio: Studio, where: str) -> list[int]:
    return [row["id"] for row in rows(studio, where)]


def reword(studio: Studio, take: int, prompt: str) -> None:
    connection = database(studio)
    with connection:
        connection.execute("UPDATE studio_generation SET prompt = ? WHERE id = ?", [prompt, take])
    connection.close()


def test_all_of_one_filter_are_not_all_of_another(foxes: Page, full: Studio) -> None:
    foxes.locator("#clear").click()
    expect(foxes.locator(".take")).to_have_count(COUNT)
    expect(foxes.locator("#bar")).to_be_hidden()
    assert picked(foxes) == []
    foxes.go_back()
    expect(foxes.locator(".take")).to_have_count(3)
    expect(foxes.locator("#bar")).to_be_hidden()
    assert stored(full, "deleted_at IS NOT NULL") == []


def test_more_than_were_told_of_are_left_alone(foxes: Page, full: Studio) -> None:
    reword(full, 11, "One more fox")
    foxes.get_by_role("button", name="Rate all 1 of 5").click()
    expect(foxes.locator("#toast")).to_contain_text("4 takes match by now, so nothing was done.")
    words(foxes, "4 takes")
    reword(full, 10, "Yet another fox")
    foxes.locator("#bar-delete").click()
    expect(foxes.locator("#toast")).to_contain_text("5 takes match by now, so nothing was done.")
    expect(foxes.locator(".take")).to_have_count(3)
    assert stored(full, "deleted_at IS NOT NULL OR rating = 1") == []

"""Behind a real nginx: on another port, over https, and below a path of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.files import drop, in_place, picture_shows
from tests.browser.lightbox import becomes_stored, opened
from tests.browser.process import Studio
from tests.browser.proxy import Nginx
from tests.browser.steps import asks, becomes, number_of

PASSWORD = "twelve letters and more"  # noqa: S105 - a test's own
FORWARDED = "proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"

Front = Callable[..., Nginx]


@pytest.fixture
def front(tmp_path: Path, shared_studio: Studio) -> Iterator[Front]:
    started: list[Nginx] = []

    def put(**config: object) -> Nginx:
        started.append(Nginx(tmp_path / f"nginx-{len(started)}", shared_studio.port, **config))  # type: ignore[arg-type]
        return started[-1]

    yield put
    for nginx in started:
        nginx.end()


def log_in(page: Page) -> None:
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Log in").click()


def follow(page: Page) -> list[tuple[int, str]]:
    """Status and address of all that the page is answered."""
    answers: list[tuple[int, str]] = []
    page.on("response", lambda answer: answers.append((answer.status, answer.url)))
    return answers


def test_another_port_is_named_and_works_by_the_setting(
    shared_studio: Studio, front: Front, new_page: Callable[..., Page], allowed_errors: list[str]
) -> None:
    allowed_errors.append("status of 403|Response Status Error Code 403")
    nginx = front(lines="proxy_set_header Host $host;")
    shared_studio.restart(STUDIO_PASSWORD=PASSWORD)
    page = new_page()
    page.goto(nginx.origin)
    log_in(page)
    line = f"STUDIO_TRUSTED_ORIGINS={nginx.origin}"
    expect(page.locator("main")).to_contain_text("http://127.0.0.1.")
    expect(page.locator("main pre")).to_have_text(line)
    name, _, value = page.locator("main pre").inner_text().partition("=")
    shared_studio.restart(**{name: value})
    page.goto(nginx.origin)
    log_in(page)
    becomes(asks(page, "Behind another port [refuse]", seconds=5), "failed")
    expect(page.locator("#notice .trouble")).to_have_count(0)


def test_without_a_password_it_is_named_beside_what_was_pressed(
    shared_studio: Studio, front: Front, new_page: Callable[..., Page], allowed_errors: list[str]
) -> None:
    allowed_errors.append("status of 403|Response Status Error Code 403")
    nginx = front(lines="proxy_set_header Host $host;")
    shared_studio.restart(STUDIO_PASSWORD="", STUDIO_TRUSTED_ORIGINS="")
    page = new_page()
    page.goto(nginx.origin)
    page.fill("#id_prompt", "A quiet bay")
    page.click("#generate")
    expect(page.locator("#estimate .trouble")).to_contain_text(f"STUDIO_TRUSTED_ORIGINS={nginx.origin}")


@pytest.mark.parametrize("passed_on", [True, False], ids=["path passed on", "path taken away"])
def test_the_main_job_below_a_path_over_https(
    shared_studio: Studio, front: Front, new_page: Callable[..., Page], own_files: dict[str, Path], passed_on: bool
) -> None:
    nginx = front(
        location="/video/dailies/", path="" if passed_on else "/", tls=True,
        lines=f"proxy_set_header Host $http_host; {FORWARDED}",
    )  # fmt: skip
    settings = {"STUDIO_HTTPS": "1", "STUDIO_SECURE_PROXY": "1", "STUDIO_BASE_PATH": "/video/dailies"}
    shared_studio.restart(STUDIO_PASSWORD=PASSWORD, STUDIO_TRUSTED_ORIGINS="", **settings)
    page = new_page(ignore_https_errors=True)
    answers, home = follow(page), f"{nginx.origin}/video/dailies/"
    page.goto(home)
    expect(page).to_have_url(re.compile(re.escape(f"{home}login/?next=/video/dailies/")))
    log_in(page)
    expect(page).to_have_url(home)
    take = asks(page, "Below a path", seconds=5)
    becomes(take, "succeeded")
    expect(take.locator("video, img").first).to_be_attached()
    drop(page, own_files["picture"], "image/png")
    in_place(page, "image", "Ufer am Abend.png")
    picture_shows(page)
    number = number_of(take)
    opened(page, number)
    page.keyboard.press("f")
    becomes_stored(page, shared_studio, number, "favorite", 1)
    page.keyboard.press("Escape")
    page.locator("#search").fill("below")
    expect(page).to_have_url(re.compile("q=below"))
    page.goto(f"{home}generations/{number}/")
    page.goto(f"{home}trash/")
    page.goto(home)
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert {"dailies_session", "dailies_csrf", "dailies_known", "timezone"} <= set(cookies)
    assert {cookie["path"] for cookie in cookies.values()} == {"/video/dailies/"}
    page.locator("#menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#id_password")).to_be_visible()
    assert [each for each in answers if each[0] >= 400] == []
    handed_over = f"{nginx.origin}/handed-over/"  # the test's own, for what is dropped
    provider = f"http://127.0.0.1:{shared_studio.env['STUDIO_SANDBOX_PORT']}/videos/"  # until the video is kept
    assert [url for _, url in answers if not url.startswith((home, provider, handed_over, "blob:", "data:"))] == []

"""With a password the studio is behind one door."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from studio.clients import address_of
from studio.middleware import set_password
from studio.urls import urlpatterns
from tests.html import read
from tests.pages import HTMX, Make, typed

from .test_owners import path

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"  # noqa: S105


@pytest.fixture(autouse=True)
def _locked(settings, me: User) -> None:
    settings.STUDIO_PASSWORD = PASSWORD
    set_password()


def enter(client: Client, password: str = PASSWORD, **more: str):
    return client.post("/login/", {"username": "studio", "password": password, **more})


def urls() -> list[str]:
    return [path(each, 1) for each in urlpatterns]


@pytest.mark.parametrize("method", ["get", "post"])
def test_everything_but_the_door_and_the_health_check_asks_for_the_password(
    client: Client, make: Make, method: str
) -> None:
    make()
    for url in urls():
        answer = getattr(client, method)(url)
        if url in ("/login/", "/healthz"):
            assert answer.status_code in (200, 503, 405)
        elif url != "/logout/":
            assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={url}")
        assert b"A bay" not in answer.content


def test_the_right_password_opens_it(client: Client) -> None:
    assert (enter(client).status_code, enter(client)["Location"]) == (302, "/")
    page = read(client.get("/"))
    assert page.one("form", action="/logout/").text == "Log out"
    client.post("/logout/")
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), PASSWORD + "\x00", "x" * 100_000])
def test_a_wrong_one_does_not(client: Client, password: str) -> None:
    answer = enter(client, password)
    assert answer.status_code == 200
    page = read(answer)
    assert page.id("login-error").text
    assert page.id("id_password").attrs["aria-invalid"] == "true"
    assert "value" not in page.id("id_password").attrs
    assert client.get("/").status_code == 302


def test_after_five_tries_in_a_minute_even_the_right_one_waits(client: Client, monkeypatch) -> None:
    for _ in range(5):
        assert enter(client, "wrong").status_code == 200
    answer = enter(Client())
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "Too many tries" in read(answer).id("login-error").text
    assert (
        Client(REMOTE_ADDR="192.0.2.9").post("/login/", {"username": "studio", "password": PASSWORD}).status_code == 302
    )
    cache.clear()  # a minute later
    assert enter(client).status_code == 302


def test_a_made_up_forwarded_address_gets_no_more_tries(client: Client) -> None:
    answers = [
        client.post("/login/", {"password": "x"}, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(6)
    ]
    assert answers == [200] * 5 + [429]


def test_behind_a_trusted_proxy_each_client_has_tries_of_its_own(client: Client, settings) -> None:
    settings.STUDIO_SECURE_PROXY = True

    def tries(*named: str, **more: str) -> int:
        headers = {"X-Forwarded-For": ", ".join(named)}
        return client.post("/login/", {"password": "wrong"}, headers=headers, **more).status_code

    assert [tries("203.0.113.7") for _ in range(6)] == [200] * 5 + [429]
    assert tries("203.0.113.8") == 200
    assert tries("203.0.113.8", "203.0.113.7") == 429  # what stands before the last came from outside
    assert [tries(f"2001:db8::{n}") for n in range(6)] == [200] * 5 + [429]  # one customer's /64
    assert tries("2001:db8:0:1::1") == 200
    assert [tries(f"192.0.2.{n}", REMOTE_ADDR="8.8.8.8") for n in range(6)] == [200] * 5 + [429]  # no proxy of ours


@pytest.mark.parametrize(("forwarded", "address"), [
    ("203.0.113.7", "203.0.113.7"), ("1.2.3.4, 203.0.113.7", "203.0.113.7"), ("203.0.113.7:4711", "203.0.113.7"),
    ("[2001:db8::1]:99", "2001:db8::1"), ("2001:db8::1", "2001:db8::1"), ("::ffff:203.0.113.7", "203.0.113.7"),
    ("", "127.0.0.1"), ("unknown", "127.0.0.1"), ("_hidden, x\n", "127.0.0.1"), ("203.0.113.7,", "127.0.0.1"),
    ("9" * 9999, "127.0.0.1"), ("fe80::1%eth0", "fe80::1"),
])  # fmt: skip
def test_the_client_is_the_one_that_the_proxy_names(settings, forwarded: str, address: str) -> None:
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert address_of(environ) == "127.0.0.1"
    settings.STUDIO_SECURE_PROXY = True
    assert address_of(environ) == address


def test_strangers_behind_the_same_address_do_not_lock_out_who_has_been_in(client: Client) -> None:
    enter(client)
    client.post("/logout/")
    stranger = Client()
    assert [enter(stranger, "wrong").status_code for _ in range(6)].count(429) > 0
    assert enter(client).status_code == 302
    client.post("/logout/")
    assert [enter(client, "wrong").status_code for _ in range(6)].count(429) > 0  # nor does it try for ever
    stranger.cookies["dailies_known"] = client.cookies["dailies_known"].value[:-1] + "x"
    assert enter(stranger).status_code == 429


def test_each_wrong_password_and_each_refusal_is_logged_with_its_address(
    client: Client, settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STUDIO_SECURE_PROXY = True
    for _ in range(6):
        client.post("/login/", {"username": "studio", "password": "wrong"}, headers={"X-Forwarded-For": "203.0.113.7"})
    said = [each.getMessage() for each in caplog.records if each.name == "studio.login"]
    assert said[:5] == ["Wrong password from 203.0.113.7"] * 5
    assert said[5:] == ["Too many passwords from 203.0.113.7: this one was not looked at"]
    caplog.clear()
    assert enter(client).status_code == 302
    assert "studio.login" not in {each.name for each in caplog.records}


def test_a_wrong_password_is_not_hashed_and_a_right_one_once(client: Client, monkeypatch) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, word, salt: hashed.append(word) or encode(self, word, salt)
    )
    enter(client, "wrong")
    assert hashed == []
    enter(client)
    assert hashed == [PASSWORD]


@pytest.mark.parametrize("target", [
    "https://evil.example/", "//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)",
    "\x08//evil.example",
])  # fmt: skip
def test_it_leads_nowhere_else(client: Client, target: str) -> None:
    assert enter(client, next=target)["Location"] == "/"
    assert target not in client.get("/login/", {"next": target}, follow=True).request["PATH_INFO"]


def test_it_leads_to_where_one_wanted_to_go(client: Client) -> None:
    assert enter(client, next="/generations/7/")["Location"] == "/generations/7/"


def test_another_password_ends_all_sessions(client: Client, settings) -> None:
    enter(client)
    assert client.get("/").status_code == 200
    settings.STUDIO_PASSWORD = PASSWORD[::-1]
    set_password()
    assert client.get("/").status_code == 302
    assert enter(client).status_code == 200
    assert enter(client, PASSWORD[::-1]).status_code == 302


def test_it_works_under_a_server_that_never_set_the_password(client: Client, me: User) -> None:
    User.objects.update(password="")
    assert enter(client).status_code == 302


def test_the_session_is_a_new_one_after_the_door(client: Client) -> None:
    client.cookies["dailies_session"] = "chosen-by-somebody"
    enter(client)
    cookie = client.cookies["dailies_session"]
    assert cookie.value != "chosen-by-somebody"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_door_needs_its_token(strict: Client) -> None:
    assert enter(strict).status_code == 403


def test_a_page_that_was_left_open_is_sent_to_the_door(client: Client) -> None:
    answer = client.post(
        "/generations/", typed(), headers={**HTMX, "HX-Current-URL": "http://testserver/?type=control"}
    )
    assert answer["HX-Redirect"] == "/login/?next=/%3Ftype%3Dcontrol"
    assert client.get("/generations/changes/", headers=HTMX)["HX-Redirect"] == "/login/?next=/"


def test_without_a_password_there_is_no_door(client: Client, settings) -> None:
    settings.STUDIO_PASSWORD = ""
    assert client.get("/login/")["Location"] == "/"
    assert client.get("/").status_code == 200

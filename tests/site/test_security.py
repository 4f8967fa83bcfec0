"""Nothing that runs comes from outside, and every page says what it may load."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studio.generations.connections import Connection, WorkerHeartbeat
from tests.commands.starting import outcomes
from tests.html import Element, read
from tests.pages import HTMX, LINK, Make, typed

WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"
pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": {"'self'"},
    "media-src": {"'self'", "blob:", "https:", "http:"},
    "img-src": {"'self'", "blob:", "data:", "https:", "http:"},
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
    "form-action": {"'self'"},
}
PROBE = (
    """"><script>alert(1)</script><img src=x onerror=alert(2)>' style='x' onmouseover='alert(3)' """
    "{{ 7|add:7 }} javascript:alert(4)"
)
UNSAFE = [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>1</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example/x",
    "/logout/",
    "https:alert(1)",
    "\x01javascript:alert(1)",
]
STATES = ["queued", "submitting", "running", "succeeded", "failed", "unconfirmed", "closed", "canceled"]


@pytest.fixture
def everything(make: Make, me: object) -> list[str]:
    """A gallery of all states in which all that came from outside is hostile; the URLs that show it."""
    takes = [
        make(
            request_={"prompt": PROBE}, status=status, message=PROBE, last_answer=PROBE, task_id=PROBE[:150],
            status_word=PROBE[:60], video_url=LINK, other_task_id=PROBE[:150], other_state="succeeded",
            other_video_url=LINK, submitted_at=timezone.now(), late_since=timezone.now(), task_id_given=True,
        )
        for status in STATES
    ]  # fmt: skip
    make(held="key", due_at=None, message=PROBE)
    takes.append(make(request_={"type": "image-to-video", "prompt": PROBE, "image": LINK + "?a='\"><b>"}))
    Connection.named("sandbox").pause("key", PROBE)
    Connection.named("sandbox").warn(PROBE)
    return ["/", "/generations/", *(take.get_absolute_url() for take in takes), f"/?from={takes[0].pk}"]


def pages(client: Client, urls: list[str]) -> list:
    modes = [f"/?type={mode}" for mode in ("image-to-video", "lipsync", "control")]
    answers = [client.get(url) for url in [*urls, *modes, "/compose/control/", "/nothing/", "/generations/999999/"]]
    bad = typed(prompt=PROBE, seed=PROBE, duration=PROBE, resolution=PROBE, aspect_ratio=PROBE, takes=PROBE)
    answers += [client.post("/generations/", bad), client.post("/generations/", bad, headers=HTMX)]
    answers += [client.post("/generations/", typed("control", video=PROBE, video_duration=PROBE, mode=PROBE))]
    answers += [client.get("/", headers={"Host": "evil.example"}), client.post("/estimate/", bad, headers=HTMX)]
    answers += [client.get("/generations/changes/?newest=0", headers=HTMX)]
    return answers


def runs(page: Element) -> list[str]:
    """What would run, or set a style, inside a page."""
    found = []
    for each in page:
        if each.tag == "script" and (each.exact.strip() or not each.attrs.get("src", "").startswith("/static/")):
            found.append(f"<script> {each.attrs}")
        if each.tag in ("style", "iframe", "object", "embed", "base", "b"):
            found.append(f"<{each.tag}>")
        for name, value in each.attrs.items():
            scheme = re.match(r"[\s\x00-\x1f]*([a-z]+):", value, re.IGNORECASE)
            if name == "style" or re.match(r"on|hx-on|hx-vals|srcdoc", name):
                found.append(f"{name}={value}")
            if name in ("href", "src", "action", "formaction", "poster") and scheme:
                found += [] if scheme[1].lower() in ("http", "https") else [f"{name}={value}"]
            if name in ("src", "href") and each.tag in ("img", "video", "a") and not value:
                found.append(f"<{each.tag}> with an empty {name}")
    return found


def test_nothing_from_outside_runs_and_nothing_of_ours_is_inline(client: Client, everything: list) -> None:
    for answer in pages(client, everything):
        assert runs(read(answer)) == []
        assert "{{" not in answer.content.decode().replace("{{ 7|add:7 }}", "")


def test_hostile_words_are_shown_as_they_are(client: Client, everything: list) -> None:
    failed = next(card for card in read(client.get("/")).all("article") if card.attrs["data-status"] == "failed")
    assert " ".join(PROBE.split()) in failed.text


def test_every_page_says_what_it_may_load(client: Client, everything: list) -> None:
    for answer in pages(client, everything):
        directives = [each.split() for each in answer["Content-Security-Policy"].split(";") if each.strip()]
        assert {name: set(sources) for name, *sources in directives} == POLICY
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"


def test_htmx_runs_no_code_from_a_page(client: Client) -> None:
    meta = read(client.get("/")).one("meta", name="htmx-config")
    assert json.loads(meta.attrs["content"]) == {
        "includeIndicatorStyles": False, "allowEval": False, "allowScriptTags": False, "historyCacheSize": 0,
        "historyRestoreAsHxRequest": False,
    }  # fmt: skip


def test_nothing_is_loaded_from_elsewhere(client: Client) -> None:
    for each in read(client.get("/")):
        if each.tag in ("script", "link", "img"):
            assert (each.attrs.get("src") or each.attrs["href"]).startswith("/static/")


@pytest.mark.parametrize("link", UNSAFE)
def test_a_result_link_that_is_no_web_address_is_never_one_on_a_page(client: Client, make: Make, link: str) -> None:
    take = make(status="succeeded", video_url=link, other_task_id="t", other_state="succeeded", other_video_url=link)
    waiting = make()
    type(take).objects.filter(pk=waiting.pk).update(request={**waiting.request, "image": link})
    for url in ("/", take.get_absolute_url(), waiting.get_absolute_url()):
        page = read(client.get(url))
        used = [
            value for each in page for name, value in each.attrs.items() if name in ("href", "src", "action", "data")
        ]
        assert link not in [value for value in used if value != "/logout/"]
        assert runs(page) == []
        assert not [video for video in page.all("video") if "src" in video.attrs]  # the lightbox has an empty one


def test_links_out_tell_nothing_about_the_studio(client: Client, make: Make) -> None:
    make(status="succeeded", video_url=LINK)
    out = [each for each in read(client.get("/")).all("a") if each.attrs.get("href", "").startswith("http")]
    assert out
    assert all({"noopener", "noreferrer"} <= set(each.attrs["rel"].split()) for each in out)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "", "a b"]
)
@pytest.mark.parametrize("url", ["/", "/generations/", "/healthz", "/generations/changes/", "/login/"])
def test_a_name_that_is_not_listed_reaches_nothing(client: Client, make: Make, host: str, url: str) -> None:
    make()
    answer = client.get(url, headers={"Host": host})
    assert answer.status_code == 400
    assert b"A bay" not in answer.content


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:9", "[::1]:8000"])
def test_loopback_names_are_listed(client: Client, me: object, settings, host: str) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_another_sites_form_is_refused(strict: Client, make: Make) -> None:
    page = read(strict.get("/", secure=True))
    token = page.id("composer-form").values()["csrfmiddlewaretoken"]
    sent = typed(csrfmiddlewaretoken=token)
    answer = strict.post("/generations/", sent, headers={"Origin": "https://evil.example"}, secure=True)
    assert answer.status_code == 403
    assert "That did not go through." in answer.content.decode()


@pytest.mark.parametrize("browser", ["http://127.0.0.1:8080", "https://testserver", "https://studio.example"])
def test_where_a_proxy_changes_the_address_the_page_names_both_and_the_setting(
    strict: Client, me: object, settings, browser: str
) -> None:
    token = read(strict.get("/")).id("composer-form").values()["csrfmiddlewaretoken"]

    def post(**headers: str):
        return strict.post("/generations/", typed(csrfmiddlewaretoken=token), headers={"Origin": browser, **headers})

    refused = post()
    page = read(refused)
    assert refused.status_code == 403
    assert page.one("pre").text == f"STUDIO_TRUSTED_ORIGINS={browser}"
    assert "http://testserver" in page.one("main").text
    assert "Reload" not in page.one("main").text
    assert f"STUDIO_TRUSTED_ORIGINS={browser}" in refused["X-Problem"]
    assert f"STUDIO_TRUSTED_ORIGINS={browser}" in post(Accept="application/json").json()["problem"]
    settings.CSRF_TRUSTED_ORIGINS = [browser]
    strict.handler.load_middleware()
    assert post().status_code == 303


@pytest.mark.parametrize(
    "origin", ["null", "http://[", "http://<b>", "http://a\u2028b", "http://" + "x" * 9999, "é", ""]
)
def test_an_odd_origin_is_refused_in_words(strict: Client, me: object, origin: str) -> None:
    answer = strict.post("/generations/", typed(), headers={"Origin": origin})
    assert answer.status_code == 403
    assert "<b>" not in answer.content.decode()
    assert "That did not go through." in answer.content.decode()


def test_an_address_that_is_not_listed_is_named_with_the_setting(client: Client, settings) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    answer = client.get("/", headers={"Host": "studio.lan:8443"})
    assert read(answer).one("pre").text == "STUDIO_ALLOWED_HOSTS=127.0.0.1,localhost,studio.lan"
    assert b"<b>" not in client.get("/", headers={"Host": "<b>x"}).content


def test_static_files_too_are_for_the_studio_s_own_pages_under_its_own_names(client: Client, settings) -> None:
    """WhiteNoise answers before anything else; the names and origins are looked at before that."""
    assert settings.WHITENOISE_ALLOW_ALL_ORIGINS is False
    order = settings.MIDDLEWARE
    assert order.index("studio.middleware.OwnPagesMiddleware") < order.index(WHITENOISE)


def test_https_is_asked_for_this_host_alone(tmp_path) -> None:
    names = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    tell = f"from django.conf import settings; print(*(getattr(settings, name) for name in {names}))"
    [(code, said)] = outcomes(tmp_path, [{"STUDIO_HTTPS": "1"}], "shell", "--no-imports", "-c", tell)
    assert (code, said.split()) == (0, ["31536000", "False", "False"])


def test_cookies_are_out_of_reach(client: Client, me: object) -> None:
    cookie = client.get("/").cookies["dailies_csrf"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_health_is_a_word_and_no_more(client: Client, me: object) -> None:
    assert client.get("/healthz").status_code == 503
    WorkerHeartbeat.register()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "worker": "ok"})
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=21))
    assert client.get("/healthz").status_code == 503


FOREIGN_LOADS = [
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "frame"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "object"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "embed"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch;prerender"},
    {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Mode": "websocket", "Sec-Fetch-Dest": "empty"},
]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_may_link_here_and_load_nothing(client: Client, db: None, site: str) -> None:
    """Also what another program shows on another port of this machine, which browsers call the same site."""
    opened = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get("/", headers=opened).status_code == 200
    for load in FOREIGN_LOADS:
        assert client.get("/", headers={"Sec-Fetch-Site": site} | load).status_code == 403, load
        assert client.get("/", headers={"Sec-Fetch-Site": "same-origin"} | load).status_code == 200, load

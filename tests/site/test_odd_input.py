"""Whatever stands in a query, a form, a header or a cookie, no page breaks: it is answered in words, or passed over."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.library.models import Collection
from studio.middleware import local_user
from tests.pages import HTMX, typed
from tests.rows import in_status

from .test_owners import PATTERNS, path

NAMES = [
    "q", "type", "kind", "status", "resolution", "aspect_ratio", "seconds", "favorite", "rating", "tag",
    "collection", "kept", "since", "until", "sort", "before", "day", "ids", "seen", "newest", "known", "told",
    "notice", "from", "next", "mode", "action", "all", "filter", "collections", "takes", "count", "value",
    "submission_key", "prompt", "seed", "duration", "image", "audio", "video", "audio_duration", "audio_mode",
    "task_id", "start", "at", "id", "before_take", "keep", "parent", "send_image", "said", "shown", "emptied",
    "username", "password", "download",
]  # fmt: skip
ADDRESSES = [
    "http://[", "//[", "http://[::1", "http://a:b:c/", "http://a:99999999/", "/\u2028x", "/\u2029", "/é", "/日本",
    "/😀", "/\x00", "/\x85", "/a\nb", "/%ff", "/?ids=%00", "//evil.example", "javascript:alert(1)", "/" + "a" * 9000,
    "", " ", "http://testserver/?q=%00&rating=²", "http://testserver/trash/?before=" + "9" * 5000, "http://\uff0f",
]  # fmt: skip
NUMBERS = ["٣", "²", "Ⅷ", *("9" * times for times in (19, 30, 5000)), "-1", "-0", "+1", "1_0", "1e999", "1e-999", "NaN"]
SYNTAX = ["{", "[[[", '{"a":', "null", "%", "%ff", "%00", "&=", ";", "'", '"', "\\", "../..", "=?utf-8?q?a?=", "\x00"]
DAYS = ["9999-99-99", "0000-00-00", "0001-01-01", "9999-12-31", "2026-02-30", "-2026-01-01", "1:2", "1:", ":1"]
OURS = ["upload:", "upload:" + "9" * 30, "upload:-1", "upload:٣", "bytes=0-", f"bytes={'9' * 30}-", 'W/"x"', "gzip;q=x"]
ODD = [*ADDRESSES, *NUMBERS, *SYNTAX, *DAYS, *OURS]
HEADERS = (
    "HX-Current-URL", "HX-Current-URL-URI-AutoEncoded", "HX-Target", "HX-Trigger", "HX-Prompt", "HX-Boosted", "Referer",
    "Origin", "Range", "If-Range", "If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "Accept",
    "Accept-Encoding", "Accept-Language", "Sec-Fetch-Site", "Sec-Fetch-Mode", "X-Requested-With", "Content-Type",
    "X-Forwarded-For", "X-Forwarded-Proto",
)  # fmt: skip
COOKIES = ("timezone", "theme", "dailies_session", "dailies_csrf", "dailies_known")
ODD_VALUES = st.sampled_from(ODD)
SENT = st.dictionaries(st.sampled_from(NAMES), ODD_VALUES, max_size=3)
pytestmark = pytest.mark.database
PLACES = [(each, pk) for each in PATTERNS for pk in (0, 1, 2) if pk == 0 or "<int" in str(each.pattern)]


@pytest.fixture
def takes(db: None) -> list[int]:
    """Numbers of takes that are there, and one that none will ever have."""
    me = local_user()
    Collection.objects.create(owner=me, name="A shelf")
    return [in_status("succeeded", owner=me).pk, in_status("unconfirmed", owner=me).pk, 10**30]


def header(text: str) -> str:
    """As a server gives it to the application: bytes, read as latin-1, without line ends."""
    return re.sub(r"[\r\n]", "", text.encode("utf-8", "replace").decode("latin-1"))


@pytest.mark.django_db
@settings(
    max_examples=int(__import__("os").environ.get("FUZZ", "150")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    place=st.sampled_from(PLACES), method=st.sampled_from(["get", "post", "head"]), query=SENT, form=SENT,
    headers=st.dictionaries(st.sampled_from(HEADERS), ODD_VALUES, max_size=2),
    cookies=st.dictionaries(st.sampled_from(COOKIES), ODD_VALUES, max_size=1), by_htmx=st.booleans(),
    whole=st.booleans(),
)  # fmt: skip
def test_no_odd_value_breaks_a_page(
    takes: list[int], place, method, query, form, headers, cookies, by_htmx, whole
) -> None:
    pattern, number = place
    client, pk = Client(), takes[number]
    sent = {name: header(value) for name, value in headers.items()} | (HTMX if by_htmx else {})
    if cookies:
        sent["Cookie"] = "; ".join(f"{name}={header(value)}" for name, value in cookies.items())
    kind = sent.pop("Content-Type", None) if method == "post" else None
    data = (typed() | form) if whole else form
    url = path(pattern, pk)
    if method == "post" and kind is not None:
        answer = client.generic("POST", url, b"a=b", content_type=kind, headers=sent, query_params=query)
    elif method == "post":
        answer = client.post(url, data, headers=sent, query_params=query)
    else:
        answer = getattr(client, method)(url, query, headers=sent)
    assert answer.status_code < 500 or pattern.name == "healthz"


@pytest.mark.django_db
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_no_odd_address_breaks_a_page(takes: list[int], pattern) -> None:
    """Where the page that asks is named, and where to go on."""
    client, url = Client(), path(pattern, takes[0])
    form = {"value": "3", "ids": str(takes[1]), "text": "fog", "action": "favorite"}
    for address in ADDRESSES:
        named = {"HX-Current-URL": header(address), "Referer": header(address)}
        answers = [
            client.post(url, {**form, "next": address}, headers={"Referer": header(address)}),
            client.post(url, {**form, "next": address}, headers={**HTMX, **named}),
            client.get(url, {"next": address}, headers={**HTMX, **named}),
        ]
        for answer in answers if pattern.name != "healthz" else ():
            assert answer.status_code < 500
            assert not answer.get("Location", "").startswith(("//", "javascript:"))
            assert answer.get("Location", "").isascii()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_odd_address_breaks_the_door(takes: list[int], settings, address: str) -> None:
    settings.STUDIO_PASSWORD = "twelve letters and more"  # noqa: S105
    client, named = Client(), {"HX-Current-URL": header(address), "Referer": header(address)}
    for answer in (
        client.get("/generations/", headers={**HTMX, **named}),
        client.get("/login/", {"next": address}, headers=named),
        client.post("/login/", {"next": address, "username": "studio", "password": settings.STUDIO_PASSWORD}),
    ):
        assert answer.status_code < 500
        leads_to = answer.get("Location") or answer.get("HX-Redirect") or "/"
        assert leads_to.removeprefix("http://testserver").startswith("/")
        assert not leads_to.startswith("//")

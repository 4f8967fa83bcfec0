"""The API key is in no page, no log line and no row."""

import io
import json
import logging
from html import escape
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from studio.generations.models import Generation
from studio.library.models import Collection
from studio.logs import KeylessFormatter
from tests.html import read
from tests.pages import HTMX, KEY, LINK, Make, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("real")]
SPELLINGS = [KEY, quote(KEY, safe=""), quote(KEY), json.dumps(KEY), repr(KEY), escape(KEY)]
MARK = "RecognisableKey"


def database() -> str:
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return repr(rows)


def test_it_is_in_no_page_and_no_row(client: Client, make: Make) -> None:
    takes = [make(status=status, video_url=LINK) for status in ("queued", "succeeded", "failed")]
    urls = ["/", "/generations/", "/compose/lipsync/", "/nothing/", "/healthz", *(t.get_absolute_url() for t in takes)]
    answers = [client.get(url) for url in urls]
    answers += [client.post("/generations/", typed(), headers=HTMX), client.post("/estimate/", typed())]
    answers += [client.get("/generations/changes/?newest=0"), client.get("/", headers={"Host": "x"})]
    for answer in answers:
        assert MARK not in answer.content.decode() + str(answer.headers)
    assert MARK not in database()


@pytest.mark.parametrize("name", ["prompt", "image", "seed"])
def test_a_key_that_was_pasted_into_the_form_is_taken_out(client: Client, name: str) -> None:
    for headers in (HTMX, {}):
        answer = client.post("/generations/", typed("image-to-video", **{name: f"before {KEY} after"}), headers=headers)
        assert MARK not in answer.content.decode()
        error = read(answer).id(f"{name}-error")
        assert "Your API key stood here. It was taken out" in error.text
        assert "before" in json.dumps(read(answer).id("composer-form").values())
    switched = client.post("/compose/text-to-video/", typed("image-to-video", **{name: KEY}), headers=HTMX)
    assert MARK not in switched.content.decode()
    assert not Generation.objects.exists()


WRITTEN = [
    ("note/", {"note": "see {}"}), ("tags/", {"tags": "fog, {}x"}), ("collections/", {"new": "{}"}),
    ("/collections/", {"action": "make", "name": "A {}"}), ("/collections/", {"action": "rename", "name": "{}"}),
    ("/selection/", {"action": "tag", "value": "fog, {}"}), ("/selection/", {"action": "collect", "new": "{}"}),
]  # fmt: skip


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize(("url", "data"), WRITTEN)
def test_nor_is_it_kept_where_names_and_notes_are_written(
    client: Client, make: Make, url: str, data: dict, headers: dict
) -> None:
    take = make()
    own = f"/generations/{take.pk}/"
    shelf = Collection.objects.create(owner=take.owner, name="Mine")
    data = {name: value.format(KEY) for name, value in data.items()} | {"ids": str(take.pk), "id": str(shelf.pk)}
    answer = client.post(url if url.startswith("/") else own + url, data, headers=headers)
    assert MARK not in answer.content.decode() + str(answer.headers)
    if headers or url != "/selection/":
        assert "Your API key stood here. It was taken out" in answer.content.decode()
    assert MARK.lower() not in database().lower()
    take.refresh_from_db()
    assert (take.note, take.tags.count(), take.collections.count(), take.revision) == ("", 0, 0, 1)


def logged(say) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(KeylessFormatter("{levelname} {message}", style="{"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    say(logger)
    return stream.getvalue()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_it_is_in_no_log_line_however_it_is_spelled(spelling: str) -> None:
    def tell(logger: logging.Logger) -> None:
        logger.warning("the provider said %s, twice: %r", spelling, [spelling])
        try:
            try:
                raise ValueError(spelling)
            except ValueError as error:
                raise RuntimeError(f"GET /?key={spelling}&x=1") from error
        except RuntimeError:
            logger.exception("broke at %s", spelling)

    line = logged(tell)
    assert MARK not in line
    assert "[key]" in line
    assert "Traceback" in line
    assert "RuntimeError" in line


@pytest.mark.parametrize("link", [
    f"/files/7-1790000000-{'a' * 32}.{MARK}-_x/image.png", f"%2Ffiles%2F7-1790000000-{'a' * 32}.{MARK}%2Fimage.png",
    f"https://s3.example/dailies/uploads/a.png?X-Amz-Credential=AK%2F{MARK}&X-Amz-Signature={MARK}&X-Amz-Expires=9",
    f"https://s3.example/a.png?AWSAccessKeyId=a&Signature={MARK}%3D&Expires=1",
])  # fmt: skip
def test_no_signed_link_is_in_a_log_line_either(link: str) -> None:
    line = logged(lambda logger: logger.warning("Not Found: %s, %r", link, [link]))
    assert MARK not in line
    assert "[hidden]" in line
    assert "image.png" in line or "s3.example" in line


def test_the_studio_logs_through_that_formatter() -> None:
    assert settings.LOGGING["formatters"]["line"]["()"] == "studio.logs.KeylessFormatter"
    assert {each["formatter"] for each in settings.LOGGING["handlers"].values()} == {"line"}


def test_a_line_without_it_is_left_alone(settings) -> None:
    settings.LTX2_API_KEY = ""
    assert logged(lambda logger: logger.warning("aio_ is how keys begin")) == "WARNING aio_ is how keys begin\n"


def test_a_page_that_breaks_shows_no_key(client: Client, monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError(KEY)

    monkeypatch.setattr("studio.composer.views.studio.gallery_page", breaks)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke in the studio." in answer.content.decode()
    assert MARK not in answer.content.decode()
    assert answer["Content-Security-Policy"]

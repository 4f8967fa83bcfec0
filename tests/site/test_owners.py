"""Other people's takes are invisible, under every URL; and every URL says how it may be kept."""

import pytest
from django.test import Client
from django.urls import URLPattern

from studio.generations.events import GenerationEvent
from studio.generations.models import Generation
from studio.urls import urlpatterns
from tests.html import cards, read, text_of
from tests.pages import HTMX, Make, typed

pytestmark = pytest.mark.django_db

# Every URL of the studio has to be named in one of these; a new one is decided about here.
OF_ONE_TAKE = {
    "generation", "cancel", "resolve", "video", "poster", "frame", "reuse", "keep",
    "favorite", "rating", "tags", "note", "collect", "delete", "restore", "reseed", "upscale", "panel",
}  # fmt: skip
OF_MY_TAKES = {
    "studio", "compose", "estimate", "generations", "changes", "send-held", "cancel-held", "names", "jobs",
    "selection", "selection-summary", "export", "trash", "empty-trash", "compare", "collections",
}  # fmt: skip
OF_ONE_OTHER_THING = {  # whose owners have tests of their own
    "archive", "archive-file", "uploads", "upload-file", "upload-poster", "trim", "delete-upload",
    "begin-upload", "incoming", "finish-upload", "file-job", "cancel-job",
}  # fmt: skip
OF_NOBODY = {"login", "logout", "healthz"}
ACTIONS = ("resend", "task-id", "never-arrived", "write-off", "give-up", "take-back", "undo")
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
PATTERNS = [each for each in urlpatterns if isinstance(each, URLPattern)]


def path(pattern: URLPattern, pk: int) -> str:
    parts = {"<int:pk>": str(pk), "<int:archive>": "1", "<str:type>": "text-to-video", "<slug:format>": "csv"}
    parts["<slug:name>"] = f"{'0' * 32}-5"
    text = str(pattern.pattern)
    for name, value in parts.items():
        text = text.replace(name, value)
    return f"/{text}"


def test_each_url_is_decided_about() -> None:
    assert len(PATTERNS) == len(urlpatterns)
    assert {each.name for each in PATTERNS} == OF_ONE_TAKE | OF_MY_TAKES | OF_ONE_OTHER_THING | OF_NOBODY
    one_take = {each.name for each in PATTERNS if str(each.pattern).startswith("generations/<int:pk>/")}
    assert one_take == OF_ONE_TAKE


def state() -> list:
    return [
        list(Generation.objects.order_by("id").values()),
        list(GenerationEvent.objects.order_by("id").values()),
    ]


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize("status", ["queued", "unconfirmed", "running"])
@pytest.mark.parametrize("pattern", [each for each in PATTERNS if each.name in OF_ONE_TAKE], ids=lambda each: each.name)
def test_anothers_take_is_not_there_whatever_the_method(
    client: Client, make: Make, other: object, pattern: URLPattern, status: str, headers: dict
) -> None:
    theirs = make(other, status=status, lost_since="2026-01-01T00:00Z", task_id="t", task_id_given=True)
    before = state()
    for method in METHODS:
        for action in ACTIONS if method == "post" else ACTIONS[:1]:
            data = {"action": action, "task_id": "n1_ltx2"} if method == "post" else None
            answer = getattr(client, method)(path(pattern, theirs.pk), data, headers=headers)
            assert answer.status_code in (404, 405)
            assert b"A bay" not in answer.content
    assert state() == before


@pytest.mark.parametrize("pattern", [each for each in PATTERNS if each.name in OF_MY_TAKES], ids=lambda each: each.name)
def test_no_screen_shows_or_changes_anothers_take(
    client: Client, make: Make, other: object, pattern: URLPattern
) -> None:
    theirs = make(other, request_={"prompt": "THEIRS"}, held="key", due_at=None)
    before = state()
    query = {"newest": "0", "seen": f"{theirs.pk}:1"}
    for method in METHODS:
        for headers in (HTMX, {}):
            sent = typed() if method == "post" and pattern.name != "generations" else query
            answer = getattr(client, method)(
                path(pattern, theirs.pk), sent if method in ("get", "post", "head") else None, headers=headers
            )
            assert answer.status_code < 500
            text = text_of(answer)
            assert "THEIRS" not in text
            assert [each for each in cards(read(text)) if each.attrs.get("hx-swap-oob") != "delete"] == []
            assert "1 held" not in text
    assert state() == before


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_no_answer_may_be_kept_or_given_for_the_other_kind(client: Client, make: Make, pattern: URLPattern) -> None:
    take = make()
    for pk in (take.pk, take.pk + 1):
        for method in ("get", "post"):
            for headers in (HTMX, {}):
                answer = getattr(client, method)(path(pattern, pk), headers=headers)
                vary = {each.strip().lower() for each in answer["Vary"].split(",")}
                assert "hx-request" in vary, (method, headers)
                assert "no-store" in answer["Cache-Control"], (method, headers)


@pytest.mark.parametrize("name", ["estimate", "cancel", "resolve", "send-held", "cancel-held", "logout"])
def test_what_changes_something_is_no_link(client: Client, make: Make, name: str) -> None:
    take = make(held="key", due_at=None)
    pattern = next(each for each in PATTERNS if each.name == name)
    before = state()
    assert client.get(path(pattern, take.pk)).status_code == 405
    assert client.head(path(pattern, take.pk)).status_code == 405
    assert state() == before


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_every_post_needs_its_token(strict: Client, make: Make, pattern: URLPattern) -> None:
    take = make(held="key", due_at=None)
    before = state()
    answer = strict.post(path(pattern, take.pk), typed(action="resend"), headers=HTMX)
    assert answer.status_code in (403, 405)
    assert state() == before


@pytest.mark.parametrize("pk", [0, 10**18, 10**30])
def test_an_id_that_no_database_has_is_404(client: Client, me: object, pk: int) -> None:
    assert client.get(f"/generations/{pk}/").status_code == 404
    assert client.post(f"/generations/{pk}/cancel/").status_code == 404

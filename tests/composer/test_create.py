"""POST /generations/: rows for what is right, the form again for what is not."""

import pytest
from django.test import Client

from studio.generations.models import Generation
from studio.generations.submission import Submission
from tests.html import cards, read
from tests.pages import FORMS, HTMX, LINK, Make, typed

pytestmark = pytest.mark.django_db
PROMPT = """A "bay" & <script>alert('x')</script> 海 \U0001f30a"""

BODIES = {
    "text-to-video": {"duration": 5, "aspect_ratio": "16:9"},
    "image-to-video": {"duration": 10, "image": LINK},
    "lipsync": {"audio": LINK, "audio_duration": 12.5},
    "control": {"video": LINK, "video_duration": 7, "mode": "pose", "audio_mode": "preserve"},
}


@pytest.mark.parametrize("mode", FORMS)
def test_the_row_holds_the_exact_request(client: Client, mode: str) -> None:
    client.post("/generations/", typed(mode, prompt=PROMPT, seed="7", resolution="480p"), headers=HTMX)
    take = Generation.objects.get()
    assert take.request == {
        "model": "ltx-2", "type": mode, "prompt": PROMPT, "resolution": "480p", "seed": 7, **BODIES[mode],
    }  # fmt: skip
    assert (take.status, take.connection_id, take.charged) == ("queued", "sandbox", "no")


def test_pose_and_preserve_are_sent_when_nothing_was_chosen(client: Client) -> None:
    client.post("/generations/", typed("control", mode="", audio_mode=""))
    assert Generation.objects.get().request["mode"] == "pose"
    assert Generation.objects.get().request["audio_mode"] == "preserve"


def test_a_face_picture_is_sent_only_when_it_is_switched_on(client: Client) -> None:
    client.post("/generations/", typed("lipsync", image=LINK))
    client.post("/generations/", typed("lipsync", image=LINK, send_image="on", submission_key="two"))
    without, with_ = Generation.objects.order_by("id")
    assert "image" not in without.request
    assert with_.request["image"] == LINK


def test_seeds_are_drawn_distinct_stored_and_shown(client: Client) -> None:
    page = read(client.post("/generations/", typed(takes="8"), headers=HTMX))
    takes = list(Generation.objects.order_by("id"))
    seeds = {take.request["seed"] for take in takes}
    assert len(takes) == len(seeds) == 8
    assert all(0 <= seed <= 2147483647 for seed in seeds)
    assert [take.seed for take in takes] == [take.request["seed"] for take in takes]
    for take in takes:
        assert f"seed {take.seed}" in page.id(f"generation-{take.pk}").text


@pytest.mark.parametrize(("seed", "sent"), [
    ("-1", [-1, -1, -1]), ("−1", [-1, -1, -1]), ("5", [5, 6, 7]), ("0", [0, 1, 2]),
    ("2147483646", [2147483646, 2147483647, 0]),
])  # fmt: skip
def test_a_typed_seed_is_sent_as_it_is_and_counted_up_over_the_takes(client: Client, seed: str, sent: list) -> None:
    client.post("/generations/", typed(seed=seed, takes="3"))
    assert [take.request["seed"] for take in Generation.objects.order_by("id")] == sent


def test_the_answer_to_htmx_is_the_cards_and_a_new_key(client: Client) -> None:
    answer = client.post("/generations/", typed(takes="2"), headers=HTMX)
    page = read(answer)
    ids = list(Generation.objects.order_by("-id").values_list("pk", flat=True))
    assert answer.status_code == 200
    assert answer["HX-Reswap"] == "none"
    assert [card.attrs["id"] for card in cards(page)] == [f"generation-{pk}" for pk in ids]
    assert {card.attrs["data-status"] for card in cards(page)} == {"queued"}
    assert page.all("div", hx_swap_oob="afterbegin:#takes")
    key = page.id("submission-key")
    assert key.attrs["hx-swap-oob"] == "true"
    assert key.attrs["value"] not in ("", "key-1")
    assert page.id("today").attrs["hx-swap-oob"] == "true"


def test_without_javascript_it_goes_to_the_takes_page(client: Client) -> None:
    answer = client.post("/generations/", typed(takes="2"))
    assert answer.status_code == 303
    assert answer["Location"] == f"/generations/{Generation.objects.earliest('id').pk}/"
    assert client.get(answer["Location"]).status_code == 200


def test_a_page_without_a_gallery_is_sent_to_it(client: Client) -> None:
    url = "http://testserver/compose/text-to-video/"
    answer = client.post("/generations/", typed(), headers={**HTMX, "HX-Current-URL": url})
    assert answer["HX-Redirect"] == "/"


@pytest.mark.parametrize(
    "page", ["/#composer", "/?q=fog#takes", "/generations/", "/generations/?type=lipsync&sort=credits#generation-7"]
)
def test_whoever_looks_at_a_gallery_stays_there(client: Client, page: str) -> None:
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{page}"}
    answer = client.post("/generations/", typed(), headers=headers)
    assert "HX-Redirect" not in answer
    shown = read(answer)
    assert len(cards(shown)) == 1
    assert len(shown.all("nav", id="tabs")) == 1
    has_composer = not page.startswith("/generations/")
    assert len(shown.all("input", id="submission-key")) == has_composer
    again = client.post(f"/generations/{Generation.objects.get().pk}/reseed/", {"takes": "1"}, headers=headers)
    assert "HX-Redirect" not in again


WRONG = [
    ("text-to-video", "prompt", " ", "Describe the shot"),
    ("text-to-video", "prompt", "x" * 2501, "1 too long"),
    ("text-to-video", "prompt", "a\x00b", "character"),
    ("text-to-video", "prompt", "a\x92b", "control character (U+0092) after “a”"),
    ("text-to-video", "prompt", "\u200b\ufeff\u2800", "only invisible characters"),
    ("control", "prompt", "\u3164", "or leave it empty"),
    ("text-to-video", "duration", "21", "5 to 20 seconds; this is 21"),
    ("text-to-video", "duration", "5.5", "whole seconds"),
    ("text-to-video", "duration", "long", "as a number"),
    ("text-to-video", "aspect_ratio", "1:1", "Choose one of 16:9, 9:16"),
    ("text-to-video", "resolution", "4k", "Choose one of 480p"),
    ("text-to-video", "seed", "2147483648", "0 to 2147483647"),
    ("text-to-video", "seed", "1.5", "whole number"),
    ("text-to-video", "takes", "9", "1 to 8 takes"),
    ("text-to-video", "takes", "0", "1 to 8 takes"),
    ("text-to-video", "takes", "two", "1 to 8 takes"),
    ("image-to-video", "image", "", "Paste a link to the image"),
    ("image-to-video", "image", "data:image/png;base64,AAAA", "not a link"),
    ("lipsync", "audio_duration", "4.9", "5 to 20 seconds; this is 4.9"),
    ("lipsync", "audio_duration", "", "what will be paid for"),
    ("lipsync", "audio_duration", "0", "5 to 20 seconds; this is 0"),
    ("control", "video_duration", " ", "what will be paid for"),
    ("lipsync", "audio", "ftp://example.com/a", "not a link"),
    ("control", "video", "javascript:alert(1)", "not a link"),
    ("control", "video_duration", "20.1", "5 to 20 seconds"),
    ("control", "mode", "edges", "Choose one of pose"),
    ("control", "audio_mode", "loud", "Choose one of preserve"),
]


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize(("mode", "name", "value", "message"), WRONG)
def test_bad_input_brings_the_form_back_with_a_message_beside_the_field(
    client: Client, mode: str, name: str, value: str, message: str, headers: dict
) -> None:
    sent = {**typed(mode, prompt=PROMPT, seed="5", takes="2", resolution="480p"), name: value}
    answer = client.post("/generations/", sent, headers=headers)
    assert answer.status_code == 200
    assert "HX-Reswap" not in answer
    assert not Generation.objects.exists()
    form = read(answer).id("composer-form")
    error = form.id(f"{name}-error")
    assert message in error.text
    marked = [each for each in form if each.attrs.get("aria-invalid") == "true"]
    assert [f"{name}-error" in each.attrs["aria-describedby"].split() for each in marked] == [True]
    kept = form.values()
    shown = {each: kept.get(each) for each in sent if each not in ("mode", "audio_mode", "resolution", "aspect_ratio")}
    assert shown == {each: sent[each] for each in shown}
    assert kept["prompt"] == sent["prompt"]


def test_several_mistakes_are_told_at_once(client: Client, real: None) -> None:
    page = read(client.post("/generations/", typed("control", video="http://10.0.0.1/a", seed="x", takes="99")))
    for name in ("video", "seed", "takes"):
        assert page.id(f"{name}-error").text


@pytest.mark.parametrize("type_", ["", "nonsense", "Text-To-Video"])
def test_nothing_is_made_in_a_mode_that_nobody_chose(client: Client, type_: str) -> None:
    answer = client.post("/generations/", typed(type=type_))
    assert answer.status_code == 200
    assert "Choose one of the modes" in read(answer).id("composer-form").text
    assert not Generation.objects.exists()


def test_the_same_settings_and_seed_are_told_and_can_be_repeated(client: Client, make: Make) -> None:
    client.post("/generations/", typed(seed="5"))
    take = Generation.objects.get()
    again = typed(seed="4", takes="2", submission_key="two")
    form = read(client.post("/generations/", again, headers=HTMX)).id("composer-form")
    assert "You have this take already" in form.id("seed-error").text
    assert form.id("new-seed").text == "Use a new seed"
    assert form.all("a", href=f"/generations/{take.pk}/")
    assert Generation.objects.count() == 1
    client.post("/generations/", {**again, "repeat": "on", "submission_key": form.values()["submission_key"]})
    assert Generation.objects.count() == 3


@pytest.mark.parametrize("status", ["failed", "canceled", "closed"])
def test_what_came_to_nothing_is_no_reason_not_to_ask_again(client: Client, status: str) -> None:
    client.post("/generations/", typed(seed="5"))
    Generation.objects.update(status=status)
    client.post("/generations/", typed(seed="5", submission_key="two"))
    assert Generation.objects.count() == 2


def test_another_owners_take_or_provider_is_no_repetition(client: Client, other: object) -> None:
    client.post("/generations/", typed(seed="5"))
    Generation.objects.update(owner=other)
    client.post("/generations/", typed(seed="5", submission_key="two"))
    Generation.objects.filter(submission__key="two").update(connection="https://elsewhere.example/api")
    client.post("/generations/", typed(seed="5", submission_key="three"))
    assert Generation.objects.count() == 3


def test_a_post_without_a_csrf_token_stores_nothing(strict: Client) -> None:
    assert strict.post("/generations/", typed()).status_code == 403
    token = read(strict.get("/")).id("composer-form").values()["csrfmiddlewaretoken"]
    assert strict.post("/generations/", typed(csrfmiddlewaretoken=token)).status_code == 303
    assert Submission.objects.count() == Generation.objects.count() == 1

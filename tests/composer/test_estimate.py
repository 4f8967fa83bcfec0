"""The live estimate: always an answer, never more certain than it is."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.generations.models import Generation
from tests.html import Element, read
from tests.pages import HTMX, Make, typed

pytestmark = pytest.mark.django_db


def estimate(client: Client, **fields: str) -> Element:
    answer = client.post("/estimate/", fields, headers=HTMX)
    assert answer.status_code == 200
    return read(answer)


@pytest.mark.parametrize(("fields", "shown"), [
    (typed(), "24 credits"),
    (typed(duration="7", resolution="480p"), "26–36 credits"),
    (typed(duration="13", resolution="1080p"), "54–60 credits"),
    (typed("lipsync", audio_duration="12.5"), "80–94 credits"),
    (typed("control", video_duration="20", resolution="1080p"), "256 credits"),
    (typed(takes="4"), "96 credits for 4 takes"),
    (typed(takes="3", duration="7", resolution="480p"), "78–108 credits for 3 takes"),
])  # fmt: skip
def test_a_range_is_shown_as_a_range_and_takes_multiply(
    client: Client, real: None, fields: dict[str, str], shown: str
) -> None:
    page = estimate(client, **fields)
    assert page.one("summary").text == shown
    assert page.all(id="missing") == []


def test_the_buttons_words_come_out_of_band(client: Client, real: None) -> None:
    label = estimate(client, **typed(takes="4")).id("generate-label")
    assert label.attrs["hx-swap-oob"] == "true"
    assert label.text == "Generate 4 takes · 96 credits"
    assert estimate(client, **typed()).id("generate-label").text == "Generate · 24 credits"


def test_without_a_key_the_button_says_that_it_is_free(client: Client) -> None:
    assert estimate(client, **typed()).id("generate-label").text == "Generate test clip · free (24 credits with a key)"
    page = read(client.get("/"))
    assert page.id("generate").text == "Generate test clip · free (24 credits with a key)"


@pytest.mark.parametrize(("fields", "shown", "word"), [
    ({}, "24 credits", "Choose one of the modes"),
    ({"type": "nonsense", "prompt": "Fog"}, "24 credits", "Choose one of the modes"),
    ({"type": "text-to-video"}, "24 credits", "Describe the shot"),
    (typed("image-to-video", image=""), "40 credits", "Paste a link to the image"),
    (typed("image-to-video", image="javascript:alert(1)"), "40 credits", "This is not a link"),
    (typed("lipsync", audio_duration="4.9"), "38 credits", "5 to 20 seconds; this is 4.9"),
    (typed("control", video_duration="x"), "76 credits", "Give the length in seconds"),
    (typed("lipsync", audio_duration=""), "38–122 credits", "How many seconds is it?"),
    (typed("control", video_duration="", resolution="1080p", takes="2"), "176–512 credits for 2 takes", "How many"),
    (typed(duration="1e999999999"), "24 credits", "5 to 20 seconds"),
    (typed(duration="NaN"), "24 credits", "Give the length in seconds"),
    (typed(duration="7.5"), "32–40 credits", "Give whole seconds"),
    (typed(resolution="9000p"), "24 credits", "Choose one of 480p"),
    (typed(takes="0"), "24 credits", "Choose 1 to 8 takes"),
    (typed(takes="9" * 5000), "24 credits", "Choose 1 to 8 takes"),
    (typed(seed="x"), "24 credits", "A seed is a whole number"),
    (typed(prompt="x" * 2501), "24 credits", "1 too long"),
    (typed("lipsync", send_image="on", audio_duration="5"), "38 credits", "Paste a link to the face picture"),
])  # fmt: skip
def test_a_half_filled_form_gets_the_price_of_the_defaults_and_a_word_on_what_is_missing(
    client: Client, real: None, fields: dict[str, str], shown: str, word: str
) -> None:
    page = estimate(client, **fields)
    assert page.one("summary").text == shown
    assert word in page.id("missing").text
    assert not Generation.objects.exists()


def test_it_says_what_the_figure_rests_on(client: Client, real: None, make: Make) -> None:
    assert "The provider shows this very price" in estimate(client, **typed()).id("basis").text
    assert "From the price table" in estimate(client, **typed(duration="10")).id("basis").text
    assert "does not say whether a started 5 s" in estimate(client, **typed(duration="7")).id("basis").text
    for credits in (30, 34):
        make(status="succeeded", credits=credits, charged="yes")
    page = estimate(client, **typed(takes="2"))
    assert page.one("summary").text == "60–68 credits for 2 takes"
    assert "What the API charged for the same thing before" in page.id("basis").text


def test_get_is_not_allowed(client: Client) -> None:
    assert client.get("/estimate/").status_code == 405


NAMES = st.sampled_from(["type", *typed("lipsync"), *typed("control"), "image", "send_image", "duration"])
VALUES = st.text(max_size=12) | st.sampled_from(
    ["on", "1e5000", "-1", "0x5", "٣", "5.04", "lipsync", "control", "1080p"]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(NAMES, VALUES))
def test_no_form_gets_an_error_page(client: Client, fields: dict[str, str]) -> None:
    page = estimate(client, **fields)
    assert page.one("summary").text.split()[0].replace("–", "").isdigit()

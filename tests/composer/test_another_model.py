"""A model beside LTX-2 and a mode that LTX-2 has not: nothing but a TOML file is added."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from studio.catalog.modes import MODELS, Model, read_model
from studio.generations.models import Generation
from studio.generations.rerun import reuse_prices
from tests.html import cards, read
from tests.pages import HTMX, LINK, Make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("newer")]
EXTEND = {
    "type": "ltx-9:extend",
    "video": LINK,
    "video_duration": "7",
    "takes": "1",
    "seed": "4",
    "submission_key": "a",
}


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Model:
    model = read_model(Path(__file__).parents[1] / "catalog/newer.toml")
    monkeypatch.setitem(MODELS, model.name, model)
    return model


def test_its_composer_has_its_own_fields_limits_and_prices(client: Client) -> None:
    for url in ("/?mode=ltx-9:text-to-video", "/compose/ltx-9:text-to-video/"):
        page = read(client.get(url))
        form = page.id("composer-form").values()
        assert (form["type"], form["duration"], form["camera"]) == ("ltx-9:text-to-video", "6", "still")
        assert page.id("prompt-count").attrs["data-limit"] == "500"
        assert "2 s more" in page.id("seconds-help").text
        assert "LTX-9" in page.id("composer").text
    assert "image" not in read(client.get("/compose/ltx-9:extend/")).id("composer-form").names()


def test_a_take_of_it_is_priced_asked_for_shown_found_and_asked_for_again(
    client: Client, me: User, make: Make, real: None
) -> None:
    other = make()
    priced = read(client.post("/estimate/", EXTEND, headers=HTMX))
    assert priced.one("summary").text == "35–40 credits"
    client.post("/generations/", EXTEND, headers=HTMX)
    take = Generation.objects.exclude(pk=other.pk).get()
    assert (take.model, take.type, take.resolution, take.estimate.low) == ("ltx-9", "extend", "1440p", 35)
    assert take.request == {
        "model": "ltx-9", "type": "extend", "video": LINK, "video_duration": 7, "resolution": "1440p", "seed": 4,
    }  # fmt: skip
    assert other.model == "ltx-2"
    for query, found in (
        ({"model": "ltx-9"}, [take]), ({"type": "extend"}, [take]), ({"model": "ltx-2"}, [other]),
        ({"resolution": "1440p", "model": "ltx-9"}, [take]), ({"type": "extend", "model": "ltx-2"}, []),
    ):  # fmt: skip
        page = read(client.get("/generations/", query, headers=HTMX))
        assert [card.attrs["id"] for card in cards(page)] == [f"generation-{each.pk}" for each in found], query
    head = read(client.get("/generations/?model=ltx-9"))
    assert head.id("filter-model").text.split() == ["Any", "LTX-2", "LTX-9"]
    assert "LTX-9" in head.id("chip-model").text
    assert "LTX-9" in read(client.get(f"/generations/{take.pk}/panel/", headers=HTMX)).text
    assert "ltx-9" in read(client.get(take.get_absolute_url())).text
    again = read(client.get(f"/?from={take.pk}")).id("composer-form").values()
    assert (again["type"], again["video_duration"]) == ("ltx-9:extend", "7")
    prices = reuse_prices(take)
    assert prices is not None
    assert [way.value for way in prices.upscale] == ["2160p"]


def test_what_the_api_took_for_one_model_says_nothing_of_another(client: Client, make: Make, real: None) -> None:
    make(request_={"model": "ltx-9", "type": "extend", "video": LINK}, status="succeeded", charged="yes", credits=33)
    asked = {"video": LINK, "video_duration": "6", "takes": "1"}
    priced = read(client.post("/estimate/", {"type": "ltx-9:extend", **asked}, headers=HTMX))
    assert priced.one("summary").text == "33 credits"
    Generation.objects.update(model="ltx-2")
    priced = read(client.post("/estimate/", {"type": "ltx-9:extend", **asked}, headers=HTMX))
    assert priced.one("summary").text == "30 credits"


def test_what_is_wrong_is_said_beside_its_field_in_its_own_limits(client: Client) -> None:
    page = read(client.post("/generations/", {**EXTEND, "video_duration": "5"}, headers=HTMX))
    assert "6 to 18 seconds; this is 5" in page.id("video_duration-error").text
    page = read(client.post("/generations/", {**EXTEND, "type": "ltx-9:nonsense"}, headers=HTMX))
    assert "Choose one of the modes" in page.id("composer-form").text
    assert not Generation.objects.exists()


def test_a_take_whose_model_has_left_the_catalog_is_still_shown(client: Client, make: Make) -> None:
    take = make(request_={"model": "ltx-9", "type": "extend", "video": LINK})
    del MODELS["ltx-9"]
    for url in ("/", "/generations/", take.get_absolute_url(), f"/generations/{take.pk}/panel/", f"/?from={take.pk}"):
        assert client.get(url).status_code == 200

"""What the button said goes along with the form: what it did not say is not asked for."""

import pytest
from django.test import Client

from studio.composer.offer import Offer
from studio.generations.models import Generation
from tests.html import Element, read
from tests.pages import HTMX, Make, typed

pytestmark = pytest.mark.django_db


def send(client: Client, said: str, mode: str = "text-to-video", **fields: str) -> Element:
    answer = client.post("/generations/", {**typed(mode, **fields), "said": said}, headers=HTMX)
    assert answer.status_code == 200
    return read(answer)


def told(page: Element) -> str:
    """What stands at the top of the form."""
    form = page.id("composer-form")
    return next(each.text for each in form.children if isinstance(each, Element) and each.attrs.get("class") == "error")


def offer(page: Element) -> str:
    return page.id("generate-label").attrs["data-offer"]


@pytest.mark.parametrize(("mode", "fields"), [
    ("text-to-video", {}), ("text-to-video", {"takes": "8", "resolution": "1080p"}),
    ("text-to-video", {"duration": "7"}),
    ("image-to-video", {"duration": ""}), ("lipsync", {}), ("control", {"resolution": "480p", "takes": "3"}),
])  # fmt: skip
def test_what_the_estimate_says_can_be_sent(client: Client, real: None, mode: str, fields: dict[str, str]) -> None:
    said = offer(read(client.post("/estimate/", typed(mode, **fields), headers=HTMX)))
    send(client, said, mode, **fields)
    assert Generation.objects.count() == int(fields.get("takes", "1"))


@pytest.mark.parametrize(("said", "was"), [
    ("1x24-24", "1 take · 24 credits"), ("8x192-192", "8 takes · 192 credits"), ("8x200-220", "8 takes · 200–220"),
    ("8x224-224 free", "8 takes · free"), ("7x224-224", "7 takes"), ("nonsense", ""), ("8x224", ""),
    ("0x0-0", "0 takes"),
])  # fmt: skip
def test_what_it_did_not_say_comes_back_as_typed_with_the_new_price(
    client: Client, real: None, said: str, was: str
) -> None:
    page = send(client, said, prompt="A long drive", takes="8", resolution="1080p", seed="5")
    error = told(page)
    assert "This is 8 takes · 224 credits now." in error
    assert "press Generate again" in error
    assert f"The button said {was}" in error if was else "button said" not in error
    form = page.id("composer-form").values()
    assert (form["prompt"], form["takes"], form["seed"]) == ("A long drive", "8", "5")
    assert page.id("generate").text == "Generate 8 takes · 224 credits"
    assert not Generation.objects.exists()
    send(client, offer(page), **{name: form[name] for name in ("prompt", "takes", "seed", "resolution")})
    assert Generation.objects.count() == 8


def test_a_charge_that_was_learned_meanwhile_is_a_new_price(client: Client, real: None, make: Make) -> None:
    """Two tabs: the other one's take has just said what the API took."""
    said = offer(read(client.get("/")))
    make(status="succeeded", credits=40, charged="yes")
    error = told(send(client, said))
    assert "1 take · 40 credits now. The button said 1 take · 24 credits." in error
    assert Generation.objects.count() == 1


def test_a_range_holds_what_turns_out_within_it(client: Client, real: None) -> None:
    assert offer(read(client.get("/?type=lipsync"))) == "1x38-122"
    send(client, "1x38-122", "lipsync", audio_duration="12.5")
    assert Generation.objects.get().request["audio_duration"] == 12.5
    send(client, "1x38-90", "lipsync", audio_duration="12.5", submission_key="two")
    assert Generation.objects.count() == 1


def test_a_button_that_said_free_spends_no_credits(client: Client, settings: object, make: Make) -> None:
    """The studio was started again with a key while the page was open."""
    said = offer(read(client.get("/")))
    assert said == "1x24-24 free"
    settings.PROVIDER = "https://apiin.one/api/v1"  # type: ignore[attr-defined]
    assert "1 take · 24 credits now" in told(send(client, said))
    assert not Generation.objects.exists()


def test_the_same_press_sent_twice_is_one_also_where_the_price_has_changed_in_between(
    client: Client, real: None, make: Make
) -> None:
    send(client, "1x24-24")
    Generation.objects.update(status="succeeded", credits=40, charged="yes")
    page = send(client, "1x24-24")
    assert page.all("article")
    assert Generation.objects.count() == 1


def test_without_scripts_no_price_is_promised_and_it_is_sent(client: Client, real: None) -> None:
    form = read(client.get("/")).id("composer-form")
    assert "said" not in form.values()
    client.post("/generations/", {**form.values(), "prompt": "Fog", "takes": "8"})
    assert Generation.objects.count() == 8


def test_an_offer_is_written_and_read_alike() -> None:
    for one in (Offer(1, 24, 24), Offer(8, 208, 288), Offer(2, 48, 48, free=True)):
        assert Offer.read(one.written) == one
    assert Offer.read("1x24-٢٤") is None


def again(client: Client, page: Element, verb: str, **pressed: str) -> Element:
    """The form of the ways to ask again, as the page has it, with one of its buttons pressed."""
    section = page.one("section", class_="again")
    pk = section.attrs["id"].removeprefix("again-")
    answer = client.post(f"/generations/{pk}/{verb}/", {**section.values(), **pressed}, headers=HTMX)
    assert answer.status_code == 200
    return read(answer)


@pytest.mark.parametrize(("verb", "pressed", "length", "made"), [
    ("reseed", {"takes": "4"}, "720p", 4), ("upscale", {"resolution": "1080p"}, "1080p", 1),
])  # fmt: skip
def test_asking_again_costs_what_its_button_said(
    client: Client, real: None, make: Make, verb: str, pressed: dict[str, str], length: str, made: int
) -> None:
    take = make(status="succeeded", charged="yes", credits=24)
    page = read(client.get(f"/generations/{take.pk}/panel/", headers=HTMX))
    learned = make(request_={"resolution": length}, status="succeeded", charged="yes", credits=50)
    before = Generation.objects.count()
    answer = again(client, page, verb, **pressed)
    assert "The price has changed" in answer.id(f"generation-{take.pk}").text
    assert Generation.objects.count() == before
    assert learned.pk
    again(client, answer, verb, **pressed)
    assert Generation.objects.count() == before + made


def test_held_takes_that_the_button_did_not_speak_of_are_not_sent(client: Client, real: None, make: Make) -> None:
    make(held="key")
    form = read(client.get("/")).id("notice").one("form")
    assert form.id("send-held").text == "Send 1 held take · 24 credits"
    make(held="key")
    page = read(client.post("/held/send/", form.values(), headers=HTMX))
    assert "nothing was sent" in page.id("notice").text
    assert page.id("send-held").text == "Send 2 held takes · 48 credits"
    assert Generation.objects.exclude(held="").count() == 2
    client.post("/held/send/", page.id("notice").one("form").values(), headers=HTMX)
    assert not Generation.objects.exclude(held="").exists()

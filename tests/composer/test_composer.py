"""The composer: each mode with its own fields, in words for people."""

import pytest
from django.conf import settings
from django.test import Client

from tests.html import read
from tests.pages import HTMX, LINK, Make, typed

pytestmark = pytest.mark.django_db
SHARED = {"csrfmiddlewaretoken", "type", "submission_key", "prompt", "resolution", "seed", "takes", "parent"}
OWN = {
    "text-to-video": {"duration", "aspect_ratio"},
    "image-to-video": {"image", "image_file", "duration"},
    "lipsync": {"audio", "audio_file", "audio_duration", "send_image", "image", "image_file"},
    "control": {"video", "video_file", "video_duration", "mode", "audio_mode"},
}


@pytest.mark.parametrize("mode", OWN)
def test_each_mode_shows_just_its_own_fields_under_the_apis_names(client: Client, mode: str) -> None:
    for url in (f"/?mode={mode}", f"/compose/{mode}/"):
        form = read(client.get(url)).id("composer-form")
        assert form.names() == SHARED | OWN[mode]
        assert form.values()["type"] == mode


def test_an_older_address_still_picks_the_mode_by_its_type(client: Client) -> None:
    for query in ("type=lipsync", "type=lipsync&kind=control", "mode=lipsync&type=control"):
        page = read(client.get(f"/?{query}"))
        assert page.id("composer-form").values()["type"] == "lipsync", query
        assert bool(page.all(id="chip-type")) == ("control" in query), query


def test_an_empty_form_sends_the_apis_defaults(client: Client) -> None:
    sent = read(client.get("/")).id("composer-form").values()
    assert (sent["type"], sent["resolution"], sent["aspect_ratio"], sent["duration"]) == (
        "text-to-video", "720p", "16:9", "5",
    )  # fmt: skip
    assert (sent["seed"], sent["takes"]) == ("", "1")
    assert len(sent["submission_key"]) > 16


def test_each_form_has_a_key_of_its_own(client: Client) -> None:
    keys = {read(client.get("/")).id("submission-key").attrs["value"] for _ in range(3)}
    assert len(keys) == 3


def test_pose_and_preserve_are_preselected(client: Client) -> None:
    sent = read(client.get("/?mode=control")).id("composer-form").values()
    assert (sent["mode"], sent["audio_mode"]) == ("pose", "preserve")


def test_labels_are_words_for_people(client: Client) -> None:
    form = read(client.get("/?mode=control")).id("composer-form")
    groups = {each.one("legend").text: each for each in form.all("fieldset")}
    assert {"What to keep from your video", "Sound"} <= groups.keys()

    def words(legend: str) -> dict[str, str]:
        return {label.one("input").attrs["value"]: label.text for label in groups[legend].all("label")}

    assert words("What to keep from your video") == {
        "pose": "Movement of people",
        "depth": "Depth and layout",
        "canny": "Outlines, closest to the original",
    }
    assert words("Sound") == {"preserve": "Keep the original", "generate": "New, to fit the picture", "none": "Silent"}


@pytest.mark.parametrize("mode", OWN)
def test_every_field_has_a_label(client: Client, mode: str) -> None:
    form = read(client.get(f"/?mode={mode}")).id("composer-form")
    labelled = {label.attrs.get("for") for label in form.all("label")}
    wrapped = {id(each) for label in form.all("label") for each in label}
    fields = [each for each in form if each.tag in ("input", "textarea") and each.attrs.get("type") != "hidden"]
    assert [
        each.attrs
        for each in fields
        if not (id(each) in wrapped or each.attrs.get("id") in labelled or "aria-label" in each.attrs)
    ] == []


def test_lipsync_warns_above_the_button_that_no_face_picture_is_documented(client: Client) -> None:
    page = client.get("/?mode=lipsync").content.decode()
    warning = page.index("The provider documents no face picture and no shape")
    assert warning < page.index('id="generate"')
    assert "the presenter comes from the prompt and may differ in every take. Try 5 s at 480p first." in read(page).text
    assert "not documented; it may be ignored, and you would still pay" in page.lower()
    switch = read(page).one("input", name="send_image")
    assert "checked" not in switch.attrs
    for mode in OWN.keys() - {"lipsync"}:
        assert "no face picture" not in client.get(f"/?mode={mode}").content.decode()


def test_help_says_what_a_step_costs(client: Client) -> None:
    assert "5 s more: 16 credits; 1080p: only 4 more than 720p" in read(client.get("/")).id("seconds-help").text
    assert (
        "5 s more: 28 credits; 1080p: only 6 more than 720p"
        in read(client.get("/?mode=lipsync")).id("seconds-help").text
    )


@pytest.mark.parametrize("mode", OWN)
def test_a_mode_switch_keeps_what_the_modes_share(client: Client, mode: str) -> None:
    before = typed(
        prompt='A "bay" <b>海</b>', resolution="480p", seed="77", takes="3", duration="15", submission_key="k"
    )
    answer = client.post(f"/compose/{mode}/", {**before, "image": LINK}, headers=HTMX)
    form = read(answer).id("composer-form")
    sent = form.values()
    assert {name: sent[name] for name in ("prompt", "resolution", "seed", "takes")} == {
        "prompt": 'A "bay" <b>海</b>', "resolution": "480p", "seed": "77", "takes": "3",
    }  # fmt: skip
    assert form.names() == SHARED | OWN[mode]
    assert sent.get("duration", "15") == "15"
    assert sent.get("image", LINK) == LINK
    assert sent["type"] == mode
    assert sent["submission_key"] != "k"


AGAIN = [
    (
        {"type": "text-to-video", "prompt": "Fog", "aspect_ratio": "9:16", "duration": 15},
        {"duration": "15", "aspect_ratio": "9:16"},
    ),
    (
        {"type": "lipsync", "audio": LINK, "audio_duration": 12.5, "image": LINK},
        {"audio": LINK, "audio_duration": "12.5", "send_image": "on", "image": LINK},
    ),
    (
        {"type": "control", "video": LINK, "video_duration": 7, "mode": "canny", "audio_mode": "none"},
        {"mode": "canny", "audio_mode": "none", "video_duration": "7"},
    ),
]


@pytest.mark.parametrize(("asked", "parameters"), AGAIN)
def test_an_earlier_take_fills_the_form(client: Client, make: Make, asked: dict, parameters: dict) -> None:
    take = make(request_={**asked, "seed": 42, "resolution": "1080p"})
    sent = read(client.get(f"/?from={take.pk}")).id("composer-form").values()
    assert {name: sent.get(name) for name in parameters} == parameters
    assert (sent["type"], sent["seed"], sent["resolution"]) == (asked["type"], "42", "1080p")
    assert read(client.get(f"/?from={take.pk}&seed=new")).id("composer-form").values()["seed"] == ""
    fragment = read(client.get(f"/compose/control/?from={take.pk}", headers=HTMX))
    assert fragment.id("composer-form").values()["type"] == asked["type"]


def test_another_owners_take_fills_nothing(client: Client, make: Make, other: object) -> None:
    theirs = make(other, request_={"prompt": "Secret harbour", "resolution": "1080p"})
    assert client.get(f"/compose/text-to-video/?from={theirs.pk}").status_code == 404
    page = client.get(f"/?from={theirs.pk}").content.decode()
    assert "Secret harbour" not in page


@pytest.mark.parametrize("query", [
    "from=0", "from=x", "from=-1", "from=1;drop", "from=" + "9" * 40, "from=²", "from=%00",
    "type=nonsense", "type=%00", "from=7&type=film",
])  # fmt: skip
def test_an_old_address_opens_the_studio_with_an_empty_form(client: Client, query: str) -> None:
    form = read(client.get(f"/?{query}")).id("composer-form").values()
    assert (form["type"], form["prompt"], form["seed"]) == ("text-to-video", "", "")


@pytest.mark.parametrize("url", ["/compose/nonsense/", "/compose/control/?from=0", "/compose/control/?from=%00"])
def test_what_is_not_there_is_404(client: Client, url: str) -> None:
    assert client.get(url).status_code == 404


def test_every_way_to_the_composer_says_where_a_key_is_written(client: Client) -> None:
    swapped = [client.post(f"/compose/{mode}/", headers=HTMX) for mode in OWN]
    refused = client.post("/generations/", typed(prompt=""), headers=HTMX)
    for page in (client.get("/"), client.get("/compose/control/"), refused, *swapped):
        assert str(settings.ENV_FILE) in page.content.decode()

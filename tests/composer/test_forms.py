"""From what the browser sends to requests; links judged by where they lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.modes import MODELS
from studio.composer.posted import form_for, initial_from, posted_form

LINKS = {"image-to-video": "image", "lipsync": "audio", "control": "video"}
KEY = "aio_0123456789abcdef"

NOT_LINKS = [
    "javascript:alert(1)", "data:image/png;base64,AAAA", "ftp://example.com/a.mp4", "file:///etc/passwd",
    "//example.com/a.mp4", "example.com/a.mp4", "https://", "https:///a.mp4", "https://exa mple.com/a", "nonsense",
    "https://example.com/a b.mp4", "https://example.com/a\tb", "https://example.com/a\nb", "https://example.com/\x01",
    "https://example.com/\x00", "https://example.com:99999/a", "https://[::1/a", "https://example.com/\u202ea",
]  # fmt: skip
PRIVATE = [
    "http://127.0.0.1/a", "http://localhost:8002/samples/clip.mp4", "http://10.0.0.7/a", "http://192.168.1.2/a.mp4",
    "http://172.16.0.1/a", "http://169.254.169.254/latest/meta-data/", "http://[::1]/a", "http://[fd00::1]/a",
    "http://[::ffff:10.0.0.1]/a", "http://0x7f000001/a", "http://2130706433/a", "http://127.1/a", "http://nas/a.mp4",
    "http://nas.local/a.mp4", "http://printer.lan/a", "http://0.0.0.0/a", "http://100.64.0.1/a", "http://localhost./a",
]  # fmt: skip
SHARED = [
    "https://drive.google.com/file/d/abc/view?usp=sharing", "https://www.dropbox.com/scl/fi/abc/a.mp4?dl=0",
    "https://youtu.be/abc", "https://www.youtube.com/watch?v=abc", "https://we.tl/t-abc", "https://1drv.ms/v/abc",
]  # fmt: skip
PUBLIC = [
    "https://media.example.com/a.mp4", "http://93.184.216.34/a.mp4?x=1#t", "HTTPS://CDN.Example.com:8443/%20a.mp4",
    "https://www.dropbox.com/scl/fi/abc/a.mp4?raw=1", "https://bücher.example/a.mp4",
]  # fmt: skip


@pytest.fixture
def real(settings):
    settings.LTX2_API_KEY, settings.PROVIDER = KEY, "https://apiin.one/api/v1"


def form(mode: str = "control", **typed: str):
    lengths = {"audio_duration": "7", "video_duration": "7"}
    return posted_form({"type": mode, "prompt": "Fog", "takes": "1", **lengths, **typed})


@pytest.mark.parametrize("link", NOT_LINKS)
@pytest.mark.parametrize(("mode", "name"), LINKS.items())
@pytest.mark.parametrize("key", ["", KEY])
def test_what_is_no_link_is_refused_beside_its_field_with_and_without_a_key(settings, mode, name, link, key):
    settings.LTX2_API_KEY = key
    assert list(form(mode, **{name: link}).errors) == [name]


@pytest.mark.parametrize("link", PRIVATE)
def test_with_a_key_private_addresses_are_refused_with_the_reason(real, link):
    assert "inside your own network" in form(video=link).errors["video"][0]


@pytest.mark.parametrize("link", SHARED)
def test_with_a_key_share_pages_are_refused_with_the_reason(real, link):
    assert "page that shows the file, not the file" in form(video=link).errors["video"][0]


@pytest.mark.parametrize("link", PRIVATE + SHARED + PUBLIC)
def test_the_sandbox_takes_every_link(link):
    assert form(video=link).errors == {}


@pytest.mark.parametrize("link", PUBLIC)
def test_with_a_key_public_links_pass(real, link):
    made = form(video=f"  {link} ")
    assert made.errors == {}
    assert made.requests()[0].to_api()["video"] == link


def test_a_picture_that_is_switched_off_is_not_looked_at(real):
    made = form("lipsync", audio=PUBLIC[0], image=PRIVATE[0])
    assert made.errors == {}
    assert "image" not in made.requests()[0].to_api()
    assert list(form("lipsync", audio=PUBLIC[0], image=PRIVATE[0], send_image="on").errors) == ["image"]
    assert list(form("lipsync", audio=PUBLIC[0], send_image="on").errors) == ["image"]


@pytest.mark.parametrize(("typed", "sent", "price"), [
    ("5.04", 5, "38"), ("5,5", 5.5, "41–66"), ("12,5", 12.5, "80–94"), (" 7.4 ", 7.4, "51–66"), ("7.25", 7.2, "50–66"),
])  # fmt: skip
def test_the_length_is_priced_as_it_is_sent(typed, sent, price):
    made = form("lipsync", audio=PUBLIC[0], audio_duration=typed)
    assert made.errors == {}
    assert made.requests()[0].to_api()["audio_duration"] == sent
    assert str(made.estimate()) == price


@pytest.mark.parametrize("typed", ["", "  ", None])
@pytest.mark.parametrize(("mode", "name", "price"), [("lipsync", "audio", "38–122"), ("control", "video", "76–244")])
def test_a_length_that_nobody_gave_is_asked_for_and_priced_from_the_least_to_the_most(mode, name, price, typed):
    fields = {"type": mode, "prompt": "Fog", "takes": "1", name: PUBLIC[0]}
    made = posted_form(fields if typed is None else {**fields, f"{name}_duration": typed})
    assert "what will be paid for" in made.errors[f"{name}_duration"][0]
    assert list(made.errors) == [f"{name}_duration"]
    assert (str(made.estimate()), made.estimate().basis) == (price, "length")


@pytest.mark.parametrize("typed", ["0", "-5", "4.96", "20.04", "5,5,5", "1,000", "seven", "5 5"])
def test_what_is_no_length_or_none_that_is_taken_is_told_beside_the_field(typed):
    assert list(form("lipsync", audio=PUBLIC[0], audio_duration=typed).errors) == ["audio_duration"]


def test_where_words_are_enough_an_empty_length_is_the_documented_default_and_the_form_says_so():
    made = posted_form({"type": "text-to-video", "prompt": "Fog", "takes": "1", "duration": ""})
    assert made.is_valid()
    assert made.requests()[0].to_api()["duration"] == 5
    assert str(made.estimate()) == "24"


@pytest.mark.parametrize("mode", MODELS["ltx-2"].modes)
def test_what_was_asked_for_can_be_asked_for_again_unchanged(mode):
    from studio.generations.models import Generation

    typed = {"image": PUBLIC[0], "audio": PUBLIC[0], "video": PUBLIC[0], "send_image": "on", "resolution": "480p"}
    made = form(mode, **typed, seed="7", audio_duration="12.3", video_duration="19.9", duration="9")
    assert made.is_valid()
    asked = made.requests()[0]
    take = Generation(type=mode, request=asked.to_api())
    again = posted_form({"type": mode, **{name: str(value) for name, value in initial_from(take).items()}})
    assert again.is_valid()
    assert again.requests()[0] == asked
    drawn = {**initial_from(take, new_seed=True), "type": mode}
    assert posted_form({name: str(value) for name, value in drawn.items()}).typed("seed") == ""


@given(st.integers(1, 8))
def test_drawn_seeds_are_never_the_same(takes):
    made = form("text-to-video", takes=str(takes))
    assert made.is_valid()
    assert len({each.seed for each in made.requests()}) == takes


@given(
    st.dictionaries(st.sampled_from(["prompt", "seed", "takes", "resolution", "duration", "x"]), st.text(max_size=9))
)
def test_the_digest_tells_presses_apart_by_what_was_typed_and_by_nothing_else(typed):
    one, two = posted_form({**typed, "submission_key": "a"}), posted_form({"csrfmiddlewaretoken": "b", **typed})
    assert one.digest == two.digest
    assert posted_form({**typed, "prompt": typed.get("prompt", "") + "!"}).digest != one.digest


def test_a_mode_that_is_none_is_a_key_error():
    with pytest.raises(KeyError):
        form_for("nonsense")

"""One valid request, to and from the API's JSON."""

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.catalog.modes import MODELS
from studio.catalog.request import GenerationRequest, InvalidRequest

MODES = MODELS["ltx-2"].modes
PICTURE = "https://example.com/a.png"
SOUND = "https://example.com/a.wav"
VIDEO = "https://example.com/a.mp4"


def parse(**data):
    return GenerationRequest.parse(data)


def sent(**data):
    return json.dumps(parse(**data).to_api())


def errors_of(**data):
    with pytest.raises(InvalidRequest) as caught:
        GenerationRequest.parse(data)
    return caught.value.errors


def test_text_to_video_with_its_defaults():
    assert sent(type="text-to-video", prompt="a wave") == (
        '{"model": "ltx-2", "type": "text-to-video", "prompt": "a wave", "resolution": "720p", '
        '"aspect_ratio": "16:9", "duration": 5, "seed": -1}'
    )


def test_image_to_video_has_no_shape_of_its_own():
    body = sent(
        type="image-to-video", prompt="it turns", image=PICTURE, duration="10", resolution="1080p", seed="7",
        aspect_ratio="9:16", audio=SOUND, mode="pose",
    )  # fmt: skip
    assert body == (
        f'{{"model": "ltx-2", "type": "image-to-video", "prompt": "it turns", "image": "{PICTURE}", '
        '"resolution": "1080p", "duration": 10, "seed": 7}'
    )


def test_lipsync_sends_the_length_of_the_sound_and_no_empty_prompt():
    assert sent(type="lipsync", audio=SOUND, audio_duration="12.50", prompt="  ") == (
        f'{{"model": "ltx-2", "type": "lipsync", "audio": "{SOUND}", "audio_duration": 12.5, '
        '"resolution": "720p", "seed": -1}'
    )


def test_lipsync_passes_a_face_picture_on():
    assert parse(type="lipsync", audio=SOUND, image=PICTURE).to_api()["image"] == PICTURE


def test_control_with_its_defaults():
    assert sent(type="control", video=VIDEO, video_duration=10) == (
        f'{{"model": "ltx-2", "type": "control", "video": "{VIDEO}", "video_duration": 10, "mode": "pose", '
        '"audio_mode": "preserve", "resolution": "720p", "seed": -1}'
    )


def test_control_with_everything():
    body = parse(
        type="control", prompt="as clay", video=VIDEO, video_duration=7.5, mode="canny", audio_mode="none",
        resolution="480p", seed=0,
    ).to_api()  # fmt: skip
    assert body == {
        "model": "ltx-2", "type": "control", "prompt": "as clay", "video": VIDEO, "video_duration": 7.5,
        "mode": "canny", "audio_mode": "none", "resolution": "480p", "seed": 0,
    }  # fmt: skip


@pytest.mark.parametrize("seed", [-1, "-1", 0, "2147483647"])
def test_a_seed_is_sent_as_it_was_given(seed):
    assert parse(type="text-to-video", prompt="x", seed=seed).to_api()["seed"] == int(seed)


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_empty_field_means_the_default(empty):
    names = ("duration", "resolution", "aspect_ratio", "seed")
    assert parse(type="text-to-video", prompt="x", **dict.fromkeys(names, empty)) == parse(
        type="text-to-video", prompt="x"
    )


def test_a_prompt_may_have_2500_characters_and_a_line_end_is_one():
    assert len(parse(type="text-to-video", prompt="é" * 2500).prompt) == 2500
    assert len(parse(type="text-to-video", prompt="\r\n".join(["x" * 1249, "y" * 1250])).prompt) == 2500
    assert "1 too long" in errors_of(type="text-to-video", prompt="x" * 2501)["prompt"]
    assert "too long" in errors_of(type="lipsync", audio=SOUND, prompt="x" * 2501)["prompt"]


ERRORS = [
    ({}, "type"),
    ({"type": "upscale"}, "type"),
    ({"type": ["text-to-video"]}, "type"),
    ({"type": {"a": 1}}, "type"),
    ({"type": "text-to-video"}, "prompt"),
    ({"type": "text-to-video", "prompt": "  "}, "prompt"),
    ({"type": "text-to-video", "prompt": ["x"]}, "prompt"),
    ({"type": "text-to-video", "prompt": "a\x00b"}, "prompt"),
    ({"type": "text-to-video", "prompt": "a\ud800b"}, "prompt"),
    ({"type": "image-to-video", "prompt": "x"}, "image"),
    ({"type": "image-to-video", "prompt": "x", "image": "a.png"}, "image"),
    ({"type": "image-to-video", "prompt": "x", "image": "ftp://example.com/a.png"}, "image"),
    ({"type": "lipsync"}, "audio"),
    ({"type": "lipsync", "audio": SOUND, "image": "face"}, "image"),
    ({"type": "lipsync", "audio": SOUND, "audio_duration": 4.9}, "audio_duration"),
    ({"type": "control"}, "video"),
    ({"type": "control", "video": {}}, "video"),
    ({"type": "control", "video": VIDEO, "mode": "line"}, "mode"),
    ({"type": "control", "video": VIDEO, "audio_mode": False}, "audio_mode"),
    ({"type": "control", "video": VIDEO, "video_duration": 20.1}, "video_duration"),
    ({"type": "text-to-video", "prompt": "x", "duration": "7.5"}, "duration"),
    ({"type": "text-to-video", "prompt": "x", "duration": "4"}, "duration"),
    ({"type": "text-to-video", "prompt": "x", "duration": "21"}, "duration"),
    ({"type": "text-to-video", "prompt": "x", "duration": "five"}, "duration"),
    ({"type": "text-to-video", "prompt": "x", "duration": "NaN"}, "duration"),
    ({"type": "text-to-video", "prompt": "x", "duration": "sNaN"}, "duration"),
    ({"type": "text-to-video", "prompt": "x", "duration": float("inf")}, "duration"),
    ({"type": "text-to-video", "prompt": "x", "duration": [5]}, "duration"),
    ({"type": "text-to-video", "prompt": "x", "duration": True}, "duration"),
    ({"type": "text-to-video", "prompt": "x", "resolution": "4k"}, "resolution"),
    ({"type": "text-to-video", "prompt": "x", "aspect_ratio": "1:1"}, "aspect_ratio"),
    ({"type": "text-to-video", "prompt": "x", "seed": "-2"}, "seed"),
    ({"type": "text-to-video", "prompt": "x", "seed": 2147483648}, "seed"),
    ({"type": "text-to-video", "prompt": "x", "seed": 1.5}, "seed"),
    ({"type": "text-to-video", "prompt": "x", "seed": "9" * 5000}, "seed"),
    ({"type": "text-to-video", "prompt": "x", "seed": 10**5000}, "seed"),
]


@pytest.mark.parametrize(("data", "name"), ERRORS)
def test_each_error_bears_the_apis_name_and_stands_alone(data, name):
    assert list(errors_of(**data)) == [name]


def test_all_errors_are_told_at_once():
    found = errors_of(type="control", video="x", video_duration="x", mode="x", audio_mode="x", resolution="x", seed="x")
    assert set(found) == {"video", "video_duration", "mode", "audio_mode", "resolution", "seed"}


@pytest.mark.parametrize(
    "length", ["1e999999", "1e999999999999999999", "-1e-999999", "9" * 100_000, "1e99999999999999999999"]
)
def test_a_number_without_end_is_answered_in_one_line(length):
    assert len(errors_of(type="text-to-video", prompt="x", duration=length)["duration"]) < 100


@pytest.mark.parametrize(("given_", "kept"), [("7.25", "7.2"), (12.5, "12.5"), ("20", "20.0"), ("٧", "7.0")])
def test_a_measured_length_is_kept_to_a_tenth(given_, kept):
    assert parse(type="lipsync", audio=SOUND, audio_duration=given_).seconds == Decimal(kept)


WORDS = "1e999999 1E+400 -0 NaN sNaN ٥ ५.५ 1_0 0x10 ９ ½ -1 5 12.5 http://[ http://[::1 text-to-video 720p pose"
nasty = st.sampled_from([*WORDS.split(" "), "\x00", "\ud800", "9" * 5000, "https://example.com/a"])
numbers = st.integers() | st.floats() | st.decimals() | st.integers(5, 20)
leaves = st.none() | st.booleans() | numbers | st.text() | nasty
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4)
names = ["prompt", "image", "audio", "video", "duration", "audio_duration", "video_duration", "mode", "audio_mode"]
names += ["resolution", "aspect_ratio", "seed", "model"]
mappings = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(MODES)) | values}, optional=dict.fromkeys(names, values)
)
fair = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(MODES)), "prompt": st.text(min_size=1)}
    | dict.fromkeys(("image", "audio", "video"), st.just("https://example.com/a")),
    optional={"seed": st.integers(-1, 2147483647)} | dict.fromkeys(names[4:7], st.decimals(5, 20, places=2)),
)


@given(mappings | fair)
@example({"type": "lipsync", "audio": SOUND, "audio_duration": Decimal("19.96")})
def test_whatever_comes_it_is_a_request_that_the_api_takes_or_an_invalid_one(data):
    try:
        request = GenerationRequest.parse(data)
    except InvalidRequest:
        return
    body = request.to_api()
    json.dumps(body, allow_nan=False, ensure_ascii=False).encode()
    assert 5 <= request.seconds <= 20
    assert GenerationRequest.parse(body) == request
    assert GenerationRequest.parse(json.loads(json.dumps(body))) == request

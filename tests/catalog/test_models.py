"""The catalog is data: a model is one TOML file, read into plain objects; what is wrong in it is named in one line."""

from pathlib import Path

import pytest

from studio.catalog.credits import Estimate, estimate
from studio.catalog.modes import MODELS, CatalogError, find_mode, read_model
from studio.catalog.request import GenerationRequest, InvalidRequest

HERE = Path(__file__).parent
LTX_2 = Path(__file__).parents[2] / "studio/catalog/ltx-2.toml"
README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def newer(monkeypatch):
    model = read_model(HERE / "newer.toml")
    monkeypatch.setitem(MODELS, model.name, model)
    return model


def test_the_readme_shows_the_prices_of_the_catalog():
    model = MODELS["ltx-2"]
    resolutions = list(model.modes["text-to-video"].prices)
    rows: dict[str, list[str]] = {}
    for mode in model.modes.values():
        prices = " | ".join(f"{least} → {most}" for least, most in mode.prices.values())
        rows.setdefault(prices, []).append(mode.name)
    table = [f"| | {' | '.join(resolutions)} |", "|---|---|---|---|"]
    table += [f"| {', '.join(names)} | {prices} |" for prices, names in rows.items()]
    assert "\n".join(table) in README.read_text(encoding="utf-8")


def test_a_model_of_its_own_has_its_own_modes_lengths_and_prices(newer):
    assert estimate("text-to-video", "1440p", 6, model="ltx-9") == Estimate(60, 60, "published")
    assert estimate("text-to-video", "2160p", 7, model="ltx-9") == Estimate(100, 110, "derived")
    assert estimate("text-to-video", "1440p", 5, model="ltx-9") is None
    assert estimate("extend", "1440p", 6) is None
    request = GenerationRequest.parse({"model": "ltx-9", "type": "extend", "video": "https://a.example/b", "seed": 7})
    assert request.to_api() == {
        "model": "ltx-9", "type": "extend", "video": "https://a.example/b", "video_duration": 6, "resolution": "1440p",
        "seed": 7,
    }  # fmt: skip
    assert GenerationRequest.parse(request.to_api()) == request
    with pytest.raises(InvalidRequest) as caught:
        GenerationRequest.parse({"model": "ltx-9", "type": "text-to-video", "prompt": "x" * 501, "camera": "drone"})
    assert set(caught.value.errors) == {"prompt", "camera"}


def test_a_mode_is_found_by_its_key(newer):
    assert [mode.key for mode in newer.modes.values()] == ["ltx-9:text-to-video", "ltx-9:extend"]
    assert all(find_mode(mode.key) is mode for model in MODELS.values() for mode in model.modes.values())
    assert find_mode("text-to-video").model == "ltx-2"
    assert find_mode("extend") is find_mode("ltx-8:extend") is find_mode("") is None


@pytest.mark.parametrize(("old", "new", "place"), [
    ('title = "LTX-2"', "", "title is missing"),
    ('title = "LTX-2"', "title = 2", "title: this has to be text"),
    ('title = "LTX-2"', 'title = "LTX-2"\ncolour = "red"', "colour: nothing has this name"),
    ('kind = "seed"', 'kind = "seeds"', "parameters.seed.kind: this has to be one of"),
    ('default = "pose"', 'default = "line"', "parameters.mode.default: this has to be one of pose, depth, canny"),
    ("most = 2147483647", "most = 1.5", "parameters.seed.most: this has to be a whole number"),
    ("most = 2147483647", "most = 9\nmost = 9", "line"),
    ('needs = ["audio"]', 'needs = ["sound"]', "modes.lipsync: there is no parameter 'sound'"),
    ('takes = ["prompt", "audio_duration", "resolution", "seed"]', 'takes = ["resolution", "seed"]', "modes.lipsync: "),
    ("480p = [32, 116]", "480p = [32]", "modes.lipsync.prices.480p: this has to be two numbers"),
    ("480p = [32, 116]", "4k = [32, 116]", "modes.lipsync.prices: each resolution has a price"),
    ("480p = [32, 116]", "480p = [32, '116']", "modes.lipsync.prices.480p: this has to be a list of whole numbers"),
])  # fmt: skip
def test_what_is_wrong_in_a_file_is_named_in_one_line(tmp_path, old, new, place):
    text = LTX_2.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "broken.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        read_model(path)
    message = str(caught.value)
    assert message.startswith("broken.toml: ")
    assert place in message
    assert "\n" not in message

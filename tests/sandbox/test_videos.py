"""The videos are real: decoded here, frame by frame."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from PIL import Image

from studio.sandbox.picture import LANDSCAPES, PLATES, drawable
from studio.sandbox.server import SAMPLES
from studio.sandbox.tasks import Task
from studio.sandbox.video import Clip, Stopped, make_video, size

from .conftest import Client


@pytest.fixture(scope="module")
def file(clip: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    path.write_bytes(requests.get(clip["response"][0], timeout=5).content)
    return path


def test_a_take_is_h264_and_aac_of_the_asked_size_and_length(file: Path) -> None:
    with av.open(str(file)) as video:
        picture, sound = video.streams.video[0], video.streams.audio[0]
        assert (picture.codec_context.name, picture.format.name) == ("h264", "yuv420p")
        assert sound.codec_context.name == "aac"
        assert (picture.width, picture.height) == (854, 480)
        assert picture.average_rate == 24
        assert video.duration is not None
        assert abs(video.duration / av.time_base - 5) < 0.1
        assert sum(1 for _ in video.decode(video=0)) == 120


def test_a_take_plays_before_it_is_loaded(file: Path) -> None:
    head = file.read_bytes()[:20_000]
    assert b"moov" in head
    assert head.index(b"moov") < head.index(b"mdat")


def test_a_take_moves_and_is_neither_black_nor_flat(file: Path) -> None:
    with av.open(str(file)) as video:
        frames = list(video.decode(video=0))
    first, last = (bytes(frames[number].planes[0]) for number in (0, -1))
    assert max(first) - min(first) > 80
    assert first != last


def test_its_sound_is_quiet_but_there(file: Path) -> None:
    with av.open(str(file)) as video:
        samples = [abs(x) for frame in video.decode(audio=0) for x in memoryview(frame.planes[0]).cast("f")]
    assert 0.005 < max(samples) < 0.15


def test_a_silent_take_has_no_sound_and_no_link_is_fetched_for_it(client: Client, tmp_path: Path) -> None:
    link = "https://files.invalid/never-fetched.mp4"
    task_id = client.accepted(type="control", video=link, video_duration=5.5, audio_mode="none", mode="canny")
    path = tmp_path / "silent.mp4"
    path.write_bytes(requests.get(client.wait(task_id)["response"][0], timeout=5).content)
    with av.open(str(path)) as video:
        assert not video.streams.audio
        assert video.duration is not None
        assert abs(video.duration / av.time_base - 5.5) < 0.1


def test_a_tall_take_is_tall(tmp_path: Path) -> None:
    request = {"model": "ltx-2", "type": "text-to-video", "prompt": "x", "aspect_ratio": "9:16", "resolution": "480p"}
    clip = replace(Clip.of(Task("n50", request, 3, 0, 0)), seconds=0.25)
    make_video(clip, tmp_path / "tall.mp4")
    with av.open(str(tmp_path / "tall.mp4")) as video:
        assert (video.streams.video[0].width, video.streams.video[0].height) == (480, 854)


@pytest.mark.parametrize(
    ("resolution", "shape", "wanted"),
    [("480p", None, (854, 480)), ("720p", "16:9", (1280, 720)), ("1080p", "9:16", (1080, 1920))],
)
def test_sizes(resolution: str, shape: str | None, wanted: tuple[int, int]) -> None:
    assert size(resolution, shape) == wanted


def test_a_stopped_render_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        make_video(Clip(320, 180, 0.5, 3), tmp_path / "half.mp4", stopping=lambda: True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", range(12))
def test_every_look_can_be_drawn_in_any_script(seed: int, tmp_path: Path) -> None:
    prompt = "Прибой 海 \U0001f30a \ud800 \u202e\n\x00 naïve " * 20
    make_video(Clip(180, 320, 1 / 12, seed, prompt), tmp_path / "small.mp4")


def test_what_the_font_lacks_becomes_a_dot() -> None:
    assert drawable(" Fog,\n naïve 海 ") == "Fog, naïve ·"


def test_there_are_samples_for_the_modes_that_need_an_input(client: Client, tmp_path: Path) -> None:
    picture = client.get(SAMPLES["image"])
    assert picture.content.startswith(b"\xff\xd8\xff")
    assert picture.headers["Content-Type"] == "image/jpeg"
    for kind, seconds in (("audio", 8), ("video", 6)):
        sample = tmp_path / kind
        sample.write_bytes(client.get(SAMPLES[kind]).content)
        with av.open(str(sample)) as media:
            assert media.duration is not None
            assert abs(media.duration / av.time_base - seconds) < 0.1


@pytest.mark.parametrize("name", [name for name, _ in LANDSCAPES])
def test_every_landscape_fills_the_largest_clip_in_both_shapes(name: str) -> None:
    with Image.open(PLATES / f"{name}.webp") as plate:
        assert plate.width >= 1920 * 1.25
        assert plate.height >= 1920


def test_the_same_seed_gives_the_same_video_and_another_seed_another(tmp_path: Path) -> None:
    made = []
    for number, seed in enumerate((5, 5, 17)):
        path = tmp_path / f"{number}.mp4"
        make_video(Clip(320, 180, 0.5, seed), path)
        made.append(path.read_bytes())
    assert made[0] == made[1]
    assert made[0] != made[2]

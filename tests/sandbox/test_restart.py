"""Tasks outlive the process that took them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from studio.sandbox.server import Sandbox

from .conftest import Client

Start = Callable[..., Client]


def test_a_task_in_the_middle_goes_on_after_a_restart(start: Start) -> None:
    before = start()
    task_id = before.accepted(seed=1)
    before.sandbox.stop()
    assert not list((before.sandbox.folder / "videos").glob("*"))
    after = start()
    data = after.wait(task_id)
    assert data["status"] == "completed"
    assert data["response"][0].startswith(after.sandbox.url)
    assert requests.get(data["response"][0], timeout=5).status_code == 200


def test_a_finished_task_is_not_made_again(start: Start, blank_videos: None) -> None:
    before = start()
    task_id = before.accepted(seed=1)
    before.wait(task_id)
    video = before.sandbox.folder / "videos" / f"{task_id}.mp4"
    made = video.stat().st_mtime_ns
    before.sandbox.stop()
    assert start().wait(task_id)["status"] == "completed"
    assert video.stat().st_mtime_ns == made


def test_a_stopped_sandbox_answers_no_more_even_on_open_connections(start: Start) -> None:
    client = start()
    with requests.Session() as session:
        assert session.get(client.sandbox.url, timeout=5).status_code == 200
        client.sandbox.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(client.sandbox.url, timeout=5)


def test_a_video_that_cannot_be_made_is_a_failed_task(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("studio.sandbox.video.make_video", no_room)
    client = start()
    data = client.wait(client.accepted())
    assert data["status"] == "failed"
    assert "No space left" in data["error_message"]


def test_a_taken_port_is_an_oserror(start: Start) -> None:
    taken = start().sandbox.port
    with pytest.raises(OSError, match="in use"):
        start(port=taken)


def test_it_listens_on_loopback_only(start: Start) -> None:
    with pytest.raises(ValueError, match="loopback"):
        start(host="0.0.0.0")  # noqa: S104


def test_a_sandbox_that_never_started_can_be_stopped(tmp_path: Path) -> None:
    Sandbox(tmp_path, 0).stop()


def test_an_idle_sandbox_loads_neither_av_nor_pillow_nor_django() -> None:
    script = "import sys, studio.sandbox.server; sys.exit(len({'av', 'PIL', 'django'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2]).returncode == 0

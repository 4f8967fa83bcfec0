"""A running sandbox, shared by the tests that only ask it for more."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from studio.sandbox.server import Sandbox

PACE = 0.02


class Client:
    """Asks a sandbox as a provider's client would."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.headers = {"Authorization": f"Bearer {sandbox.key}"}

    def create(self, **parameters: Any) -> requests.Response:
        body = {"model": "ltx-2", "type": "text-to-video", "prompt": "A quiet bay", "resolution": "480p", **parameters}
        return requests.post(f"{self.sandbox.base}/videos/generations", json=body, headers=self.headers, timeout=10)

    def accepted(self, **parameters: Any) -> str:
        return str(self.create(**parameters).json()["data"]["task_id"])

    def poll(self, task_id: str) -> requests.Response:
        return requests.get(f"{self.sandbox.base}/tasks/{task_id}", headers=self.headers, timeout=10)

    def wait(self, task_id: str, seconds: float = 60) -> dict[str, Any]:
        """The `data` of the last poll, once the task is no longer in progress."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            data: dict[str, Any] = self.poll(task_id).json()["data"]
            if data["status"] != "IN_PROGRESS":
                return data
            time.sleep(0.03)
        raise AssertionError(f"{task_id} is still in progress")

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.sandbox.url + path, headers=headers, timeout=20)


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"), 0, pace=PACE)
    sandbox.start()
    yield Client(sandbox)
    sandbox.stop()


@pytest.fixture(scope="session")
def clip(client: Client) -> dict[str, Any]:
    """A finished take: the `data` of its last poll."""
    return client.wait(client.accepted(prompt="Fog over the bay ✨ 海 \U0001f30a", seed=4))


@pytest.fixture
def blank_videos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Videos without a picture, at no cost, for tests that wait for what they ask for."""

    def make_video(clip: object, path: Path, **_: object) -> None:
        path.write_bytes(b"video")

    monkeypatch.setattr("studio.sandbox.video.make_video", make_video)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Starts sandboxes of a test's own, by default one after another in the same folder."""
    running: list[Sandbox] = []

    def start(**options: Any) -> Client:
        sandbox = Sandbox(tmp_path, options.pop("port", 0), **{"pace": PACE, **options})
        running.append(sandbox)
        sandbox.start()
        return Client(sandbox)

    yield start
    for sandbox in running:
        sandbox.stop()

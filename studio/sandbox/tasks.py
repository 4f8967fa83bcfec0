"""What the sandbox was asked for: one JSON file per task, so that tasks outlive a restart."""

import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio.media.scratch import draft_beside, sweep

from .troubles import WITHOUT_VIDEO

HALF = re.compile(r".+\.[0-9a-f]{8}\.part")  # what a sandbox that was killed has left
_ID = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Task:
    """One accepted request. `request` is as the API's JSON has it, `seed` the one drawn for it; `created` and `ready`
    are Unix times. `broken` says why its video could not be made."""

    id: str
    request: dict[str, Any]
    seed: int
    created: float
    ready: float
    trouble: str = ""
    broken: str = ""

    @property
    def prompt(self) -> str:
        return str(self.request.get("prompt", ""))

    @property
    def has_video(self) -> bool:
        return self.trouble not in WITHOUT_VIDEO and not self.broken


def new_id() -> str:
    """A task id that looks like the provider's."""
    return f"n50{secrets.token_hex(5)}_ltx2"


class Tasks:
    """The tasks in a folder, and where their videos are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tasks"
        self.videos = folder / "videos"
        for place in (self.folder, self.videos):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            sweep(place, HALF)

    def keep(self, task: Task) -> None:
        """Write a task down, whole or not at all."""
        path = self.folder / f"{task.id}.json"
        with draft_beside(path) as unfinished:
            unfinished.write_text(json.dumps(asdict(task)))
            os.replace(unfinished, path)

    def get(self, task_id: str) -> Task | None:
        """The task of this id, which may come from anybody."""
        if not _ID.fullmatch(task_id):
            return None
        try:
            return Task(**json.loads((self.folder / f"{task_id}.json").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def video(self, task_id: str) -> Path | None:
        """Where the video of this id is to be; None if this is no id."""
        return self.videos / f"{task_id}.mp4" if _ID.fullmatch(task_id) else None

    def is_made(self, task: Task) -> bool:
        return (self.videos / f"{task.id}.mp4").is_file()

    def newest(self, count: int | None = None) -> Iterator[Task]:
        """The last `count` tasks, or all of them, newest first."""
        files = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        found = (self.get(path.stem) for path in files[:count])
        return (task for task in found if task is not None)

    def unmade(self) -> list[Task]:
        """Tasks whose video is still to be made, oldest first."""
        waiting = [task for task in self.newest() if task.has_video and not self.is_made(task)]
        return waiting[::-1]

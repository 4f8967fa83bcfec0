"""Makes the videos, one at a time, in a thread that gives way to everything else."""

import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import replace

from .tasks import Task, Tasks

log = logging.getLogger("studio.sandbox")

NICENESS = 10


class Renderer:
    """A queue of tasks and the thread that works it off. What is left undone at a stop is found again at the start."""

    def __init__(self, tasks: Tasks) -> None:
        self.tasks = tasks
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-render", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, task: Task) -> None:
        self._queue.put(task)

    def stop(self) -> None:
        """Drop the frame in hand and wait for the thread to leave."""
        self._stopping.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        _give_way()
        for unmade in self.tasks.unmade():
            self.add(unmade)
        while (task := self._queue.get()) is not None and not self._stopping.is_set():
            try:
                self._make(task)
            except Exception as error:  # noqa: BLE001 - the thread's outermost guard: one bad task must not end all
                log.warning("The video of %s could not be made: %s", task.id, error)
                self.tasks.keep(replace(task, broken=f"The sandbox could not make this video: {error}"))

    def _make(self, task: Task) -> None:
        path = self.tasks.video(task.id)
        if path is None or path.is_file():
            return
        from .encode import Stopped, make_video
        from .given import fetch_rest, given_picture
        from .shot import Shot

        try:
            fetch_rest(task)
            make_video(replace(Shot.of(task), picture=given_picture(task)), path, stopping=self._stopping.is_set)
        except Stopped:
            log.debug("Left %s for the next start", task.id)


def _give_way() -> None:
    """On Linux a thread has its own niceness; elsewhere it is the process's, and is left alone."""
    setter: Callable[[int, int, int], None] | None = getattr(os, "setpriority", None)
    if setter is not None and os.uname().sysname == "Linux":
        setter(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)

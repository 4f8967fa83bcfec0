"""Makes the videos, one at a time, in a thread that gives way to everything else."""

import logging
import os
import queue
import sys
import threading
from dataclasses import replace

from .tasks import Task, Tasks

log = logging.getLogger("studio.sandbox")

# A little below the pages. Any lower, and on a busy machine a clip would not be made within a minute.
NICENESS = 5


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
        self._thread.join(5)

    def _run(self) -> None:
        if sys.platform == "linux":  # where a thread has a niceness of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
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
        from .inputs import fetch_inputs
        from .video import Clip, Stopped, make_video

        try:
            make_video(Clip.of(task, fetch_inputs(task)), path, stopping=self._stopping.is_set)
        except Stopped:
            log.debug("Left %s for the next start", task.id)

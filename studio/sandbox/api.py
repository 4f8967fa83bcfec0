"""The provider's two calls, create a generation and ask how it is going, and answers in the shapes of its documents."""

import json
import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from studio.catalog.credits import estimate
from studio.catalog.modes import MODELS
from studio.catalog.request import GenerationRequest, InvalidRequest

from . import troubles
from .tasks import Task, Tasks, new_id

SECONDS_LEAST, SECONDS_MOST, SECONDS_SLOW, SECONDS_BUSY = 4.0, 9.0, 45.0, 3.0
FAILURE = "Generation failed: the content was flagged by the safety filter. Please adjust the prompt and try again."
RUNNING, COMPLETED, FAILED = "IN_PROGRESS", "completed", "failed"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. `reset` asks for a broken connection in its place."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False


def success(data: dict[str, Any], *, reset: bool = False) -> Answer:
    """200, with `data` in the provider's envelope."""
    return Answer(200, json.dumps({"code": 200, "message": "success", "data": data}).encode(), reset=reset)


def error(code: int, message: str, kind: str, **headers: str) -> Answer:
    """An error; underscores in the names of headers stand for hyphens."""
    body = json.dumps({"error": {"code": code, "message": message, "type": kind}}).encode()
    return Answer(code, body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def page(text: str, status: int = 200) -> Answer:
    """A page of HTML that runs nothing and loads nothing."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Answer(status, text.encode(errors="replace"), "text/html; charset=utf-8", headers)


UNAUTHORIZED = error(401, "Invalid API key", "authentication_error", WWW_Authenticate="Bearer")
NO_SUCH_TASK = error(404, "Task not found", "not_found")
NOT_FOUND = error(404, "Not found", "not_found")
BAD_GATEWAY = page("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>", 502)


class Api:
    """Answers as the provider would. `render` is called with each task that needs a video made; links to videos begin
    with `origin`.
    """

    def __init__(self, tasks: Tasks, key: str, pace: float, render: Callable[[Task], None], origin: str) -> None:
        self.tasks, self.key, self.pace, self.render, self.origin = tasks, key, pace, render, origin
        self._turned_away: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def create(self, authorization: str | None, body: bytes) -> Answer:
        """`POST /videos/generations`."""
        if not self._knows(authorization):
            return UNAUTHORIZED
        try:
            request = _parse(body)
        except InvalidRequest as wrong:
            return error(400, f"Invalid parameters: {wrong}", "invalid_request")
        trouble = troubles.trouble_in(request.prompt)
        return self._refusal(request, trouble) or self._accept(request, trouble)

    def poll(self, authorization: str | None, task_id: str) -> Answer:
        """`GET /tasks/{task_id}`."""
        if not self._knows(authorization):
            return UNAUTHORIZED
        task = self.tasks.get(task_id)
        if task is None or task.trouble == troubles.LOST:
            return NO_SUCH_TASK
        return success({"task_id": task.id, **self._progress(task)})

    def status(self, task: Task) -> str:
        """How a task is going. It is completed once both its time is up and its file is there."""
        if task.trouble == troubles.LATE or time.time() < task.ready:
            return RUNNING
        if task.trouble == troubles.FAIL or task.broken:
            return FAILED
        return COMPLETED if not task.has_video or self.tasks.is_made(task) else RUNNING

    def _knows(self, authorization: str | None) -> bool:
        scheme, _, key = (authorization or "").partition(" ")
        return scheme.lower() == "bearer" and compare_digest(key.strip().encode(), self.key.encode())

    def _progress(self, task: Task) -> dict[str, Any]:
        status = self.status(task)
        if status == FAILED:
            return {"status": status, "error_message": task.broken or FAILURE}
        if status == RUNNING:
            return {"status": status}
        links = [] if task.trouble == troubles.NOLINK else [f"{self.origin}/videos/{task.id}.mp4"]
        return {"status": status, "response": links, "consumed_credits": _charge(task)}

    def _refusal(self, request: GenerationRequest, trouble: str) -> Answer | None:
        if trouble == troubles.REFUSE:
            return error(400, "Invalid parameters: prompt: this prompt was refused", "invalid_request")
        if trouble == troubles.BROKE:
            return error(402, "Insufficient credits", "insufficient_credits")
        if trouble == troubles.HTML:
            return BAD_GATEWAY
        if trouble == troubles.BUSY and self._is_first_try(request):
            wait = max(1, math.ceil(SECONDS_BUSY * self.pace))
            return error(429, "Too many requests, slow down", "rate_limit", Retry_After=str(wait))
        return None

    def _is_first_try(self, request: GenerationRequest) -> bool:
        attempt = (request.prompt, request.seed)
        with self._lock:
            seen = attempt in self._turned_away
            self._turned_away.add(attempt)
        return not seen

    def _accept(self, request: GenerationRequest, trouble: str) -> Answer:
        seed = request.seed if request.seed >= 0 else random.randint(0, request.kind.parameter("seed").most)
        now = time.time()
        usual = random.Random(seed).uniform(SECONDS_LEAST, SECONDS_MOST)
        takes = SECONDS_SLOW if trouble == troubles.SLOW else usual
        task = Task(new_id(), request.to_api(), seed, now, now + takes * self.pace, trouble)
        self.tasks.keep(task)
        if task.has_video:
            self.render(task)
        return success({"task_id": task.id, "status": RUNNING}, reset=trouble == troubles.RESET)


def _charge(task: Task) -> int:
    """Credits for a finished task: the table's, where a started block of 5 seconds counts whole."""
    request = GenerationRequest.parse(task.request)
    price = estimate(request.type, request.resolution, request.seconds, model=request.model)
    assert price is not None, "a valid request has a price"
    return price.high


def _parse(body: bytes) -> GenerationRequest:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidRequest({"body": "This is not JSON."}) from None
    if not isinstance(data, dict):
        raise InvalidRequest({"body": "Send one JSON object."})
    if data.get("model") not in list(MODELS):
        raise InvalidRequest({"model": f"Choose {' or '.join(MODELS)}."})
    if not isinstance(data.get("type"), str):
        raise InvalidRequest({"type": "Say which kind of video."})
    request = GenerationRequest.parse(data)
    if request.own_files:
        raise InvalidRequest(dict.fromkeys(request.own_files, "This is not a link."))
    return request

"""Answers in the shapes that the provider documents."""

import json
from dataclasses import dataclass, field
from typing import Any


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
    return Answer(200, _json({"code": 200, "message": "success", "data": data}), reset=reset)


def error(code: int, message: str, kind: str, **headers: str) -> Answer:
    """An error; underscores in the names of headers stand for hyphens."""
    body = _json({"error": {"code": code, "message": message, "type": kind}})
    return Answer(code, body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def page(text: str, status: int = 200) -> Answer:
    """A page of HTML that runs nothing and loads nothing."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Answer(status, text.encode(errors="replace"), "text/html; charset=utf-8", headers)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


UNAUTHORIZED = error(401, "Invalid API key", "authentication_error", WWW_Authenticate="Bearer")
NO_SUCH_TASK = error(404, "Task not found", "not_found")
NOT_FOUND = error(404, "Not found", "not_found")
BAD_GATEWAY = page("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>", 502)

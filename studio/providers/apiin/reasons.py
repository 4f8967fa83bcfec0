"""What a provider says is wrong, out of the many shapes in which it may say so."""

import re
from typing import Any

_MOST = 3  # of several errors, and as deep
_SAID_IN = ("message", "msg", "error_message", "detail", "reason", "description", "error", "errors", "title")
_WHERE = ("loc", "field", "param", "path")
_NOT_WHERE = ("body", "query", "path", "header")  # how FastAPI begins the place of what is wrong
_NO_REASON = {
    "", "success", "succeed", "succeeded", "successful", "ok", "okay", "done", "none", "null", "undefined", "n/a",
    "no error", "true", "false",
}  # fmt: skip
_PAGE = re.compile(r"<\s*(!doctype|html|head|body|title|script|style|center|h1)\b", re.I)


def said(value: Any, depth: int = 0) -> str:
    """The words in a text, in an object as `{"message"}`, `{"loc", "msg"}` or `{"field": ["words"]}`, or in a list of
    such; "" where there are none.
    """
    if isinstance(value, str):
        return "" if _PAGE.search(value) else value.strip()
    if depth > _MOST:
        return ""
    if isinstance(value, list):
        found = (said(item, depth + 1) for item in value[: 4 * _MOST])
        return "; ".join([words for words in found if is_reason(words)][:_MOST])
    return _said_in(value, depth + 1) if isinstance(value, dict) else ""


def is_reason(words: str) -> bool:
    """Whether the words tell why something failed: "success" is often found in that place."""
    return words.strip(" .!").lower() not in _NO_REASON


def _said_in(box: dict[str, Any], depth: int) -> str:
    words = next((words for name in _SAID_IN if is_reason(words := said(box.get(name), depth))), "")
    if words:
        where = next((place for name in _WHERE if (place := _place(box.get(name)))), "")
        return f"{where}: {words}" if where else words
    code = next((box[name] for name in ("code", "type") if isinstance(box.get(name), str)), "")
    if code:
        return "" if code.isdecimal() else str(code)
    found = ((name, said(inner, depth)) for name, inner in list(box.items())[:_MOST])
    return "; ".join(f"{name}: {words}" for name, words in found if is_reason(words))


def _place(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()[:100]
    parts = [str(part)[:40] for part in value if isinstance(part, str | int)] if isinstance(value, list) else []
    return ".".join(parts[1:] if parts and parts[0] in _NOT_WHERE and len(parts) > 1 else parts[:6])

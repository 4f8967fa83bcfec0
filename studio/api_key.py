"""Keeps the API key out of what people type: it may be pasted into any field by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

KEY_LEAST = 8  # a shorter API key is none, and would be found in any prompt
KEY_STOOD_HERE = "Your API key stood here. It was taken out: it belongs in the settings alone."


def without_key(posted: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """What was typed without the API key, and the fields that held it: it goes into no page and no row."""
    key = settings.LTX2_API_KEY
    leaks = {name for name, value in posted.items() if len(key) >= KEY_LEAST and key in value}
    return {name: value.replace(key, "") if name in leaks else value for name, value in posted.items()}, leaks


def keyless(posted: Mapping[str, Any], name: str) -> tuple[str, str]:
    """One field without the API key, and what to say where it held it."""
    data, leaks = without_key({name: posted.get(name, "")})
    return data[name], KEY_STOOD_HERE if leaks else ""

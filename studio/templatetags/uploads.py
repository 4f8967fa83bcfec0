"""What templates say about a person's own files."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template

from studio.catalog import modes
from studio.catalog.links import upload_id
from studio.uploads.models import Upload

register = template.Library()


@dataclass(frozen=True)
class Named:
    """What a field's `upload:<id>` stands for; without an upload where it is gone."""

    upload: Upload | None


@register.simple_tag(takes_context=True)
def own_file(context: dict[str, Any], value: object) -> Named | None:
    """The file that a field names, None where the field holds a link or nothing."""
    if upload_id(str(value or "")) is None:
        return None
    return Named(Upload.objects.named(value, context["request"].user))


@register.filter
def tenths(seconds: Decimal | None) -> str:
    """A measured length as a form takes it: to a tenth of a second, without a nought at its end."""
    return "" if seconds is None else f"{round(seconds, 1).normalize():f}"


@register.filter
def fit(seconds: Decimal | None) -> str:
    """How a length stands to what the API takes: `short`, `long`, or nothing to say."""
    if seconds is None:
        return ""
    rounded = round(seconds, 1)
    if rounded > modes.SECONDS_MOST:
        return "long"
    return "short" if rounded < modes.SECONDS_LEAST else ""


@register.filter
def size(count: int) -> str:
    """Bytes for people: 812 kB, 2.4 MB."""
    return f"{max(1, round(count / 1000)):,} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"

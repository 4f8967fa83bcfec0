from django import template
from django.urls import reverse

from studio.catalog.links import upload_id
from studio.generations.connections import Connection
from studio.uploads.reachable import may_be_shown

register = template.Library()


@register.filter
def picture_link(link: object) -> str:
    """The small copy of an own picture where `upload:<id>` names one; else the link where it may be loaded."""
    number = upload_id(str(link or ""))
    return shown_link(link) if number is None else reverse("upload-poster", args=[number])


@register.filter
def shown_link(link: object) -> str:
    """A link that came from outside, fit for `href` and `src`; empty where a browser must not be led there."""
    text = str(link or "")
    return text if may_be_shown(text) else ""


@register.simple_tag
def sandboxed() -> bool:
    """Whether links may be on this machine."""
    return Connection.configured().is_sandbox

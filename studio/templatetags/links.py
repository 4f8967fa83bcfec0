from django import template
from django.urls import reverse

from studio.catalog.links import is_http_link, upload_id

register = template.Library()


@register.filter
def picture_link(link: object) -> str:
    """The small copy of an own picture where `upload:<id>` names one; else as `http_link`."""
    number = upload_id(str(link or ""))
    return http_link(link) if number is None else reverse("upload-poster", args=[number])


@register.filter
def http_link(link: object) -> str:
    """A link that came from outside, fit for `href` and `src`; empty where it is anything but http or https."""
    text = str(link or "")
    return text if is_http_link(text) else ""

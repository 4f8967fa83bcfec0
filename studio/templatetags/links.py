from django import template

from studio.catalog.links import is_http_link

register = template.Library()


@register.filter
def http_link(link: object) -> str:
    """A link that came from outside, fit for `href` and `src`; empty where it is anything but http or https."""
    text = str(link or "")
    return text if is_http_link(text) else ""

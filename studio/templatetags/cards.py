"""Cards are drawn by the dozen, so what differs only by the take's number is drawn once and stamped with the number,
and with the link to the video and the visitor's token if they are in it.
"""

from functools import lru_cache

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString

register = template.Library()
# What stands for those while a part is drawn; none of them will ever be one.
NUMBER, LINK, TOKEN = 8070605040302010907, "link-to-the-video", "token-of-the-visitor"


@lru_cache(maxsize=1024)
def _drawn(name: str, **variant: object) -> str:
    return render_to_string(name, {"pk": NUMBER, "link": LINK, "csrf_token": TOKEN, **variant}).strip()


@register.simple_tag(takes_context=True)
def stamp(context: Context, name: str, pk: int, link: str = "", **variant: object) -> SafeString:
    """A part of a card that knows nothing of the take but its number, its link and a few small words (`variant`)."""
    drawn = _drawn(name, **variant).replace(str(NUMBER), str(pk))  # a template has escaped it
    drawn = drawn.replace(LINK, escape(link)) if link else drawn
    return SafeString(drawn.replace(TOKEN, str(context["csrf_token"])) if TOKEN in drawn else drawn)

"""Cards are drawn by the dozen, so what differs only by the take's number is drawn once and stamped with the number,
and with a text of the take's own or the visitor's token if they are in it.
"""

from datetime import date
from functools import lru_cache

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.dateformat import format as date_format
from django.utils.html import escape
from django.utils.safestring import SafeString

register = template.Library()
LABELS = {
    "type": "Mode", "aspect_ratio": "Shape", "duration": "Seconds", "image": "Picture", "audio": "Recording",
    "audio_duration": "Seconds of sound", "video_duration": "Seconds of video", "mode": "Kept from the video",
    "audio_mode": "Sound",
}  # fmt: skip
# What stands for those while a part is drawn; none of them will ever be one.
NUMBER, TEXT, TOKEN = 8070605040302010907, "text-of-the-take", "token-of-the-visitor"


@lru_cache(maxsize=1024)
def _drawn(name: str, **variant: object) -> str:
    return render_to_string(name, {"pk": NUMBER, "text": TEXT, "csrf_token": TOKEN, **variant}).strip()


@register.filter
@lru_cache(maxsize=4096)
def weekday(day: date) -> str:
    """A day as the heading over its takes has it."""
    return date_format(day, "l j F")


@register.filter
def label(name: str) -> str:
    """What people call a parameter of the API."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


@register.simple_tag(takes_context=True)
def stamp(context: Context, name: str, pk: int, text: str = "", **variant: object) -> SafeString:
    """A part of a card that knows nothing of the take but its number, one text and a few small words (`variant`)."""
    drawn = _drawn(name, **variant)
    if TOKEN in drawn:
        drawn = drawn.replace(TOKEN, str(context["csrf_token"]))
    # The text last: it came from outside, and nothing is looked for in it.
    return SafeString(drawn.replace(str(NUMBER), str(pk)).replace(TEXT, escape(text)))


@register.filter
def strip(text: str) -> str:
    """Without the line ends of a template that is included, as an attribute has to be."""
    return text.strip()

"""Cards are drawn by the dozen, so what differs only by the take's number is drawn once and stamped with the number."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()
NUMBER = 8070605040302010907  # stands for the take's own while a part is drawn; no row will ever have it


@lru_cache(maxsize=1024)
def _drawn(name: str, **variant: object) -> str:
    return render_to_string(name, {"pk": NUMBER, **variant}).strip()


@register.simple_tag
def stamp(name: str, pk: int, **variant: object) -> SafeString:
    """A part of a card that knows nothing of the take but its number and a few small words (`variant`)."""
    return SafeString(_drawn(name, **variant).replace(str(NUMBER), str(pk)))  # a template has escaped it

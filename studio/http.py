from django.contrib.auth.models import User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """What the studio's middleware makes of a request: somebody is logged in, and htmx says what it asks for."""

    user: User
    htmx: HtmxDetails

"""What every request gets: a user, and the browser's time zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

GetResponse = Callable[[HttpRequest], HttpResponse]
LOCAL_USER = "studio"


def local_user() -> object:
    """The one user of a studio without accounts; its things are his from the first row."""
    return get_user_model().objects.get_or_create(username=LOCAL_USER)[0]


class LocalUserMiddleware:
    """Without a password the studio listens on loopback only, and whoever reaches it is its user."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.STUDIO_PASSWORD:
            request.user = SimpleLazyObject(local_user)  # type: ignore[assignment]
        return self.get_response(request)


class BrowserTimezoneMiddleware:
    """Days begin when they begin for the person who looks; `studio.js` sets the cookie."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get("timezone", "").replace("%2F", "/")
        try:
            zone = zoneinfo.ZoneInfo(name) if name else None
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            zone = None
        with timezone.override(zone):
            return self.get_response(request)

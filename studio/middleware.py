"""What every request gets: a user, and the browser's time zone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlencode

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from .origins import asking_path
from .zones import zone_named

GetResponse = Callable[[HttpRequest], HttpResponse]
LOCAL_USER = "studio"
PROXY_MISMATCH = """A proxy in front of the studio says that the browser uses https. The studio is not told to trust it.

If the proxy is yours, set STUDIO_SECURE_PROXY=1 and start the studio again.
"""
WORTH_COMPRESSING = 8192  # bytes; a smaller answer fits into a few packets anyway


def local_user() -> User:
    """The one user of a studio without accounts; its things are his from the first row."""
    return User.objects.get_or_create(username=LOCAL_USER)[0]


_hashing = threading.Lock()


def set_password() -> None:
    """The one user's password is the setting's; changing it ends all sessions. One at a time: hashing takes a core."""
    with _hashing:
        user, password = local_user(), settings.STUDIO_PASSWORD
        if password and not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])


class FreshPagesMiddleware:
    """The same URL answers a browser with a page and htmx with a fragment, and both change by the second: nobody may
    keep either, or give one for the other. A view that says how long its answer keeps has the last word.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class ProxyMismatchMiddleware:
    """A proxy that speaks https to the browser and http to the studio has to be trusted (STUDIO_SECURE_PROXY) to say
    so. Where it is not, STUDIO_HTTPS would redirect the browser to the page that it is on, again and again.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        says_https = request.headers.get("X-Forwarded-Proto") == "https"
        if settings.STUDIO_HTTPS and not settings.STUDIO_SECURE_PROXY and says_https:
            return HttpResponse(PROXY_MISMATCH, content_type="text/plain; charset=utf-8", status=502)
        return self.get_response(request)


class OwnPagesMiddleware:
    """Other sites, and other ports of this machine, may link here. They may not load anything of the studio into their
    own pages, in a frame or ahead of a click: each such request would take a thread, and they can make many.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.get_host()  # static files are served before anything else looks at the name; raises DisallowedHost
        is_foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        if is_foreign and not is_followed_link(request):
            response = HttpResponse(status=403)
        else:
            response = self.get_response(request)
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


def is_followed_link(request: HttpRequest) -> bool:
    """Whether the browser opens this as the page of a tab, not in a frame, and not before a person asked for it."""
    headers = request.headers
    opens_page = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest", "document") == "document"
    return opens_page and "Sec-Purpose" not in headers


class CompressedPagesMiddleware(GZipMiddleware):
    """Pages of many cards are a tenth as long on the wire. Media are served as they are: their ranges count bytes."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or len(response.content) < WORTH_COMPRESSING:
            return response
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class LocalUserMiddleware:
    """Without a password the studio listens on loopback only, and whoever reaches it is its user."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.STUDIO_PASSWORD:
            request.user = SimpleLazyObject(local_user)  # type: ignore[assignment] # it stands for a User
        return self.get_response(request)


class DoorMiddleware(LoginRequiredMiddleware):
    """htmx would put the login page into the middle of the one that asks: send the whole page there."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        details: HtmxDetails = request.htmx  # type: ignore[attr-defined]
        if not details:
            return super().handle_no_permission(request, view_func)
        page = asking_path(request) or reverse("studio")
        return HttpResponseClientRedirect(f"{reverse('login')}?{urlencode({'next': page}, safe='/')}")


class BrowserTimezoneMiddleware:
    """Days begin when they begin for the person who looks; `page.js` sets the cookie. Without it, the machine's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_named(unquote(request.COOKIES.get("timezone", "")))):
            return self.get_response(request)

"""What views share: the type of a request, and where to go on."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from .origins import asking_page

View = Callable[..., HttpResponseBase]


class Request(HttpRequest):
    """What the studio's middleware makes of a request: somebody is logged in, and htmx says what it asks for."""

    user: User
    htmx: HtmxDetails


def way_back(request: Request, otherwise: str = "") -> str:
    """Where the form wants to go on, as long as it is in the studio."""
    wanted = request.POST.get("next", "")
    inside = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    inside = inside and wanted.isprintable()
    return wanted if inside else otherwise or reverse("studio")


def see_other(address: str) -> HttpResponseBase:
    return HttpResponseRedirect(address, status=303)


def page_of(request: Request) -> str:
    """The path of the page that htmx asks from; "" where it does not say."""
    return asking_page(request).path


def by_method(**views: View) -> View:
    """One address with a view for each method: of the gallery a GET shows takes, and a POST asks for new ones."""

    def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        chosen = views.get(request.method or "")
        return chosen(request, **kwargs) if chosen else HttpResponseNotAllowed(views)

    return view

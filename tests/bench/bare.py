"""What the studio's views are compared with: the least that a Django view does behind the same middleware."""

from __future__ import annotations

from django import forms
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from studio.urls import urlpatterns as studio_urls

ONE_LINE = engines["django"].from_string("<p>{{ estimate }} credits</p>\n")


class BareForm(forms.Form):
    """The fields of the composer for text-to-video, and nothing that is known about them."""

    prompt = forms.CharField(required=False)
    duration = forms.CharField(required=False)
    resolution = forms.CharField(required=False)
    aspect_ratio = forms.CharField(required=False)
    seed = forms.CharField(required=False)
    takes = forms.CharField(required=False)
    repeat = forms.BooleanField(required=False)
    submission_key = forms.CharField(required=False, max_length=64)


@require_GET
def trivial_query(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return HttpResponse(status=204)


@require_POST
def form_and_line(request: HttpRequest) -> HttpResponse:
    form = BareForm(request.POST)
    form.is_valid()
    return HttpResponse(ONE_LINE.render({"estimate": form.cleaned_data["takes"]}, request))


@require_POST
def fields_and_line(request: HttpRequest) -> HttpResponse:
    """Without a form at all."""
    return HttpResponse(ONE_LINE.render({"estimate": request.POST.get("takes", "")}, request))


# First in line, so that finding the bare views costs nothing.
urlpatterns = [
    path("bare/query/", trivial_query),
    path("bare/form/", form_and_line),
    path("bare/fields/", fields_and_line),
    *studio_urls,
]

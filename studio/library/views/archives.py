"""Many takes as one file, a zip or a list: how far it is, and the file."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from studio.gallery.page import frame, group_by_day
from studio.http import Request, see_other
from studio.media.serving import serve

from ..archives import Archive


def show_archive(request: Request, archive: Archive) -> HttpResponseBase:
    """How far it is, as a fragment that asks again by itself; without JavaScript, its page."""
    if not request.htmx:
        return see_other(reverse("archive", args=[archive.pk]))
    return render(request, "library/_archive.html", {"archive": archive})


@require_safe
def archive(request: Request, archive: int) -> HttpResponse:
    found = get_object_or_404(Archive.objects.defer("takes"), owner=request.user, pk=archive)
    if request.htmx:
        return render(request, "library/_archive.html", {"archive": found})
    today = group_by_day(request.user, [])[1]
    return render(request, "library/archive.html", {**frame(request), "archive": found, "today": today})


@require_safe
def archive_file(request: Request, archive: int) -> HttpResponseBase:
    ready = Archive.objects.defer("takes").filter(status=Archive.Status.READY)
    found = get_object_or_404(ready, owner=request.user, pk=archive)
    return serve(request, found.name, found.content_type, f"archive-{found.pk}", found.filename, attachment=True)

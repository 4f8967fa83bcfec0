"""The sums of what is selected."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from studio.http import Request

from ..selection import asked_for, summed


@require_http_methods(["GET", "POST"])
def summary(request: Request) -> HttpResponse:
    """How many they are, what they cost and how large their files are."""
    return render(request, "gallery/_selection_summary.html", summed(asked_for(request).takes))

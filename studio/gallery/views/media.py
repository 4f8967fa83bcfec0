"""The kept files of a take, for its owner alone."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.http import Http404
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.http import Request
from studio.media.names import slug
from studio.media.serving import ASK_AGAIN, serve

from ..answers import mine
from ..page import local_day


def kept(request: Request, pk: int) -> KeptVideo:
    found = KeptVideo.objects.filter(generation=mine(request, pk)).select_related("generation").first()
    if found is None:
        raise Http404
    return found


@require_safe
def video(request: Request, pk: int) -> HttpResponseBase:
    """The kept video, with ranges; `?download=1` saves it under a name that says what it is."""
    found = kept(request, pk)
    name = file_name(found.generation, PurePosixPath(found.name).suffix)
    saves = "download" in request.GET
    return serve(request, found.name, found.content_type, found.sha256, name, attachment=saves, cache=ASK_AGAIN)


@require_safe
def poster(request: Request, pk: int) -> HttpResponseBase:
    found = kept(request, pk)
    if not found.poster:
        raise Http404
    name = file_name(found.generation, PurePosixPath(found.poster).suffix)
    return serve(request, found.poster, picture_type(found.poster), f"{found.sha256}-poster", name, cache=ASK_AGAIN)


def file_name(take: Generation, suffix: str) -> str:
    """Date, mode and prompt: `2026-11-22_text-to-video_cat-playing-piano_0042.mp4`. The number keeps takes of one
    prompt apart.
    """
    parts = [local_day(take).isoformat(), take.type, slug(take.prompt), f"{take.pk:04}"]
    return "_".join(part for part in parts if part) + suffix


def picture_type(name: str) -> str:
    """The type of a small picture that we have made ourselves."""
    return {".webp": "image/webp", ".png": "image/png"}.get(PurePosixPath(name).suffix, "image/jpeg")

"""The page of one take: what was asked for, what came of it, and what is known of its file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from decimal import Decimal

from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.generations.typical import Typical, kind_of, typical_times
from studio.http import Request
from studio.library.review_panel import review

from .page import frame, group_by_day


def show(
    request: Request, take: Generation, problem: str = "", *, typed: Mapping[str, str] | None = None
) -> HttpResponse:
    """The page of a take as it is now, with a word on why a click changed nothing, and what was `typed` with it."""
    take.problem = problem
    there = Generation.objects.owned_by(request.user).existing()
    others = there.filter(submission=take.submission_id).order_by("id")
    context = {
        "take": take,
        "today": group_by_day(request.user, [])[1],
        "events": take.events.all(),
        "siblings": list(others) if take.submission_id else [],
        "parameters": [(name, value) for name, value in take.request.items() if name != "prompt"],
        "request_json": json.dumps(take.sent_request, indent=2, ensure_ascii=False),
        "curl": as_curl(take),
        "typed": typed or {},
        "file": file_facts(take),
        "usual": usual(take),
        **review(request, take),
    }
    return render(request, "generations/generation.html", {**frame(request), **context})


def as_curl(take: Generation) -> str:
    """The exact request for a shell, with a placeholder where the key goes."""
    base = take.asked_of.address
    body = shlex.quote(json.dumps(take.sent_request, ensure_ascii=False))
    return (
        f"curl -X POST {shlex.quote(base + '/videos/generations')} \\\n"
        f'  -H "Authorization: Bearer $LTX2_API_KEY" \\\n  -H "Content-Type: application/json" \\\n  -d {body}'
    )


def file_facts(take: Generation) -> list[tuple[str, str]]:
    """Name and value of each thing that is known about the studio's own copy; nothing where there is none."""
    kept = KeptVideo.objects.filter(pk=take.pk).first()
    if kept is None:
        return []
    rate = f" · {plain(kept.frame_rate)} frames a second" if kept.frame_rate else ""
    return [
        ("File", where(kept.name)),
        ("Size", f"{filesizeformat(kept.bytes)} ({kept.bytes:,} bytes)"),
        ("Picture", f"{kept.width} × {kept.height}{rate}"),
        ("Length", f"{plain(kept.seconds)} s"),
        ("Sound", "yes" if kept.has_sound else "none"),
        ("SHA-256", kept.sha256),
        ("Saved", f"{timezone.localtime(kept.kept_at):%Y-%m-%d %H:%M:%S}"),
    ]


def where(name: str) -> str:
    """The path on this computer, or the name in a store elsewhere."""
    try:
        return default_storage.path(name)
    except NotImplementedError:
        return name


def plain(number: Decimal) -> str:
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def usual(take: Generation) -> Typical | None:
    """How long takes like this one took, while it is on its way."""
    if take.status not in (take.Status.SUBMITTING, take.Status.RUNNING):
        return None
    return typical_times(take.owner_id, [kind_of(take)]).get(kind_of(take))

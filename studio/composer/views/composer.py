"""The composer: the form of one mode, and what it would cost."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from studio.api_key import without_key
from studio.catalog import modes
from studio.catalog.credits import TABLE, resolution_cost, step_cost
from studio.catalog.links import upload_id
from studio.catalog.modes import MODES
from studio.catalog.request import LINKS
from studio.composer.posted import form_for, initial_from, posted_form
from studio.gallery.page import frame
from studio.generations.models import Generation
from studio.http import Request
from studio.library.models import Collection
from studio.uploads.reachable import public_url_is_useless

from ..forms import ComposerForm

SAMPLES = {"image": "/samples/picture.jpg", "audio": "/samples/voice.m4a", "video": "/samples/clip.mp4"}


def composer_context(form: ComposerForm, **more: Any) -> dict[str, Any]:
    """All that the composer's template shows beside the form itself."""
    mode, sandbox = form.kind, settings.PROVIDER == settings.SANDBOX
    base = f"http://127.0.0.1:{settings.STUDIO_SANDBOX_PORT}"
    return {
        "form": form,
        "modes": MODES.values(),
        "mode": mode,
        "seconds": form[mode.seconds_field],
        "links": [form[name] for name in mode.links],
        "samples": {name: base + path for name, path in SAMPLES.items()} if sandbox else {},
        "step_cost": step_cost(mode.name),
        "prices": json.dumps(TABLE[mode.name]),
        "hd_cost": resolution_cost(mode.name, "720p", "1080p"),
        "catalog": modes,
        "sandbox": sandbox,
        "env_file": settings.ENV_FILE,
        "links_port": settings.STUDIO_LINKS_PORT,
        "useless_url": settings.STUDIO_PUBLIC_URL if public_url_is_useless() else "",
        "shelves": Collection.objects.filter(owner=form.owner) if form.owner else [],
        **price(form),
        **more,
    }


def price(form: ComposerForm) -> dict[str, Any]:
    cost = form.estimate()
    offer = form.offer(cost)
    return {"estimate": cost, "takes": offer.takes, "offer": offer.written, "sandbox": offer.free}


def starting_form(request: Request, mode: str | None = None) -> ComposerForm:
    """The form that a screen begins with: from an earlier take (`?from=`, `?seed=new`), with an own file
    (`?image=upload:7`), or empty.

    The studio's page passes over what there is not: an address may be old. Else, a take that is none raises Http404.
    """
    source = request.GET.get("from")
    if source:
        takes = Generation.objects.owned_by(request.user).existing()
        take = takes.filter(pk=source).first() if source.isdecimal() and len(source) < 19 else None
        if take is not None:
            new_seed = request.GET.get("seed") == "new"
            return form_for(take.type, initial=initial_from(take, new_seed=new_seed), owner=request.user)
        if mode:
            raise Http404
    name = mode or request.GET.get("type", "")
    name = name if name in MODES else modes.DEFAULT_MODE
    given = {link: request.GET[link] for link in LINKS if upload_id(request.GET.get(link, "")) is not None}
    given["parent"] = request.GET.get("parent", "")
    form = form_for(name, initial=given, owner=request.user)
    form.follow_files()
    return form


@require_http_methods(["GET", "POST"])
def compose(request: Request, type: str) -> HttpResponse:
    """The composer of one mode. A POST keeps what was typed, as far as the mode has such a field."""
    if type not in MODES:
        raise Http404
    if request.method == "POST":
        typed = {name: value for name, value in without_key(request.POST)[0].items() if value}
        form = form_for(type, initial=typed, owner=request.user)
        form.initial.pop("submission_key", None)
        form.follow_files()
    else:
        form = starting_form(request, type)
    if request.htmx:
        return render(request, "composer/_composer.html", composer_context(form))
    return render(request, "composer/composer.html", {**frame(request), **composer_context(form)})


@require_POST
def estimate(request: Request) -> HttpResponse:
    """The live estimate. A half-filled form gets the price of its defaults and a word on what is missing."""
    form = posted_form(request.POST, owner=request.user, live=True)
    return render(request, "composer/_estimate.html", {**price(form), "missing": form.missing(), "live": True})

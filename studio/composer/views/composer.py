"""The composer: the form of one mode, and what it would cost."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from studio.api_key import without_key
from studio.catalog.credits import resolution_cost, step_cost
from studio.catalog.links import upload_id
from studio.catalog.modes import MODELS, Mode, default_mode, find_mode
from studio.composer.posted import initial_from, posted_form
from studio.gallery.page import frame
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.http import Request
from studio.ids import parse_id
from studio.library.models import Collection
from studio.uploads.reachable import public_url_is_useless

from ..forms import ComposerForm

SAMPLES = {"image": "/samples/picture.jpg", "audio": "/samples/voice.m4a", "video": "/samples/clip.mp4"}


def composer_context(form: ComposerForm, **more: Any) -> dict[str, Any]:
    """All that the composer's template shows beside the form itself."""
    mode, sandbox = form.kind, Connection.configured().is_sandbox
    base = f"http://127.0.0.1:{settings.STUDIO_SANDBOX_PORT}"
    return {
        "form": form,
        "modes": MODELS[mode.model].modes.values(),
        "mode": mode,
        "models": MODELS.values() if len(MODELS) > 1 else [],
        "links": [form[name] for name in form.links if name not in mode.undocumented],
        "samples": {name: base + path for name, path in SAMPLES.items()} if sandbox else {},
        "costs": costs_of(mode),
        "prices": json.dumps(dict(mode.prices)),
        "catalog": {"SECONDS_LEAST": mode.length.least, "SECONDS_MOST": mode.length.most},
        "sandbox": sandbox,
        "env_file": settings.ENV_FILE,
        "links_port": settings.STUDIO_LINKS_PORT,
        "useless_url": settings.STUDIO_PUBLIC_URL if public_url_is_useless() else "",
        "collections": Collection.objects.filter(owner=form.owner) if form.owner else [],
        **price(form),
        **more,
    }


def costs_of(mode: Mode) -> str:
    """What a step of the length and the best resolution cost more, as far as that is the same everywhere."""
    step, usual, best = step_cost(mode), mode.parameter("resolution").default, list(mode.prices)[-1]
    more = resolution_cost(mode, usual, best)
    words = [f"{mode.length.step} s more: {step} credits"] if step is not None else []
    words += [f"{best}: only {more} more than {usual}"] if more else []
    return f"{'; '.join(words)}." if words else ""


def price(form: ComposerForm) -> dict[str, Any]:
    cost = form.estimate()
    offer = form.offer(cost)
    return {
        "estimate": cost,
        "takes": offer.takes,
        "step": form.kind.length.step,
        "offer": offer.written,
        "sandbox": offer.free,
    }


def starting_form(request: Request, mode: Mode | None = None) -> ComposerForm:
    """The form that a screen begins with: from an earlier take (`?from=`, `?seed=new`), with an own file
    (`?image=upload:7`), or empty.

    The studio's page passes over what there is not: an address may be old. Else, a take that is none raises Http404.
    """
    if source := request.GET.get("from"):
        takes = Generation.objects.owned_by(request.user).existing()
        take = takes.filter(pk=parse_id(source) or 0).first()
        if take is not None:
            initial = initial_from(take, new_seed=request.GET.get("seed") == "new")
            return ComposerForm(take.mode, initial=initial, owner=request.user)
        if mode:
            raise Http404
    # An address of before has no `mode`: its `type` was the composer's.
    mode = mode or find_mode(request.GET.get("mode", request.GET.get("type", ""))) or default_mode()
    links = {each.name: request.GET.get(each.name, "") for each in mode.of_kind("link")}
    given = {name: link for name, link in links.items() if upload_id(link) is not None}
    form = ComposerForm(mode, initial={**given, "parent": request.GET.get("parent", "")}, owner=request.user)
    form.follow_files()
    return form


@require_http_methods(["GET", "POST"])
def compose(request: Request, type: str) -> HttpResponse:
    """The composer of one mode. A POST keeps what was typed, as far as the mode has such a field."""
    mode = find_mode(type)
    if mode is None and "from" not in request.GET:
        raise Http404
    mode = mode or default_mode()
    if request.method == "POST":
        typed = {name: value for name, value in without_key(request.POST)[0].items() if value}
        form = ComposerForm(mode, initial=typed, owner=request.user)
        form.initial.pop("submission_key", None)
        form.follow_files()
    else:
        form = starting_form(request, mode)
    if request.htmx:
        return render(request, "composer/_composer.html", composer_context(form))
    return render(request, "composer/composer.html", {**frame(request), **composer_context(form)})


@require_POST
def estimate(request: Request) -> HttpResponse:
    """The live estimate. A half-filled form gets the price of its defaults and a word on what is missing."""
    form = posted_form(request.POST, owner=request.user, live=True)
    return render(request, "composer/_estimate.html", {**price(form), "missing": form.missing(), "live": True})

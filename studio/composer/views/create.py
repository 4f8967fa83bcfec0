"""Asking for takes: the press of Generate."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from studio.gallery.answers import show_new
from studio.gallery.page import frame
from studio.generations.connections import Connection
from studio.generations.lineage import began_with, goes_into
from studio.generations.models import Generation
from studio.generations.submission import KeyReused, Submission, new_key
from studio.http import Request
from studio.uploads.models import UploadGone

from ..forms import ComposerForm
from ..posted import posted_form
from .composer import composer_context


@require_POST
def create(request: Request) -> HttpResponse:
    """Store what was asked for and answer with its cards. The same press of the button makes nothing twice."""
    form = posted_form(request.POST, request.FILES, owner=request.user)
    key, valid = form.key, form.is_valid()
    try:
        takes = earlier_takes(request, key, form.digest)
        if not takes and valid and form.is_as(request.POST.get("said", "")):
            takes = ask(request, form, key)
    except UploadGone:
        form.add_error(None, "A file that this was to be made from has just been deleted. Choose it again.")
        return show_errors(request, form, key=key)
    except KeyReused:
        form.add_error(None, "This form was already sent with other settings. Press Generate again to send these.")
        return show_errors(request, form, key=new_key())
    return show_new(request, takes) if takes else show_errors(request, form, key=key)


def ask(request: Request, form: ComposerForm, key: str) -> list[Generation]:
    with transaction.atomic():
        takes = Generation.objects.enqueue(
            request.user, Connection.configured(), form.requests(), key=key, digest=form.digest
        )  # fmt: skip
        began_with(takes, request.user, form.typed("parent"))
        goes_into(takes, request.user, form.typed("collection"))
    return takes


def earlier_takes(request: Request, key: str, digest: str) -> list[Generation]:
    """What this press of the button has made already."""
    submission = Submission.objects.filter(owner=request.user, key=key).first()
    return Generation.objects.of_submission(submission, digest) if submission else []


def show_errors(request: Request, form: ComposerForm, *, key: str) -> HttpResponse:
    form.data = {**form.data, "submission_key": key}
    context = composer_context(form, has_errors=True)
    if request.htmx:
        return render(request, "composer/_composer.html", context)
    return render(request, "composer/composer.html", {**frame(request), **context})

"""A person's own files: taken, listed, shown, trimmed; and frames and copies of kept videos among them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from studio.generations.connections import Connection
from studio.generations.kept_video import KeptVideo
from studio.generations.models import Generation
from studio.http import Request, see_other
from studio.ids import parse_id
from studio.media.refusals import NotTaken
from studio.media.serving import serve
from studio.media.storage import in_words, store_errors

from . import incoming
from .file_jobs import FileJob
from .intake import take_file, why_not_kept
from .models import Upload
from .parts import same_file
from .reachable import can_be_fetched

log = logging.getLogger("studio.uploads")
PAGE = 24
MOST_DIGITS = 18
MODES = {"image": "image-to-video", "audio": "lipsync", "video": "control"}  # what each kind is mostly for


def mine(request: Request, pk: int) -> Upload:
    return get_object_or_404(Upload.objects.owned_by(request.user), pk=pk)


def as_json(upload: Upload) -> dict[str, Any]:
    """What the page has to know of a file. `reachable`: whether the provider could fetch it as things are."""
    return {
        "id": upload.pk,
        "token": upload.link,
        "kind": upload.kind,
        "filename": upload.filename,
        "bytes": upload.bytes,
        "width": upload.width,
        "height": upload.height,
        "seconds": upload.seconds and float(upload.seconds),
        "has_sound": upload.has_sound,
        "url": reverse("upload-file", args=[upload.pk]),
        "poster": reverse("upload-poster", args=[upload.pk]) if upload.poster else "",
        "reachable": can_be_fetched(Connection.configured()),
        "problem": "",
    }


def answer(request: Request, take: Callable[[], Upload], *, parent: int | None = None) -> HttpResponseBase:
    """The file as JSON, or 422 and why it is not taken; without JavaScript the browser goes on to the composer.
    `parent` is the take that it was made from: what is made of it will have come from there.
    """
    try:
        upload = take()
    except NotTaken as refusal:
        return refused(refusal)
    if wants_page(request):
        return see_other(in_composer(upload, parent))
    return JsonResponse({**as_json(upload), "parent": parent})


def wants_page(request: Request) -> bool:
    """It was a form that was sent, not a script that asks."""
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def in_composer(upload: Upload, parent: int | None) -> str:
    """The address of the composer with this file in it."""
    query = {"mode": MODES[upload.kind], upload.kind: upload.link, **({"parent": str(parent)} if parent else {})}
    return f"{reverse('studio')}?{urlencode(query)}"


def refused(refusal: NotTaken) -> JsonResponse:
    log.warning("a file is not taken: %s", refusal.message)
    return JsonResponse({"problem": refusal.message, "retry": refusal.retry}, status=422)


@require_http_methods(["GET", "POST"])
def uploads(request: Request) -> HttpResponseBase:
    """POST takes a file; GET lists those that are there already."""
    if request.method == "GET":
        return earlier(request)
    kind, file = request.POST.get("kind", ""), request.FILES.get("file")
    if file is None:
        return refused(NotTaken("No file came. Choose it again."))
    return answer(request, lambda: take_file(request.user, file, kind))


@require_POST
def begin(request: Request) -> JsonResponse:
    """A place for a file of so many `bytes`, which then comes by chunks."""
    try:
        name = incoming.begin(request.user, whole_number(request.POST.get("bytes", "")))
    except NotTaken as refusal:
        return refused(refusal)
    return JsonResponse({"url": reverse("incoming", args=[name]), "chunk": incoming.CHUNK, "received": 0})


@require_http_methods(["GET", "POST", "DELETE"])
def chunks(request: Request, name: str) -> HttpResponse:
    """POST brings the bytes from `offset` on; GET says how many are there, so that the page goes on from there."""
    try:
        if request.method == "DELETE":
            incoming.drop(request.user, name)
            return HttpResponse(status=204)
        if request.method == "POST":
            chunk, offset = request.read(incoming.MOST_BODY), whole_number(request.GET.get("offset", ""))
            return JsonResponse({"received": incoming.append(request.user, name, offset, chunk)})
        return JsonResponse({"received": incoming.received(request.user, name)})
    except FileNotFoundError:
        raise Http404 from None
    except NotTaken as refusal:
        return refused(refusal)
    except OSError as error:
        return refused(NotTaken(why_not_kept(error), retry=True))


@require_POST
def finish(request: Request, name: str) -> HttpResponseBase:
    """All of it is there: it is taken like a file that came in one piece."""
    kind, filename = request.POST.get("kind", ""), request.POST.get("filename", "")

    def take() -> Upload:
        with incoming.whole(request.user, name) as file:
            return take_file(request.user, file, kind, filename=filename)

    try:
        return answer(request, take)
    except FileNotFoundError:
        raise Http404 from None


def whole_number(text: str) -> int:
    """Raises NotTaken."""
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise NotTaken("The studio does not understand this. Reload the page and try again.")
    return int(text)


def earlier(request: Request) -> HttpResponse:
    """Earlier files and kept videos to choose from, newest first, a page of each; `kind` says of which. A kept video
    gives a video, or a picture of each of its frames.
    """
    kind = request.GET.get("kind", "")
    files = Upload.objects.owned_by(request.user)
    files = files.filter(kind=kind) if kind in Upload.Kind.values else files
    shown, more = page_of(files, request.GET.get("before", ""))
    takes = Generation.objects.owned_by(request.user).filter(kept__isnull=False, deleted_at=None).select_related("kept")
    takes = takes.none() if kind == "audio" else takes
    shown_takes, more_takes = page_of(takes, request.GET.get("before_take", ""))
    context = {"kind": kind, "uploads": shown, "more": more, "takes": shown_takes, "more_takes": more_takes}
    return render(request, "uploads/_list.html", context)


def page_of(rows: QuerySet[Any], before: str) -> tuple[list[Any], int | None]:
    """The newest below this id, and below which id there are more."""
    if last := parse_id(before):
        rows = rows.filter(pk__lt=last)
    found = list(rows.order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


@require_safe
def file(request: Request, pk: int) -> HttpResponseBase:
    upload = mine(request, pk)
    download = "download" in request.GET
    return serve(request, upload.name, upload.content_type, upload.sha256, upload.filename, attachment=download)


@require_safe
def poster(request: Request, pk: int) -> HttpResponseBase:
    upload = mine(request, pk)
    if not upload.poster:
        raise Http404
    return serve(request, upload.poster, "image/jpeg", f"{upload.sha256}-poster")


@require_POST
def trim(request: Request, pk: int) -> HttpResponseBase:
    """A part of a recording or a video as a file of its own: `start` and `seconds`, in seconds."""
    upload = mine(request, pk)
    start, seconds = request.POST.get("start", "0"), request.POST.get("seconds", "")
    return started(request, lambda: FileJob.ask_part(upload, start, seconds))


def started(request: Request, ask: Callable[[], FileJob]) -> HttpResponseBase:
    """Where to see how far it is, or 422 and why it is not done."""
    try:
        job = ask()
    except NotTaken as refusal:
        return refused(refusal)
    address = reverse("file-job", args=[job.pk])
    return see_other(address) if wants_page(request) else JsonResponse({"job": address}, status=202)


@require_safe
def file_job(request: Request, pk: int) -> HttpResponseBase:
    """How far it is: as a fragment that asks again by itself; without JavaScript as a page that does, and leads to the
    composer once the file is there.
    """
    job = get_object_or_404(FileJob.objects.select_related("result"), owner=request.user, pk=pk)
    on_page = "page" in request.GET
    if job.result and (on_page if request.htmx else wants_page(request)):
        there = in_composer(job.result, job.take)
        return HttpResponseClientRedirect(there) if request.htmx else see_other(there)
    made = {**as_json(job.result), "parent": job.take} if job.result else None
    if not request.htmx and not wants_page(request):
        return JsonResponse({"status": job.status, "done": job.done, "problem": job.why, "file": made})
    context = {"job": job, "made": json.dumps(made, cls=DjangoJSONEncoder) if made else "", "on_page": on_page}
    return render(request, "uploads/_job.html" if request.htmx else "uploads/job.html", context)


@require_POST
def cancel_job(request: Request, pk: int) -> HttpResponseBase:
    get_object_or_404(FileJob, owner=request.user, pk=pk).delete()
    return HttpResponse() if request.htmx else redirect("studio")


@require_POST
def delete(request: Request, pk: int) -> HttpResponseBase:
    upload = mine(request, pk)
    try:
        gone = Upload.objects.discard(upload)
    except store_errors() as error:  # its row is gone all the same: what is left in the store is put aside by mending
        log.error("a deleted upload stays in the store: %s", in_words(error))
        gone = True
    if not gone:
        problem = "A take that is not finished still needs this file. Delete it when the take is done."
        return JsonResponse({"problem": problem}, status=409)
    if wants_page(request):
        return redirect("studio")
    return JsonResponse({"id": pk, "problem": ""})


def kept(request: Request, pk: int) -> KeptVideo:
    takes = Generation.objects.owned_by(request.user)
    return get_object_or_404(KeptVideo.objects.select_related("generation"), generation__in=takes.filter(pk=pk))


@require_POST
def frame(request: Request, pk: int) -> HttpResponseBase:
    """One frame of a kept video as a picture: `at` is `first`, `last`, or seconds from its beginning."""
    video, at = kept(request, pk), request.POST.get("at", "first")
    return started(request, lambda: FileJob.ask_frame(request.user, video, at))


@require_POST
def reuse(request: Request, pk: int) -> HttpResponseBase:
    """A kept video as a file of its own, which stays when the take is deleted."""
    video = kept(request, pk)
    return answer(request, lambda: same_file(request.user, video), parent=pk)

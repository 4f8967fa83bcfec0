"""The gallery: asking for takes, looking at them, and hearing what became of them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from studio.composer.forms import ComposerForm, new_key
from studio.composer.posted import posted_form
from studio.composer.views.composer import composer_context
from studio.generations.lineage import began_with, goes_into
from studio.generations.models import Generation
from studio.generations.submission import KeyReused, Submission
from studio.http import Request
from studio.library.review_panel import page_of
from studio.receiving import troubles_of
from studio.uploads.models import UploadGone

from ..changes import revisions
from ..filter_bar import bar_of
from ..filters import filters_of_page
from ..page import PAGE, days_of, frame, gallery_page, notice_for, notice_revision, sums_of

SEEN = re.compile(r"(?:^|(?<=&))seen=([0-9]{1,18})(?:(?::|%3[Aa])([0-9]{1,18}))?(?:&|$)")


@require_http_methods(["GET", "POST"])
def generations(request: Request) -> HttpResponse:
    return create(request) if request.method == "POST" else gallery(request)


def gallery(request: Request) -> HttpResponse:
    """A page of the gallery: a fragment to htmx, a whole page to everybody else."""
    page = gallery_page(request)
    if request.htmx and request.GET.get("before"):
        return render(request, "gallery/_page.html", page)
    page["bar"] = bar_of(request, page["counts"], filters=page["filters"])
    if request.htmx:
        return render(request, "gallery/_results.html", page)
    return render(request, "gallery/gallery.html", {**frame(request), **page})


def create(request: Request) -> HttpResponse:
    """Store what was asked for and answer with its cards. The same press of the button makes nothing twice."""
    form = posted_form(request.POST, request.FILES, owner=request.user, troubles=troubles_of(request))
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
            request.user, settings.PROVIDER, form.requests(), key=key, digest=form.digest
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


def show_new(request: Request, takes: list[Generation]) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect(takes[0].get_absolute_url(), status=303)
    if not shows_gallery(request):
        return HttpResponseClientRedirect(reverse("studio"))
    key = new_key() if page_of(request) != reverse("generations") else ""  # there, no composer is on the page
    response = render(request, "gallery/_changes.html", {**news(request, list(reversed(takes))), "new_key": key})
    response["HX-Reswap"] = "none"
    return response


def shows_gallery(request: Request) -> bool:
    """Whether the page that asks has a gallery, where new cards can be put, or counted where they may not fit."""
    return page_of(request) in ("", reverse("studio"), reverse("generations"))


def news(request: Request, fresh: list[Generation], changed: Sequence[Generation] = ()) -> dict[str, Any]:
    """New cards under their days' headings, changed cards, and what the page says around them."""
    days, today, sums = days_of(request.user, fresh)
    has_tabs = shows_gallery(request)
    bar = bar_of(request, sums.tabs, filters=filters_of_page(request)[0]) if has_tabs else None
    around = {"today": today, "notice": notice_for(request.user), "bar": bar}
    around["sums"] = sums_of(today, sums.tabs)
    return {"days": days, "changed": changed, **around, "oob": True}


@require_GET
def changes(request: Request) -> HttpResponse:
    """What is not yet on the page: `seen=<id>:<revision>` for each card that may still change, `newest=<id>`, and
    `notice=<revision>`; without `newest` no new ones. 204 when there is nothing, after one query (two under filters, or
    with `sums=<revision>`: then the day's sum and the tabs' counts are looked at as well).

    Under filters, or in another order than the newest first, new takes that fit are not sent but only counted, in the
    event `takes-new`: of those after `known=<id>`, and only if it is another number than `told=<number>`.
    """
    seen = _take_seen(request)
    filters, on_top = filters_of_page(request)
    name = "known" if filters.values else "newest"
    newest = _pair(request.GET[name])[0] if name in request.GET and on_top else None
    fitting = (
        filters.apply(Generation.objects.owned_by(request.user)) if filters.values and newest is not None else None
    )
    own = page_of(request).rpartition("/generations/")[2].removesuffix("/")
    own_page = own.isdecimal() and int(own[:18]) in seen  # a take's, which shows it in the trash, too
    now = revisions(request.user.pk, settings.PROVIDER, seen, newest, most=4 * PAGE, trashed=own_page, fitting=fitting)
    changed = [pk for pk, revision in now.takes.items() if pk in seen and revision != seen[pk]]
    fresh = sorted((pk for pk in now.takes if pk not in seen), reverse=True)
    told = str(len(fresh)) == request.GET.get("told", "0") if filters.values else not fresh
    gone = [pk for pk in seen if pk not in now.takes]
    shown = request.GET.get("notice")
    differs = changed or not told or gone or (shown and shown != notice_revision(now.state, now.alive))
    if not differs and not has_other_sums(request):
        return HttpResponse(status=204)
    return tell(request, changed, fresh, gone, only_count=bool(filters.values))


def has_other_sums(request: Request) -> bool:
    shown = request.GET.get("sums")
    if not shown:
        return False
    _, today, sums = days_of(request.user, [])
    return shown != sums_of(today, sums.tabs)


def tell(request: Request, changed: list[int], fresh: list[int], gone: list[int], *, only_count: bool) -> HttpResponse:
    wanted = changed if only_count else [*changed, *fresh]
    rows = Generation.objects.owned_by(request.user).for_cards().in_bulk(wanted)
    context = news(request, *([rows[pk] for pk in ids if pk in rows] for ids in ([] if only_count else fresh, changed)))
    response = render(request, "gallery/_changes.html", {**context, "gone": gone})
    response["HX-Trigger"] = "generations-changed"
    if only_count:
        response["HX-Trigger"] = json.dumps({"generations-changed": None, "takes-new": len(fresh)})
    return response


def _take_seen(request: Request) -> dict[int, int]:
    """The cards on the page, out of what is asked. By hand: fifty parameters cost Django as much as the answer costs
    the database.
    """
    query = request.META["QUERY_STRING"]
    seen = {int(pk): int(revision or 0) for pk, revision in SEEN.findall(query)}
    seen.pop(0, None)
    request.GET = QueryDict("&".join(part for part in query.split("&") if not part.startswith("seen=")))
    return seen


def _pair(text: str) -> tuple[int, int]:
    """`12:3` as numbers; (0, 0) for anything else."""
    first, _, second = text.partition(":")
    if not (first.isdecimal() and len(first) < 19 and (not second or (second.isdecimal() and len(second) < 19))):
        return 0, 0
    return int(first), int(second or 0)

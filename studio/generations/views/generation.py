"""One generation: its page, and what a person can do with it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from studio.catalog.request import InvalidRequest
from studio.composer.posted import without_key
from studio.gallery.page import frame, group_by_day
from studio.gallery.views.gallery import news, shows_gallery
from studio.http import Request
from studio.library.review_panel import review
from studio.values import is_plain

from ..models import Generation
from ..provider_state import ProviderState
from ..states import TaskIdTaken
from ..video_facts import file_facts, usual

CHANGED = "It has changed meanwhile; this is how it stands now."
TOO_LATE_TO_UNDO = "Too late to undo: this is how it stands now."


def mine(request: Request, pk: int) -> Generation:
    return get_object_or_404(Generation.objects.owned_by(request.user).existing(), pk=pk)


@never_cache
@require_safe
def generation(request: Request, pk: int) -> HttpResponse:
    return show(request, mine(request, pk))


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
    base = f"http://127.0.0.1:{settings.STUDIO_SANDBOX_PORT}/api/v1" if take.is_test else take.provider
    body = shlex.quote(json.dumps(take.sent_request, ensure_ascii=False))
    return (
        f"curl -X POST {shlex.quote(base + '/videos/generations')} \\\n"
        f'  -H "Authorization: Bearer $LTX2_API_KEY" \\\n  -H "Content-Type: application/json" \\\n  -d {body}'
    )


def answer(request: Request, take: Generation, new: Generation | None = None, problem: str = "") -> HttpResponse:
    """The card as it is now, and the new one if there is one; away from the gallery, the page of the take."""
    take.refresh_from_db()
    if not request.htmx and problem:
        return show(request, take, problem)
    if not request.htmx:
        return HttpResponseRedirect((new or take).get_absolute_url(), status=303)
    if new and not shows_gallery(request):
        return HttpResponseClientRedirect(new.get_absolute_url())
    take.problem = problem
    response = render(request, "gallery/_changes.html", news(request, [new] if new else [], [take]))
    response["HX-Trigger"] = "generations-changed"
    return response


@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    take = mine(request, pk)
    done = take.cancel()
    take.refresh_from_db()  # a second click finds it canceled
    problem = "" if done or take.status == take.Status.CANCELED else "Too late to cancel: it has been sent."
    return answer(request, take, problem=problem)


@require_POST
def resolve(request: Request, pk: int) -> HttpResponse:
    """The ways out of an unconfirmed, late or lost take, and back: `action` says which."""
    take, action = mine(request, pk), request.POST.get("action", "")
    if action == "resend":
        return resend(request, take)
    if action == "task-id":
        return give_task_id(request, take)
    steps: dict[str, Callable[[], bool]] = {
        "never-arrived": take.close_as_never_arrived,
        "write-off": take.write_off,
        "give-up": take.give_up,
        "take-back": take.take_back_task_id,
        "undo": take.undo,
    }
    done = action in steps and steps[action]()
    return answer(request, take, problem="" if done else TOO_LATE_TO_UNDO if action == "undo" else CHANGED)


def resend(request: Request, take: Generation) -> HttpResponse:
    if take.is_foreign:
        return answer(request, take, problem="It was asked of another provider; use its settings for a new take.")
    try:
        new = take.resend()
    except InvalidRequest:  # asked for by an older studio, which took more
        return answer(request, take, problem="Its settings are no longer taken; use them for a new take.")
    return answer(request, take, new, "" if new else CHANGED)


def give_task_id(request: Request, take: Generation) -> HttpResponse:
    task_id = request.POST.get("task_id", "").strip()
    if not task_id or len(task_id) > 200 or not is_plain(task_id) or without_key({"id": task_id})[1]:
        return answer(request, take, problem="Copy the task id from the provider's dashboard, like n50xxxx_ltx2.")
    try:
        done = take.give_task_id(task_id)
    except TaskIdTaken:
        return answer(request, take, problem="Another take has this task id already.")
    return answer(request, take, problem="" if done else CHANGED)


@require_POST
def held(request: Request, action: str) -> HttpResponse:
    """All held takes of this owner at once: send them, or cancel them. Those are sent that the button spoke of: where
    others are held by now, nothing is, and the button says the new sum.
    """
    takes = Generation.objects.of(settings.PROVIDER).owned_by(request.user).are_held()
    costs = dict(takes.values_list("pk", "estimate_high"))
    ids, said = list(costs), request.POST.get("said", "")
    if action == "send" and said and said != f"{len(costs)}x{sum(costs.values())}":
        now = {**news(request, []), "held_changed": True}
        return render(request, "gallery/_changes.html", now) if request.htmx else redirect("studio")
    if action == "send":
        ProviderState.resume(settings.PROVIDER)
        takes.filter(pk__in=ids).release()
    else:
        for take in takes:
            take.cancel()
    if not request.htmx:
        return redirect("studio")
    changed = list(Generation.objects.owned_by(request.user).filter(pk__in=ids))
    return render(request, "gallery/_changes.html", news(request, [], changed))

"""One generation: its page, and what a person can do with it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from studio.api_key import without_key
from studio.catalog.request import InvalidRequest
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.generations.states import TaskIdTaken
from studio.http import Request
from studio.values import is_plain

from ..answers import answer, mine
from ..detail import show
from ..page import page_update

CHANGED = "It has changed meanwhile; this is how it stands now."
TOO_LATE_TO_UNDO = "Too late to undo: this is how it stands now."


@never_cache
@require_safe
def generation(request: Request, pk: int) -> HttpResponse:
    return show(request, mine(request, pk))


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
    takes = Generation.objects.of(Connection.configured()).owned_by(request.user).are_held()
    costs = dict(takes.values_list("pk", "estimate_high"))
    ids, said = list(costs), request.POST.get("said", "")
    if action == "send" and said and said != f"{len(costs)}x{sum(costs.values())}":
        now = {**page_update(request, []), "held_changed": True}
        return render(request, "gallery/_changes.html", now) if request.htmx else redirect("studio")
    if action == "send":
        Connection.configured().resume()
        takes.filter(pk__in=ids).release()
    else:
        for take in takes:
            take.cancel()
    if not request.htmx:
        return redirect("studio")
    changed = list(Generation.objects.owned_by(request.user).filter(pk__in=ids))
    return render(request, "gallery/_changes.html", page_update(request, [], changed))


@require_POST
def keep(request: Request, pk: int) -> HttpResponse:
    """A worker fetches it at once. What is kept, or just being kept, stays as it is."""
    take = mine(request, pk)
    done = take.keep_now()
    take.refresh_from_db()  # a second click finds it under way
    fine = done or take.keeping in (take.State.PENDING, take.State.KEPT)
    return answer(request, take, problem="" if fine else "There is no video to keep.")

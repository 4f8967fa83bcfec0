"""The form that a browser sent, or that an earlier take fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.api_key import without_key
from studio.catalog.modes import default_mode, find_mode
from studio.generations.models import Generation
from studio.media.refusals import NotTaken
from studio.uploads.intake import take_file

from .forms import ComposerForm


def form_for(mode: str, data: Mapping[str, Any] | None = None, **kwargs: Any) -> ComposerForm:
    """The composer of a mode by its key. Raises KeyError for a mode that there is not."""
    found = find_mode(mode)
    if found is None:
        raise KeyError(mode)
    return ComposerForm(found, data, **kwargs)


def posted_form(
    posted: Mapping[str, Any],
    files: Mapping[str, Any] | None = None,
    *,
    owner: Any = None,
    live: bool = False,
) -> ComposerForm:
    """The form that the browser sent; its `type` says of which mode. Without one it is of the default mode and wrong:
    nothing is paid for that nobody chose. `files` that came with it are taken, whatever else is wrong. `live`: it is
    only asked what this would cost.
    """
    data, leaks = without_key(posted)
    mode = find_mode(data.get("type", ""))
    form = ComposerForm(mode or default_mode(), data, owner=owner)
    form.unknown_mode, form.leaks, form.live = mode is None, leaks, live
    take_files(form, files or {})
    form.follow_files()
    return form


def take_files(form: ComposerForm, files: Mapping[str, Any]) -> None:
    """What came as a file stands in its field as `upload:<id>` from now on."""
    for name in form.links:
        file = files.get(name) or files.get(f"{name}_file")
        if file is None:
            continue
        try:
            form.data = {**form.data, name: take_file(form.owner, file, name).link}
        except NotTaken as refusal:
            form.refusals[name] = refusal.message


def initial_from(take: Generation, *, new_seed: bool = False) -> dict[str, Any]:
    """What a form has to be filled with to ask for the same again."""
    values = {name: value for name, value in take.request.items() if name not in ("model", "type")}
    values["parent"] = str(take.pk)
    if new_seed:
        values["seed"] = ""
    return {**values, **{f"send_{name}": True for name in take.mode.undocumented if name in values}}

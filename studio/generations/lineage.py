"""Which take came from which, and what differs between takes, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.ids import parse_id
from studio.library.models import Collection
from studio.uploads.models import Upload

from .models import Generation

OWN_FILE = re.compile(r"upload:(\d{1,18})")
WORDS = {
    "type": "mode", "prompt": "prompt", "image": "picture", "audio": "recording", "video": "video",
    "mode": "control mode", "audio_mode": "sound", "resolution": "resolution", "aspect_ratio": "shape",
    "seconds": "length", "seed": "seed",
}  # fmt: skip
FILES = ("image", "audio", "video")  # whose values may name own files; a prompt may say what it likes
LENGTHS = ("duration", "audio_duration", "video_duration")
CHILDREN_SHOWN = 24


@dataclass(frozen=True)
class Difference:
    """One parameter that takes do not share: its API name, its word, and its value in each of them ("" where unset)."""

    name: str
    word: str
    values: list[str]


def differences(takes: Sequence[Generation]) -> list[Difference]:
    """Only the parameters that differ, in the order of WORDS; own files by the names that they came with."""
    asked = [settings_of(take) for take in takes]
    files = _file_names(takes, asked)
    rows = ((name, [_value(each, name, files) for each in asked]) for name in WORDS)
    return [Difference(name, WORDS[name], values) for name, values in rows if len(set(values)) > 1]


def settings_of(take: Generation) -> dict[str, str]:
    """What was asked for, as text; the length under one name in every mode."""
    asked = {name: str(value) for name, value in take.request.items() if name in WORDS}
    return {**asked, "seconds": f"{take.length} s"}


def _value(asked: dict[str, str], name: str, files: dict[str, str]) -> str:
    value = asked.get(name, "")
    return files.get(value, value) if name in FILES else value


def _file_names(takes: Sequence[Generation], asked: Sequence[dict[str, str]]) -> dict[str, str]:
    """The owner's own files that takes began with, by the text that stands for each."""
    found = {value: OWN_FILE.fullmatch(value) for each in asked for name, value in each.items() if name in FILES}
    ids = {text: int(match[1]) for text, match in found.items() if match}
    mine = Upload.objects.filter(owner__in={take.owner_id for take in takes}, pk__in=ids.values())
    names = dict(mine.values_list("pk", "filename")) if ids else {}
    return {text: f"{names.get(pk, 'a file that is gone')} ({text})" for text, pk in ids.items()}


def came_from(take: Generation) -> str:
    """“Came from #12: prompt and seed changed”; empty where it came from nothing."""
    parent = Generation.objects.filter(pk=take.parent_id or 0).first()
    if parent is None:
        return ""
    if parent.purged_at:
        return f"Came from #{parent.pk}, which has been deleted"
    changed = [each.word for each in differences([parent, take])]
    listed = " and ".join(filter(None, (", ".join(changed[:-1]), *changed[-1:])))
    return f"Came from #{parent.pk}: {listed} changed" if changed else f"Came from #{parent.pk}, unchanged"


def children_of(take: Generation) -> list[Generation]:
    """The newest takes that began with this one."""
    return list(take.children.filter(deleted_at=None).order_by("-pk")[:CHILDREN_SHOWN])


def goes_into(takes: Sequence[Generation], owner: Any, collection: str) -> None:
    """Put new takes into a collection, where it is one of the owner's; it may have been deleted meanwhile."""
    found = Collection.objects.filter(owner=owner, pk=parse_id(collection) or 0).select_for_update().first()
    if found:
        found.generations.add(*takes)


def began_with(takes: Sequence[Generation], owner: Any, source: str) -> None:
    """Remember the take that the composer was opened from, where it is one of the owner's."""
    pk = parse_id(source)
    parent = Generation.objects.owned_by(owner).existing().filter(pk=pk).first() if pk else None
    if parent:
        Generation.objects.filter(pk__in=[take.pk for take in takes], parent=None).update(parent=parent)

"""What the page of a take says about its video: where it is, what was measured, and how sure that is."""

from __future__ import annotations

from decimal import Decimal

from django.core.files.storage import default_storage
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from .kept_video import KeptVideo
from .models import Generation
from .typical import Typical, kind_of, typical_times


def file_facts(take: Generation) -> list[tuple[str, str]]:
    """Name and value of each thing that is known about the studio's own copy; nothing where there is none."""
    kept = KeptVideo.objects.filter(pk=take.pk).first()
    if kept is None:
        return []
    rate = f" · {plain(kept.frame_rate)} frames a second" if kept.frame_rate else ""
    return [
        ("file", where(kept.name)),
        ("size", f"{filesizeformat(kept.bytes)} ({kept.bytes:,} bytes)"),
        ("picture", f"{kept.width} × {kept.height}{rate}"),
        ("measured length", f"{plain(kept.seconds)} s"),
        ("sound", "yes" if kept.has_sound else "none"),
        ("SHA-256", kept.sha256),
        ("kept", f"{timezone.localtime(kept.kept_at):%Y-%m-%d %H:%M:%S}"),
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

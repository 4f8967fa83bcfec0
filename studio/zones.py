"""Time zones by their names: the machine's own, and those that browsers tell."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import tzlocal
from django.core.exceptions import ImproperlyConfigured

SYSTEM_ZONES = Path("/usr/share/zoneinfo")  # where Django looks whether the C library knows the setting TIME_ZONE


def zone_named(name: str) -> ZoneInfo | None:
    """None where there is no such zone. The package tzdata has the older names that browsers go on telling, such as
    Asia/Calcutta, and that newer systems have left out.
    """
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):  # the names come from outside: `..`, 300 letters, a folder's name
        return None


def machine_zone() -> str:
    """The zone of this machine, or of TZ; UTC where the machine has none. Video folders and pages without a browser's
    zone go by it. Raises ImproperlyConfigured where TZ is no name of a zone that the system knows.
    """
    if wanted := os.environ.get("TZ", ""):
        name = wanted.removeprefix(":").removeprefix(f"{SYSTEM_ZONES}/")
        if not is_known(name):
            raise ImproperlyConfigured("TZ must be the name of a time zone that this system knows, like Europe/Berlin.")
        return name
    try:
        name = tzlocal.get_localzone_name() or ""
    except (ValueError, OSError, LookupError):  # files that contradict each other, or lead nowhere
        name = ""
    return name if is_known(name) else "UTC"


def is_known(name: str) -> bool:
    """Whether both Python and the system's C library know the zone."""
    return bool(zone_named(name)) and (SYSTEM_ZONES.joinpath(name).is_file() or not SYSTEM_ZONES.exists())

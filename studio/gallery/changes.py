"""What every open page asks once a second: is there anything new?"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import ProgrammingError, connection

from studio import clock
from studio.generations.provider_state import ALIVE
from studio.generations.queryset import GenerationQuerySet

from . import triggers
from .triggers import poll

ON_SQLITE, ON_POSTGRESQL = (poll.statement(vendor, "%({})s") for vendor in ("sqlite", "postgresql"))
IN_ORDER = ", ".join(f"%({name})s" for name in poll.PARAMETERS)


@dataclass
class Revisions:
    """Of takes by their ids, and of the provider's state (0: it has none yet); whether a worker is alive."""

    takes: dict[int, int] = field(default_factory=dict)
    state: int = 0
    alive: bool = False


def revisions(
    owner: int,
    provider: str,
    seen: Collection[int],
    newest: int | None,
    most: int,
    *,
    trashed: bool = False,
    fitting: GenerationQuerySet | None = None,
) -> Revisions:
    """The takes in `seen` that are this owner's, and those newer than `newest`, `most` of them at most (none where it
    is None). What is in the trash is among those in `seen` only where it is `trashed` that shall be shown. `fitting`:
    what the new ones have to be among, which takes a second statement.

    The first one is by hand: to put it together costs the ORM ten times what it costs the database to answer.
    """
    found = Revisions()
    for kind, pk, revision in _asked(
        owner=owner, api=provider, alive=connection.ops.adapt_datetimefield_value(clock.now() - ALIVE),
        seen=list(seen), newest=newest if fitting is None else None, most=most, trashed=trashed,
    ):  # fmt: skip
        if kind == "take":
            found.takes[pk] = revision
        elif kind == "state":
            found.state = revision
        else:
            found.alive = True
    if newest is not None and fitting is not None:
        fresh = fitting.filter(pk__gt=newest).order_by("-pk")
        found.takes |= dict(fresh.values_list("pk", "revision")[:most])
    return found


def _asked(**values: Any) -> list[tuple[str, int, int]]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(ON_SQLITE, {**values, "seen": json.dumps(values["seen"])})
        elif connection.in_atomic_block:  # what fails there takes all else with it
            cursor.execute(ON_POSTGRESQL, values)
        else:
            try:
                cursor.execute(f"SELECT * FROM {triggers.poll_function()}({IN_ORDER})", values)
            except ProgrammingError:  # it is being changed by an upgrade
                cursor.execute(ON_POSTGRESQL, values)
        return cast("list[tuple[str, int, int]]", cursor.fetchall())

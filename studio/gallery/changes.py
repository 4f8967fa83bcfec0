"""What every open page asks once a second: is there anything new?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Exists, Q

from studio import clock
from studio.generations.connections import ALIVE, Connection, WorkerHeartbeat
from studio.generations.models import Generation
from studio.generations.queryset import GenerationQuerySet


@dataclass
class Revisions:
    """Of takes by their ids, and of the provider's state (0: it has none yet); whether a worker is alive."""

    takes: dict[int, int] = field(default_factory=dict)
    state: int = 0
    alive: bool = False


def revisions(
    owner: int,
    account: Connection,
    seen: Collection[int],
    newest: int | None,
    most: int,
    *,
    trashed: bool = False,
    fitting: GenerationQuerySet | None = None,
) -> Revisions:
    """The takes in `seen` that are this owner's, and those newer than `newest`, `most` of them at most (none where it
    is None). What is in the trash is among those in `seen` only where it is `trashed` that shall be shown. `fitting`:
    what the new ones have to be among.
    """
    heartbeats = WorkerHeartbeat.objects.filter(seen_at__gte=clock.now() - ALIVE)
    states = Connection.objects.filter(name=account.name).values_list("revision", Exists(heartbeats))
    state, alive = states.first() or (0, heartbeats.exists())
    found = Revisions(state=state, alive=alive)
    mine = Generation.objects.filter(owner=owner)
    there = mine.existing() if trashed else mine.in_view()
    wanted, limit = Q(pk__in=seen), len(seen)
    if newest is not None and fitting is None:
        wanted, limit = wanted | Q(pk__gt=newest, deleted_at=None), limit + most
    if limit:
        found.takes |= dict(there.filter(wanted).order_by("-pk").values_list("pk", "revision")[:limit])
    if newest is not None and fitting is not None:
        fresh = fitting.filter(pk__gt=newest).order_by("-pk")
        found.takes |= dict(fresh.values_list("pk", "revision")[:most])
    return found

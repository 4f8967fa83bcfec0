"""The same again: with new seeds, or larger. Every one is a new take, asked for at its full price."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from studio.catalog.credits import Estimate, estimate
from studio.catalog.modes import find_mode
from studio.catalog.parameters import SEED_RANDOM
from studio.catalog.request import GenerationRequest, InvalidRequest
from studio.uploads.models import UploadGone

from .connections import Connection
from .lineage import began_with
from .models import Generation
from .submission import digest_of

SEED_TAKES = (1, 4, 8)
FOREIGN = "It was asked of another provider; use its settings for a new take."
GONE = "A file that it was made from is gone. Use its settings and choose another file."
MAY_DIFFER = "A new render; it may not look the same, even with this seed."


class CannotReuse(Exception):
    """Nothing was asked for. Its text says why, in words for the person."""


@dataclass(frozen=True)
class Price:
    """A way to ask again and what it costs: `value` is what its button sends."""

    value: str
    words: str
    estimate: Estimate


@dataclass(frozen=True)
class Prices:
    reseed: list[Price]
    upscale: list[Price]
    may_differ: str = MAY_DIFFER


def reuse_prices(take: Generation) -> Prices | None:
    """What the ways to ask again cost, for their buttons; None where there are none. A query per resolution."""
    if take.is_foreign or not take.request or find_mode(take.type, take.model) is None:
        return None
    once = _price(take, take.resolution)
    larger = larger_than(take) if take.seed != SEED_RANDOM else []
    seeds = [_way(str(count), f"{count} new seed{'s' * (count > 1)}", once.times(count)) for count in SEED_TAKES]
    return Prices(seeds, [_way(name, f"New {name} take", _price(take, name)) for name in larger])


def larger_than(take: Generation) -> list[str]:
    """The resolutions of its mode above its own."""
    names = list(take.mode.parameter("resolution").choices)
    return names[names.index(take.resolution) + 1 :] if take.resolution in names else []


def _price(take: Generation, resolution: str) -> Estimate:
    model, what = take.model, (take.type, resolution, take.seconds)
    cost = estimate(*what, Generation.objects.observed(Connection.configured(), *what, model=model), model=model)
    assert cost is not None, "what was asked for once has a price"
    return cost


def _way(value: str, what: str, cost: Estimate) -> Price:
    free = Connection.configured().is_sandbox
    return Price(value, f"{what} · free ({cost} credits with a key)" if free else f"{what} · {cost} credits", cost)


def reseed(take: Generation, count: int, *, key: str) -> list[Generation]:
    """The same settings with seeds drawn anew. Raises CannotReuse, and KeyReused as `enqueue` does."""
    if count not in SEED_TAKES:
        raise CannotReuse("Choose 1, 4 or 8 takes.")
    same, every = _request(take), range(take.mode.parameter("seed").most + 1)
    seeds = secrets.SystemRandom().sample(every, count)
    return _ask(take, [same.with_seed(seed) for seed in seeds], key, {"reseed": take.pk, "takes": count})


def upscale(take: Generation, resolution: str, *, key: str, repeat: bool = False) -> list[Generation]:
    """The same seed at a higher resolution. Raises CannotReuse, and KeyReused as `enqueue` does."""
    if resolution not in larger_than(take):
        raise CannotReuse(f"Choose a resolution above {take.resolution}.")
    if take.seed == SEED_RANDOM:
        raise CannotReuse("The provider drew its seed and did not say which, so it cannot be asked for again.")
    same = GenerationRequest.parse({**_request(take).to_api(), "resolution": resolution})
    asked = {"upscale": take.pk, "resolution": resolution}
    there = Generation.objects.owned_by(take.owner_id).of(Connection.configured()).same_as(same).filter(deleted_at=None)
    had = there.exclude(submission__key=key).first()
    if had and not repeat:
        raise CannotReuse(f"You have this take already: #{had.pk}.")
    return _ask(take, [same], key, asked)


def _request(take: Generation) -> GenerationRequest:
    if take.is_foreign:
        raise CannotReuse(FOREIGN)
    try:
        request = take.parsed
    except InvalidRequest:
        raise CannotReuse("Its settings are no longer taken. Use them in the composer and see what is wrong.") from None
    return request


def _ask(take: Generation, requests: Sequence[GenerationRequest], key: str, asked: dict[str, Any]) -> list[Generation]:
    try:
        return _enqueue(take, requests, key, asked)
    except UploadGone:
        raise CannotReuse(GONE) from None


def _enqueue(
    take: Generation, requests: Sequence[GenerationRequest], key: str, asked: dict[str, Any]
) -> list[Generation]:
    with transaction.atomic():
        takes = Generation.objects.enqueue(
            take.owner, Connection.configured(), requests, key=key, digest=digest_of(asked)
        )
        began_with(takes, take.owner_id, str(take.pk))
    return takes

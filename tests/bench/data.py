"""Three databases in the data folder: a long history, its last thousand takes, and the same history on one day."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from studio.catalog.credits import estimate
from studio.catalog.request import GenerationRequest
from studio.gallery import triggers
from studio.generations.connections import Connection, WorkerHeartbeat
from studio.generations.models import Generation
from studio.management.commands.upgrade import upgrade
from studio.middleware import local_user

MANY, FEW, A_DAY, UNFINISHED = 100_000, 1_000, 300, 50
PROMPT = "Slow dolly along a fog-covered pine ridge at first light, low sun flaring through the haze, 35mm, take {}"
FINISHED = {"succeeded": 88, "failed": 5, "unconfirmed": 2, "closed": 2, "canceled": 3}
CHARGED = {"succeeded": "yes", "unconfirmed": "maybe", "closed": "maybe", "failed": "maybe", "running": "yes"}


def make() -> dict[str, BaseDatabaseWrapper]:
    """Connections to `many`, `few` and `dense`, one of which `use` makes the studio's."""
    upgrade()
    triggers.remove()
    Generation.objects.bulk_create(rows(), batch_size=5_000)
    triggers.install()
    Connection.of(settings.PROVIDER)
    WorkerHeartbeat.objects.create(host="bench", pid=1, seen_at=timezone.now() + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    many = connections["default"]
    few, dense = copy("few"), copy("dense")
    statement(few, f"DELETE FROM studio_generation WHERE id <= {MANY - FEW}")
    statement(few, "VACUUM")
    day = f"{timezone.now():%Y-%m-%d}"
    statement(
        dense,
        f"UPDATE studio_generation SET created_at = datetime('{day}', '+' || (id * 80000 / {MANY}) || ' seconds')",
    )
    return {"many": many, "few": few, "dense": dense}


def rows() -> Iterator[Generation]:
    """Oldest first, 300 a day until now; every third of the last 150 is not finished yet."""
    chance, now, owner = random.Random(2), timezone.now(), local_user()
    for number in range(MANY):
        left = MANY - 1 - number
        at = now - timedelta(days=left / A_DAY)
        if left < 3 * UNFINISHED and left % 3 == 0:
            status = chance.choices(("queued", "running"), (1, 3))[0]
        else:
            status = chance.choices(list(FINISHED), list(FINISHED.values()))[0]
        yield row(owner, number, at, status, chance)


def row(owner: object, number: int, at: datetime, status: str, chance: random.Random) -> Generation:
    seconds, resolution = chance.choice((5, 10, 15, 20)), chance.choice(("480p", "720p", "1080p"))
    body = GenerationRequest.parse(
        {
            "type": "text-to-video",
            "prompt": PROMPT.format(number),
            "resolution": resolution,
            "duration": str(seconds),
            "seed": str(chance.randrange(2**31)),
        }
    )
    cost = estimate(body.type, resolution, seconds)
    assert cost is not None
    sent = None if status in ("queued", "canceled") else at
    charged = CHARGED.get(status, "no")
    return Generation(
        owner=owner, connection_id=settings.PROVIDER, request=body.to_api(), digest=f"{number:064x}", type=body.type,
        prompt=body.prompt, resolution=resolution, seconds=seconds, seed=body.seed, basis=cost.basis,
        estimate_low=cost.low, estimate_high=cost.high, status=status, charged=charged,
        credits=cost.low if charged == "yes" and chance.random() < 0.7 else None,
        message="The prompt was refused by the provider's filter." if status == "failed" else "",
        task_id=f"n{number:06}_ltx2" if sent else "", status_word="COMPLETED" if status == "succeeded" else "",
        video_url=f"https://videos.example/{number}.mp4" if status == "succeeded" else "",
        last_answer='{"code":200,"message":"success","data":{"status":"COMPLETED"}}' if sent else "",
        created_at=at, asked_at=at, submitted_at=sent, due_at=at if status in ("queued", "running") else None,
    )  # fmt: skip


def copy(name: str) -> BaseDatabaseWrapper:
    source = Path(settings.DATABASES["default"]["NAME"])
    target = source.with_name(f"{name}.sqlite3")
    shutil.copyfile(source, target)
    wrapper = connections.create_connection("default")
    wrapper.settings_dict = {**wrapper.settings_dict, "NAME": str(target)}
    return wrapper


def statement(wrapper: BaseDatabaseWrapper, sql: str) -> None:
    with wrapper.cursor() as cursor:
        cursor.execute(sql)


def use(wrapper: BaseDatabaseWrapper) -> None:
    """Let the studio talk to this database. The connections stay open, so changing over costs nothing."""
    connections["default"] = wrapper

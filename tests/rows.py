"""Generations for tests, brought to where they stand by the transitions themselves."""

import itertools
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from studio.catalog.request import GenerationRequest
from studio.generations.connections import Connection
from studio.generations.models import Generation

API = "https://api.test/api/v1"
ACCOUNT = Connection.named(API)
TOKEN = "7:token"  # noqa: S105
CLAIM = timedelta(seconds=90)
STATUSES = [status.value for status in Generation.Status]
_keys = itertools.count()


def user(name="ada"):
    return User.objects.get_or_create(username=name)[0]


def request(**data):
    return GenerationRequest.parse({"type": "text-to-video", "prompt": "a wave", **data})


def ask(count=1, *, owner=None, provider=API, key=None, digest="d", **data):
    """New takes, as the composer asks for them."""
    key = key or f"key-{next(_keys)}"
    account = Connection.named(provider)
    return Generation.objects.enqueue(owner or user(), account, [request(**data)] * count, key=key, digest=digest)


def soon(seconds=30):
    return timezone.now() + timedelta(seconds=seconds)


def ago(**time):
    return timezone.now() - timedelta(**time)


def put(row, **columns):
    """Set columns behind the transitions' back: what time or another process would have done."""
    Generation.objects.filter(pk=row.pk).update(**columns)
    row.refresh_from_db()
    return row


def again(row):
    """The row as it is stored; another instance, as another request or process has it."""
    return Generation.objects.get(pk=row.pk)


def claimed(row, token=TOKEN):
    return put(row, claim_token=token, due_at=soon(90))


def in_status(status, *, credits=None, **data):
    """A new take that has come to this status by the way that takes go."""
    row = ask(**data)[0]
    if status == "canceled":
        assert row.cancel()
    elif status != "queued":
        assert claimed(row).begin_submit(TOKEN, CLAIM)
        _sent(row, status, credits)
    return again(row)


def _sent(row, status, credits):
    if status in ("unconfirmed", "closed"):
        assert row.lose_answer("No answer", token=TOKEN)
        assert status == "unconfirmed" or row.write_off()
    elif status != "submitting":
        assert row.accept(f"n{row.pk}_ltx2", soon(), credits=credits)
        if status == "succeeded":
            assert claimed(row).succeed(TOKEN, "https://cdn.test/a.mp4", credits=credits, raw="{}", word="completed")
        elif status == "failed":
            assert claimed(row).fail(TOKEN, "Too dark", credits=credits, raw="{}", word="failed")


def columns(row):
    return Generation.objects.filter(pk=row.pk).values().get()


def story(row):
    """The history as (from, to)."""
    return list(row.events.values_list("from_status", "to_status"))

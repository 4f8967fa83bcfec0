from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from studio.catalog.request import GenerationRequest
from studio.generations.connections import Connection, WorkerHeartbeat
from studio.generations.models import Generation
from studio.middleware import local_user

KEY = 'aio_RecognisableKey/+"7Zq'
HTMX = {"HX-Request": "true"}
BASE = "https://apiin.one/api/v1"
LINK = "https://media.example.com/a.mp4"
FORMS: dict[str, dict[str, str]] = {
    "text-to-video": {"prompt": "Fog over a bay", "duration": "5", "aspect_ratio": "16:9"},
    "image-to-video": {"prompt": "Fog moves", "image": LINK, "duration": "10"},
    "lipsync": {"audio": LINK, "audio_duration": "12.5"},
    "control": {"video": LINK, "video_duration": "7", "mode": "pose", "audio_mode": "preserve"},
}
Make = Callable[..., Generation]


def typed(mode: str = "text-to-video", /, **changes: str) -> dict[str, str]:
    """What the form of a mode sends when it is filled in."""
    shared = {"type": mode, "resolution": "720p", "seed": "", "takes": "1", "submission_key": "key-1"}
    return {**shared, **FORMS[mode], **changes}


@pytest.fixture(autouse=True)
def _nobody_tried_to_log_in() -> None:
    cache.clear()


@pytest.fixture
def me(db: None) -> User:
    return local_user()


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create(username="somebody else")


@pytest.fixture
def strict() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def real(settings: Any) -> None:
    """The studio has a key and spends credits."""
    settings.LTX2_API_KEY = settings.PROVIDER_KEY = KEY
    settings.PROVIDER = BASE


@pytest.fixture
def alive(db: None) -> WorkerHeartbeat:
    return WorkerHeartbeat.register()


@pytest.fixture
def make(me: User) -> Make:
    """A take in whatever state; `request_` are parameters of what was asked for."""
    made: list[int] = []

    def make(owner: User | None = None, request_: dict[str, Any] | None = None, **changes: Any) -> Generation:
        made.append(len(made))
        asked = {"type": "text-to-video", "prompt": "A bay", "seed": 1000 + len(made), **(request_ or {})}
        key = f"made-{len(made)}"
        provider = changes.pop("provider", settings.PROVIDER)
        take = Generation.objects.enqueue(
            owner or me, Connection.named(provider), [GenerationRequest.parse(asked)], key=key, digest=key
        )[0]
        if changes:
            Generation.objects.filter(pk=take.pk).update(**changes)
            take.refresh_from_db()
        return take

    return make

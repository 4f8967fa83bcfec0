from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models


class KeyReused(Exception):
    """The form's key was already used for other fields: a double click it is not."""


class Submission(models.Model):
    """One press of Generate. The same key with the same fields is the same press, however often it is sent."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="submissions")
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("owner", "key"), name="one_submission_per_key")]

    def __str__(self) -> str:
        return self.key


def digest_of(fields: Mapping[str, Any]) -> str:
    """SHA-256 over fields in a fixed order: equal for equal fields, whatever order they came in."""
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def new_key() -> str:
    return secrets.token_urlsafe(16)

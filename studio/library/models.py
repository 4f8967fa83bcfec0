"""Tags and collections. A take may have many of each."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

from studio.catalog.text import is_visible, without_traps

NAME_LENGTH = 80
Kind = TypeVar("Kind", bound="Named")


class BadName(ValueError):
    """A name that cannot be given. Its text says why, in words for the person."""


class Named(models.Model):
    """What one owner has given a name. Two names that differ in upper and lower case alone are one."""

    name = models.CharField(max_length=NAME_LENGTH)
    key = models.CharField(max_length=4 * NAME_LENGTH)  # the name without its case, which databases tell apart

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = key_of(self.name)
        super().save(*args, **kwargs)


class Tag(Named):
    """A word on takes of one owner."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tags")

    class Meta:
        ordering = ("key",)
        constraints = [models.UniqueConstraint(fields=("owner", "key"), name="one_tag_per_name")]


class Collection(Named):
    """Takes of one owner that belong together: a scene, a client, a shortlist."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("key",)
        constraints = [models.UniqueConstraint(fields=("owner", "key"), name="one_collection_per_name")]


class Tagging(models.Model):
    generation = models.ForeignKey("studio.Generation", models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, models.CASCADE, db_index=False, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("tag", "generation"), name="one_tagging")]

    def __str__(self) -> str:
        return f"#{self.generation_id} has tag {self.tag_id}"


class Membership(models.Model):
    generation = models.ForeignKey("studio.Generation", models.CASCADE, related_name="memberships")
    collection = models.ForeignKey(Collection, models.CASCADE, db_index=False, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("collection", "generation"), name="one_membership")]

    def __str__(self) -> str:
        return f"#{self.generation_id} is in {self.collection_id}"


def key_of(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def clean_name(text: str) -> str:
    """A name as it is stored: trimmed, with single spaces. Raises BadName."""
    name = " ".join(text.split())
    if not name:
        raise BadName("Give it a name.")
    if len(name) > NAME_LENGTH:
        raise BadName(f"A name has at most {NAME_LENGTH} characters; “{name[:20]}…” has {len(name)}.")
    if not is_visible(name):
        raise BadName("There are only invisible characters here. Give it a name.")
    if without_traps(name) != name:
        raise BadName("A name holds letters, digits and signs that can be printed.")
    return name


def names_in(text: str) -> list[str]:
    """The names in a list with commas; each once, as it was written first. Raises BadName."""
    cleaned = (clean_name(part) for part in text.split(",") if part.strip())
    found: dict[str, str] = {}
    for name in cleaned:
        found.setdefault(key_of(name), name)
    return list(found.values())


def lock_owner(owner: int) -> None:
    """Serialise changes to one owner's tags: unused tags are deleted, and must not be while another request is about
    to use one. To be called inside a transaction.
    """
    people = get_user_model().objects.select_for_update(no_key=True)
    people.filter(pk=owner).values_list("pk", flat=True).first()


def named(kind: type[Kind], owner: int, names: Iterable[str]) -> list[Kind]:
    """The tags or collections of these names, made where there are none."""
    wanted = {key_of(name): name for name in names}
    new = (kind(owner_id=owner, name=name, key=key) for key, name in wanted.items())
    kind._default_manager.bulk_create(new, ignore_conflicts=True)
    return list(kind._default_manager.filter(owner=owner, key__in=wanted))


def sweep_tags(owner: int) -> None:
    """Delete the tags that no take has."""
    Tag.objects.filter(owner=owner, generations=None).delete()

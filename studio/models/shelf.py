"""How takes are put in order by hand: tags and collections. A take may have many of each."""

from django.conf import settings
from django.db import models

NAME_LENGTH = 80


class Tag(models.Model):
    """A word on takes of one owner."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=NAME_LENGTH)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("owner", "name"), name="one_tag_per_name")]

    def __str__(self) -> str:
        return self.name


class Collection(models.Model):
    """Takes of one owner that belong together: a scene, a client, a shortlist."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections")
    name = models.CharField(max_length=NAME_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("owner", "name"), name="one_collection_per_name")]

    def __str__(self) -> str:
        return self.name

from django.conf import settings
from django.db import models


class Upload(models.Model):
    """A person's own file, stored once by checksum. A request names it `upload:<id>` until it is sent."""

    class Kind(models.TextChoices):
        IMAGE = "image", "picture"
        AUDIO = "audio", "recording"
        VIDEO = "video", "video"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=8, choices=Kind)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)  # in the media store
    poster = models.CharField(max_length=255, blank=True, default="")  # a small picture of it, in the media store
    filename = models.CharField(max_length=255)  # as the person had it
    content_type = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    width = models.PositiveIntegerField(null=True)  # pixels
    height = models.PositiveIntegerField(null=True)
    seconds = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    has_sound = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(auto_now_add=True)  # last: when nothing uses it, it is swept some time after this

    class Meta:
        ordering = ("-used_at", "-id")
        constraints = [models.UniqueConstraint(fields=("owner", "sha256"), name="one_upload_per_file")]

    def __str__(self) -> str:
        return self.filename

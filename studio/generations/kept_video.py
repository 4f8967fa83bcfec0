from django.db import models


class KeptVideo(models.Model):
    """The studio's own copy of a finished video, as it was measured: a row is there only when the whole file is."""

    generation = models.OneToOneField("studio.Generation", models.CASCADE, primary_key=True, related_name="kept")
    name = models.CharField(max_length=255)  # in the media store
    poster = models.CharField(max_length=255, blank=True, default="")  # in the media store
    content_type = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()
    seconds = models.DecimalField(max_digits=9, decimal_places=3)
    frame_rate = models.DecimalField(max_digits=7, decimal_places=3, null=True)  # frames per second
    has_sound = models.BooleanField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

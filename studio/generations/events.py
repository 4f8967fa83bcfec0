from django.db import models


class GenerationEvent(models.Model):
    """One change in the life of a generation, written in the transaction of the change."""

    generation = models.ForeignKey("studio.Generation", models.CASCADE, related_name="events")
    at = models.DateTimeField()
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12)
    why = models.TextField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} → {self.to_status}: {self.why}"

"""Parts and frames are cut out by a worker, since encoding may take a minute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models

from studio import clock
from studio.background import ATTEMPTS, BackgroundJob
from studio.generations.kept_video import KeptVideo
from studio.media.child import Waiting
from studio.media.refusals import NotTaken

from .models import Upload
from .parts import GONE, frame_of, moment_of, part_of, span_of

MOST_PENDING = 10  # of one owner
LIVES = timedelta(days=1)
TOO_MANY = f"{MOST_PENDING} parts and frames are being cut out. Wait until one of them is there."


class FileJob(BackgroundJob):
    """A file that is to be made: the part of a recording or a video from `start`, `seconds` long, or the frame of a
    take's kept video that is shown at `start`. Canceling it deletes the row.
    """

    lease = timedelta(minutes=2)  # storing the result in a store elsewhere takes a while, too

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="file_jobs")
    source = models.ForeignKey(Upload, models.CASCADE, null=True, related_name="+")
    take = models.PositiveBigIntegerField(null=True)  # by its number: a take goes without asking
    start = models.CharField(max_length=32)
    seconds = models.CharField(max_length=32, blank=True, default="")
    result = models.ForeignKey(Upload, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=("due_at",), condition=models.Q(due_at__isnull=False), name="due_file_job")]

    def __str__(self) -> str:
        return f"a frame of take {self.take}" if self.take else f"a part of upload {self.source_id}"

    @classmethod
    def ask_part(cls, source: Upload, start: str, seconds: str) -> FileJob:
        """Raises NotTaken."""
        span_of(source, start, seconds)
        return cls._ask(source.owner, source=source, start=start, seconds=seconds)

    @classmethod
    def ask_frame(cls, owner: Any, video: KeptVideo, at: str) -> FileJob:
        """Raises NotTaken."""
        moment_of(at)
        return cls._ask(owner, take=video.generation_id, start=at)

    @classmethod
    def _ask(cls, owner: Any, **wanted: Any) -> FileJob:
        """A second click while the same is being made gets the same job."""
        pending = cls.objects.filter(owner=owner, status=cls.Status.PENDING)
        if same := pending.filter(**wanted).first():
            return same
        if pending.count() >= MOST_PENDING:
            raise NotTaken(TOO_MANY, retry=True)
        now = clock.now()
        return cls.objects.create(owner=owner, created_at=now, due_at=now, **wanted)

    def make(self, waiting: Waiting) -> Upload:
        """The file. Raises NotTaken, and what `waiting` raises."""
        if self.attempts > ATTEMPTS:
            raise NotTaken(f"It could not be cut out, {ATTEMPTS} times. Choose a shorter part.")
        if self.source:
            return part_of(self.source, self.start, self.seconds, waiting)
        video = KeptVideo.objects.filter(generation=self.take, generation__owner=self.owner).first()
        if video is None:
            raise NotTaken(GONE)
        return frame_of(self.owner, video, self.start, waiting)

    @classmethod
    def sweep(cls) -> None:
        cls.objects.filter(created_at__lt=clock.now() - LIVES).delete()

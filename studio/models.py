"""All models, gathered where Django looks for them; each stands in the folder of its part."""

from .gallery.counts import SlotSum, TakeCount
from .generations.connections import Connection, WorkerHeartbeat
from .generations.events import GenerationEvent
from .generations.kept_video import KeptVideo
from .generations.models import Generation
from .generations.states import TaskIdTaken
from .generations.submission import KeyReused, Submission
from .library.archives import Archive
from .library.models import Collection, Membership, Tag, Tagging
from .uploads.file_jobs import FileJob
from .uploads.models import Upload, UploadGone

__all__ = [
    "Archive",
    "Collection",
    "Connection",
    "FileJob",
    "Generation",
    "GenerationEvent",
    "KeptVideo",
    "KeyReused",
    "Membership",
    "SlotSum",
    "Submission",
    "Tag",
    "Tagging",
    "TakeCount",
    "TaskIdTaken",
    "Upload",
    "UploadGone",
    "WorkerHeartbeat",
]

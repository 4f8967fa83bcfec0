"""What is remembered, and the only place where a state changes."""

from .archive import Archive
from .event import GenerationEvent
from .generation import Generation
from .kept import KeptVideo
from .shelf import Collection, Membership, Tag, Tagging
from .submission import KeyReused, Submission
from .tally import SlotSum, TakeCount
from .transitions import TaskIdTaken
from .upload import Upload, UploadGone
from .worker import ProviderState, WorkerHeartbeat

__all__ = [
    "Archive",
    "Collection",
    "Generation",
    "GenerationEvent",
    "KeptVideo",
    "KeyReused",
    "Membership",
    "ProviderState",
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

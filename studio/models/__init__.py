"""What is remembered, and the only place where a state changes."""

from .event import GenerationEvent
from .generation import Generation
from .submission import KeyReused, Submission
from .transitions import TaskIdTaken
from .worker import ProviderState, WorkerHeartbeat

__all__ = [
    "Generation",
    "GenerationEvent",
    "KeyReused",
    "ProviderState",
    "Submission",
    "TaskIdTaken",
    "WorkerHeartbeat",
]

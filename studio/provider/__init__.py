"""The only code that speaks to the API. Every failure says what it means for the money. No Django, no settings."""

from .client import Client
from .errors import AccountTrouble, NotSent, ProviderError, Refused, TryLater, Uncertain, UnknownTask
from .replies import Accepted, Progress

__all__ = [
    "Accepted",
    "AccountTrouble",
    "Client",
    "NotSent",
    "Progress",
    "ProviderError",
    "Refused",
    "TryLater",
    "Uncertain",
    "UnknownTask",
]

"""Which program speaks to which kind of connection."""

from .apiin.client import Client
from .base import Provider


def client(kind: str, base: str, key: str, *, submit_seconds: float, poll_seconds: float) -> Provider:
    """The sandbox speaks the API's own protocol."""
    made = {"apiin": Client, "sandbox": Client}[kind]
    return made(base, key, submit_seconds=submit_seconds, poll_seconds=poll_seconds)

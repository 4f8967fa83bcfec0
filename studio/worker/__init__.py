"""Sends, polls and records. The only caller of the provider."""

from .loop import Worker, worker_from_settings

__all__ = ["Worker", "worker_from_settings"]

"""Log lines that cannot carry the API key."""

import logging
from functools import cache

from django.conf import settings

from studio.provider.keyless import Keyless

keyless = cache(Keyless)  # by key: its pattern is long


class KeylessFormatter(logging.Formatter):
    """Takes the API key out of whatever is about to be written, traceback included, however it is escaped there."""

    def format(self, record: logging.LogRecord) -> str:
        return keyless(settings.LTX2_API_KEY).hide(super().format(record))

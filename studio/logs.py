"""Log lines that cannot carry the API key."""

import logging

from django.conf import settings

HIDDEN = "[key]"


class KeylessFormatter(logging.Formatter):
    """Takes the API key out of whatever is about to be written, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return line.replace(settings.LTX2_API_KEY, HIDDEN) if settings.LTX2_API_KEY else line

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


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "studio.logs.KeylessFormatter", "fmt": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "studio": {"level": "INFO"},
        "waitress.queue": {"level": "ERROR"},  # a short queue is no news
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody can send those; the page says what to do
    },
}

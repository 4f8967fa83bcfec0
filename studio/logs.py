"""Log lines that cannot carry what opens something: the API key, or a signed link to a file."""

import logging
import re
from functools import cache

from django.conf import settings

from .providers.apiin.keyless import Keyless

# The token of a link to a file of ours, and what signs a link to a store; in a URL that is a parameter, too.
LINKS = re.compile(
    r"((?:/|%2F)files(?:/|%2F))[\w.-]{20,}|((?:Signature|Credential|Security-Token)(?:=|%3D))[^&\s'\"]+", re.I
)
keyless = cache(Keyless)  # by key: its pattern is long


class KeylessFormatter(logging.Formatter):
    """Takes them out of whatever is about to be written, traceback included, however they are escaped there."""

    def format(self, record: logging.LogRecord) -> str:
        line = keyless(settings.LTX2_API_KEY).hide(super().format(record))
        return LINKS.sub(lambda found: f"{found[1] or found[2]}[hidden]", line)


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

#!/usr/bin/env python
"""Dailies' command line: `manage.py studio`, `manage.py worker`, `manage.py sandbox`, and Django's own commands."""

import os
import sys


def main() -> None:
    if sys.version_info < (3, 11):
        sys.exit("Dailies needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Dailies cannot start: {error}")


if __name__ == "__main__":
    main()

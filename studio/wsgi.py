"""The studio for any WSGI server: `studio.wsgi:application`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def below(base: str, application: Application) -> Application:
    """The application under a path of a proxy's, which may pass that on or take it away."""

    def take_away(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if base and (path == base or path.startswith(f"{base}/")):
            environ["PATH_INFO"] = path[len(base) :] or "/"
        return application(environ, start_response)

    return take_away


def _application() -> Application:
    django = get_wsgi_application()  # it reads the settings
    from django.conf import settings

    return below(settings.STUDIO_BASE_PATH, django)


application = _application()

"""The studio under a path of a proxy's (STUDIO_BASE_PATH), which may pass that on or take it away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def below(base: str, application: Application) -> Application:
    """A WSGI application that also answers where the path begins with `base`; "" where there is none."""

    def take_away(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if base and (path == base or path.startswith(f"{base}/")):
            environ["PATH_INFO"] = path[len(base) :] or "/"
        return application(environ, start_response)

    return take_away

"""What a setting may be. Pure checks; `settings.py` reads the environment."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from .media.room import Reserve, parse_size

LEAST_VIDEO = 1000  # bytes

ENGINES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
_BASE_PATH = re.compile(r"(/[a-z0-9_~-][a-z0-9._~-]*)+/?|/", re.IGNORECASE)
_HOST = re.compile(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)


def on_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_api_base(url: str) -> bool:
    """A key never travels in the clear: https anywhere, http on loopback only, and nothing but a host and a path."""
    if not is_plain(url):
        return False
    try:
        parts = urlsplit(url)
        port_is_right = parts.port != 0
    except ValueError:
        return False
    host = parts.hostname or ""
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    secure = parts.scheme == "https" or (parts.scheme == "http" and on_loopback(host))
    return bool(host) and port_is_right and plain and secure


def is_public_url(url: str) -> bool:
    """Whether this is where a service can be reached: http or https, a host, perhaps a path, and nothing else."""
    try:
        parts = urlsplit(url.strip())
        port_is_right = parts.port != 0
    except ValueError:
        return False
    plain = is_plain(url.strip()) and not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_is_right and plain


def is_plain(text: str) -> bool:
    """Whether a text can stand in an HTTP header: ASCII letters, digits and punctuation, nothing else."""
    return all(character in string.ascii_letters + string.digits + string.punctuation for character in text)


def are_hosts(hosts: Iterable[str], *, any_host: bool) -> bool:
    """Whether these are host names without scheme, port or path. `*` turns off what keeps other sites from reaching
    the studio through the browser, so it takes a password.
    """
    hosts = [host.strip() for host in hosts]
    return bool(hosts) and all(_HOST.fullmatch(host) or (any_host and host == "*") for host in hosts)


def are_origins(origins: Iterable[str]) -> bool:
    """Whether these are what a browser calls a site: scheme, host and port, and no path."""
    for origin in (origin.strip() for origin in origins):
        host = urlsplit(origin).netloc.partition(":")[0] if "*" in origin else ""
        plain = origin.replace("://*.", "://x.", 1) if host.startswith("*.") else origin
        if not is_public_url(plain) or urlsplit(plain).path:
            return False
    return True


def is_base_path(path: str) -> bool:
    """Whether this is a path below which a proxy may put the studio: plain names, with a slash before each."""
    return bool(_BASE_PATH.fullmatch(path))


def is_database(database: Mapping[str, Any]) -> bool:
    """Whether this is a database that keeps things: SQLite in a file, or PostgreSQL."""
    return database.get("ENGINE") in ENGINES and database.get("NAME") not in ("", None, ":memory:")


def is_reserve(text: str) -> bool:
    """Whether this is what shall stay free of a disk: a size, or a share in percent."""
    return _parses(Reserve.parse, text)


def is_video_limit(text: str) -> bool:
    return _parses(parse_size, text) and parse_size(text) >= LEAST_VIDEO


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True

"""Where a provider could fetch a person's own file: only the sandbox is ever sent a private address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage

from studio.catalog.links import is_http_link, is_on_loopback, leads_inside, why_not_public
from studio.generations.connections import Connection
from studio.net.addresses import leads_to

from .links import DAY, signed_path
from .models import Upload

LINK_SECONDS = 2 * DAY  # a job takes minutes, and may wait at the provider for hours


def can_be_fetched(connection: Connection) -> bool:
    """Whether there is any way by which this provider could fetch a file of ours; what it is worth shows on sending."""
    return connection.is_sandbox or bool(settings.STUDIO_S3_BUCKET and _is_open(_s3())) or _is_open(_public())


def public_url_is_useless() -> bool:
    """Whether an address is set under which no provider could fetch anything: it takes https, and a public host."""
    return bool(_public()) and not _is_open(_public())


def may_be_opened(link: str, connection: Connection) -> bool:
    """Whether a browser may load a link of somebody else's by itself, as far as its text tells: an address of this
    network would be asked by whoever looks at the page. Nothing is looked up.
    """
    return leads_to(link, connection.own_address) or not leads_inside(link)


def may_be_shown(link: str) -> bool:
    """The same for a link that a person has pasted. While the sandbox is the provider it may be on this machine."""
    return not leads_inside(link) or (Connection.configured().is_sandbox and is_on_loopback(link))


def link_to(upload: Upload, connection: Connection) -> str:
    """A fresh link that opens this one file for two days; empty where there is no way."""
    if connection.is_sandbox:
        return f"http://127.0.0.1:{settings.STUDIO_LINKS_PORT}{signed_path(upload, LINK_SECONDS)}"
    if settings.STUDIO_S3_BUCKET:
        store: Any = default_storage  # only S3's takes more than a name
        link = str(store.url(upload.name, parameters={"ResponseContentType": upload.content_type}, expire=LINK_SECONDS))
        if _is_open(link):
            return link
    return _public() + signed_path(upload, LINK_SECONDS) if _is_open(_public()) else ""


def _is_open(link: str) -> bool:
    return is_http_link(link) and urlsplit(link).scheme == "https" and not why_not_public(link)


def _public() -> str:
    return str(settings.STUDIO_PUBLIC_URL)


def _s3() -> str:
    return str(settings.S3_ENDPOINT or "https://s3.amazonaws.com")

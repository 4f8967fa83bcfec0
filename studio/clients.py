"""Who is asking: the address that a request comes from, behind a proxy too, and what of it counts as one client."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.conf import settings

Address = IPv4Address | IPv6Address


def address_of(environ: dict[str, Any]) -> str:
    """The client's address, from the `META` of a request.

    With STUDIO_SECURE_PROXY it is the last one in X-Forwarded-For, which the proxy itself has written: what stands
    before it came with the request, and may be made up. Only a proxy on this machine or in its own network is believed.
    """
    peer = str(environ.get("REMOTE_ADDR", ""))
    if not settings.STUDIO_SECURE_PROXY or not _is_near(peer):
        return peer
    named = _parsed(str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip())
    return str(named) if named else peer


def network_of(address: str) -> str:
    """What counts as one client: an address, or the /64 out of which one gets as many of version 6 as one likes."""
    ip = _parsed(address)
    if ip is None or ip.version == 4:
        return str(ip or address)
    return f"{ip_address(int(ip) >> 64 << 64)}/64"


def _is_near(peer: str) -> bool:
    """A proxy that comes through a socket file has no address."""
    ip = _parsed(peer)
    return not peer or (ip is not None and (ip.is_loopback or ip.is_private))


def _parsed(text: str) -> Address | None:
    """An address, as some proxies write it too: with a port, in brackets, with a zone."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip

"""Which addresses belong to the open internet: one table for all that is fetched, shown or passed on.

A table of our own, since Python's changes from release to release and knows nothing of clouds. It follows IANA's
registries of special addresses. What wraps another address (6to4, Teredo, NAT64, IPv4-mapped) is not public, whatever
it wraps: nobody serves videos there.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

_INSIDE_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # a public number by which every machine of a large cloud reaches its host
    )
]  # fmt: skip
_IN_USE_6 = IPv6Network("2000::/3")  # all of IPv6 that is handed out; the rest is local, reserved or out of date
_INSIDE_6 = [
    IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]  # fmt: skip
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def is_public(address: Address) -> bool:
    """Whether it is one of the open internet, beyond doubt."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _INSIDE_4)
    return address in _IN_USE_6 and not any(address in network for network in _INSIDE_6)


def address_of(host: str) -> Address | None:
    """The address that a host stands for, in any spelling that programs take: `127.1`, `0x7f000001`, `017700000001`;
    None where it is a name.
    """
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host.rstrip(".")))
    except (OSError, ValueError):
        return None


def is_own(host: str, port: int, own: tuple[str, int] | None) -> bool:
    """Whether this is the host and port of the configured API itself, on loopback."""
    if own is None or port != own[1]:
        return False
    host, named = host.strip("[]").lower(), own[0].strip("[]").lower()
    return host == named or (host in _LOOPBACK_NAMES and named in _LOOPBACK_NAMES)


def leads_to(link: str, own: tuple[str, int] | None) -> bool:
    """Whether a link is the API's own, by its text."""
    try:
        parts = urlsplit(link)
        return (
            parts.scheme == "http" and "@" not in parts.netloc and is_own(parts.hostname or "", parts.port or 80, own)
        )
    except ValueError:
        return False

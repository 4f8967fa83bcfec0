"""Links that are given to the provider, judged by their text alone: nothing is looked up and nothing is fetched."""

import socket
import unicodedata
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, parse_qs, urlsplit

NAT64 = IPv6Network("64:ff9b::/96")
PRIVATE_SUFFIXES = (
    ".localhost",
    ".local",
    ".internal",
    ".lan",
    ".home",
    ".intranet",
    ".home.arpa",
    ".test",
    ".invalid",
)
SHARE_PAGES = {
    "drive.google.com": "Google Drive",
    "docs.google.com": "Google Docs",
    "photos.app.goo.gl": "Google Photos",
    "photos.google.com": "Google Photos",
    "dropbox.com": "Dropbox",
    "1drv.ms": "OneDrive",
    "onedrive.live.com": "OneDrive",
    "icloud.com": "iCloud",
    "wetransfer.com": "WeTransfer",
    "we.tl": "WeTransfer",
    "youtube.com": "YouTube",
    "youtu.be": "YouTube",
    "vimeo.com": "Vimeo",
}


def is_http_link(link: str) -> bool:
    """Whether this is an absolute http or https URL with a host and nothing that a URL cannot hold."""
    if any(character.isspace() or not character.isprintable() for character in link):
        return False
    try:
        parts = urlsplit(link)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def why_not_public(link: str) -> str:
    """Why the provider could not fetch this link, in words for people; empty where nothing speaks against it.

    `link` is one that `is_http_link` takes.
    """
    parts = urlsplit(link)
    host = unicodedata.normalize("NFKC", parts.hostname or "").replace("。", ".").rstrip(".").lower()
    if _is_private(host):
        return "The provider cannot reach this address: it is inside your own network. Give a public link."
    page = _share_page(host, parts)
    if page:
        return f"This is a {page} page that shows the file, not the file. {_way_on(page)}"
    return ""


def _way_on(page: str) -> str:
    if page == "Dropbox":
        return "Put raw=1 in place of dl=0 at its end."
    return "Give a link that opens the file alone."


def _is_private(host: str) -> bool:
    address = _address(host)
    if address is not None:
        return not all(inner.is_global and not inner.is_multicast for inner in _inner(address))
    return "." not in host or host.endswith(PRIVATE_SUFFIXES)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host stands for, in any spelling that programs take: `127.1`, `0x7f000001`, `017700000001`."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _inner(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address and those that it wraps."""
    if isinstance(address, IPv4Address):
        return [address]
    wrapped = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        wrapped.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in wrapped if inner] or [address]


def _share_page(host: str, parts: SplitResult) -> str:
    for domain, name in SHARE_PAGES.items():
        if host == domain or host.endswith("." + domain):
            query = parse_qs(parts.query)
            opens_the_file = name == "Dropbox" and (query.get("raw") == ["1"] or query.get("dl") == ["1"])
            return "" if opens_the_file else name
    return ""

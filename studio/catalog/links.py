"""Links that are given to the provider, judged by their text alone: nothing is looked up and nothing is fetched."""

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Network
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from studio.net.addresses import Address, address_of, is_public

NAT64 = IPv6Network("64:ff9b::/96")
PRIVATE_SUFFIXES = (
    ".localhost",
    ".local",
    ".localdomain",
    ".internal",
    ".lan",
    ".home",
    ".intranet",
    ".corp",
    ".private",
    ".home.arpa",
)
NOWHERE_SUFFIXES = (".test", ".invalid")
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
    "sharepoint.com": "SharePoint",
    "mega.nz": "MEGA",
    "tiktok.com": "TikTok",
    "instagram.com": "Instagram",
}
# Addresses on the same hosts that do give the file: (page, how the path begins, parameter, its value)
OPENS_THE_FILE = [
    ("Dropbox", "/", "raw", "1"),
    ("Dropbox", "/", "dl", "1"),
    ("Google Drive", "/uc", "export", "download"),
    ("Google Docs", "/uc", "export", "download"),
    ("OneDrive", "/download", "", ""),
    ("SharePoint", "/", "download", "1"),
    ("Vimeo", "/external/", "", ""),
    ("Vimeo", "/progressive_redirect/", "", ""),
]


_UPLOAD = re.compile(r"upload:([0-9]{1,18})")


def upload_id(link: str) -> int | None:
    """The number of a person's own file that stands for the link to it, `upload:<number>`; None where it is a link."""
    match = _UPLOAD.fullmatch(link)
    return int(match[1]) if match else None


def is_http_link(link: str) -> bool:
    """Whether this is an absolute http or https URL with a host and nothing that a URL cannot hold."""
    if any(character.isspace() or not character.isprintable() for character in link):
        return False
    try:
        parts = urlsplit(link)
        # Programs differ on which host `http://a\\@b/` names.
        plain = "\\" not in parts.netloc
        return plain and parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def why_not_public(link: str) -> str:
    """Why the provider could not fetch this link, in words for people; empty where nothing speaks against it.

    `link` is one that `is_http_link` takes.
    """
    parts = urlsplit(link)
    host = _host(parts)
    if _is_private(host):
        return "The provider cannot reach this address: it is inside your own network. Give a public link."
    page = _share_page(host, parts)
    if page:
        return f"This is a {page} page that shows the file, not the file. {_way_on(page)}"
    return ""


def leads_inside(link: str) -> bool:
    """Whether this is no link that a browser may be sent to by somebody else: to an address or a name that is not of
    the open internet, with a name or password in it, or no web address at all. What other names lead to shows only when
    they are looked up.
    """
    if not is_http_link(link) or "@" in urlsplit(link).netloc:
        return True
    host = _host(urlsplit(link))
    address = address_of(host)
    return _is_private_name(host) if address is None else not is_public(address)


def is_on_loopback(link: str) -> bool:
    """Whether it leads to this very machine."""
    if not is_http_link(link) or "@" in urlsplit(link).netloc:
        return False
    host = _host(urlsplit(link))
    address = address_of(host)
    return host == "localhost" if address is None else address.is_loopback


def is_share_page(link: str) -> bool:
    """Whether it is public, but shows the file instead of being it."""
    parts = urlsplit(link)
    return not _is_private(_host(parts)) and bool(_share_page(_host(parts), parts))


def _host(parts: SplitResult) -> str:
    return unicodedata.normalize("NFKC", unquote(parts.hostname or "")).replace("。", ".").rstrip(".").lower()


def _way_on(page: str) -> str:
    if page == "Dropbox":
        return "Put raw=1 in place of dl=0 at its end."
    return "Give a link that opens the file alone."


def _is_private(host: str) -> bool:
    address = address_of(host)
    if address is not None:
        return not all(is_public(inner) for inner in _inner(address))
    return _is_private_name(host) or host.endswith(NOWHERE_SUFFIXES)


def _is_private_name(host: str) -> bool:
    return "." not in host or f".{host}".endswith(PRIVATE_SUFFIXES)


def _inner(address: Address) -> list[Address]:
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
            return "" if _opens_the_file(name, parts) else name
    return ""


def _opens_the_file(name: str, parts: SplitResult) -> bool:
    query = parse_qs(parts.query)
    ways = [way for way in OPENS_THE_FILE if way[0] == name and parts.path.startswith(way[1])]
    return any(not parameter or query.get(parameter) == [value] for _, _, parameter, value in ways)

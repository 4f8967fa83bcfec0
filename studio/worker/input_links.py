"""Links to a person's own files, made at the moment of sending and tried before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage

from studio.catalog.links import is_http_link, is_share_page, upload_id, why_not_public
from studio.catalog.request import LINKS
from studio.generations.connections import Connection
from studio.generations.models import Generation
from studio.media.storage import in_words, is_local, store_errors
from studio.net.connection import AUTHORITIES
from studio.net.fetch import Caps, Fetched, Fetcher, Unfetchable
from studio.uploads.models import Upload
from studio.uploads.reachable import link_to

from .database_writer import DatabaseWriter

CAPS = Caps(connect=5, answer=10, silence=5, total=15)
HELD = "link"
GONE = "The file that it is to be made from is not there any more. Cancel this one, and use its settings again."
NO_WAY = (
    "The provider can fetch only public links, and the file is on your computer: start a temporary link, or use S3. "
    "Then send it."
)
PRIVATE = "A link in it leads into your own network: only the sandbox is ever sent such a link."
ANOTHER = "another file is there, perhaps a page of the tunnel's own"


class Unreachable(Exception):
    """The provider could not fetch what the take is made from. The message is for the card."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class InputLinks:
    caps: Caps = field(default=CAPS)
    authorities: str = AUTHORITIES

    def links_of(self, take: Generation, database_writer: DatabaseWriter) -> dict[str, str]:
        """By parameter: the links to be sent in place of `upload:<id>`, each just tried. Raises Unreachable."""
        named = {name: str(take.request[name]) for name in LINKS if take.request.get(name)}
        if not take.asked_of.is_sandbox:
            refuse_private(named)
        numbers = {name: number for name, link in named.items() if (number := upload_id(link)) is not None}
        if not numbers:
            return {}
        uploads = database_writer.do(lambda: Upload.objects.owned_by(take.owner_id).in_bulk(list(numbers.values())))
        return {name: self._tried(uploads.get(number), take.asked_of) for name, number in numbers.items()}

    def opens(self, link: str, connection: Connection) -> bool:
        """Whether a link leads to somewhere from where the studio would fetch. It is asked for a single byte."""
        try:
            Fetcher(connection.own_address, self.caps, self.authorities).open(link, first=1).close()
        except Unfetchable as error:
            return error.status > 0  # it answers, though not with the file
        return True

    def _tried(self, upload: Upload | None, connection: Connection) -> str:
        if upload is None:
            raise Unreachable(GONE)
        link = _make_link(upload, connection)
        if not link:
            raise Unreachable(NO_WAY)
        if not connection.is_sandbox:
            refuse_private({"": link})
        elif not is_local(default_storage):
            return link  # it leads on to the store, which may be anywhere in this network
        own = ("127.0.0.1", settings.STUDIO_LINKS_PORT) if connection.is_sandbox else None
        try:
            with Fetcher(own, self.caps, self.authorities).open(link, first=1) as answer:
                _judge(answer, upload.bytes)
        except Unfetchable as error:
            raise Unreachable(f"The file could not be fetched through its link: {error.reason}. {_hint()}") from None
        return link


def _make_link(upload: Upload, connection: Connection) -> str:
    troubles: tuple[type[Exception], ...] = (*store_errors(), ValueError)  # the last is of an address that is none
    try:
        return link_to(upload, connection)
    except troubles as error:
        raise Unreachable(f"No link to the file can be made: {in_words(error)}. {_hint()}") from None


def refuse_private(links: dict[str, Any]) -> None:
    """Whatever the form has let through, and whatever the settings say now."""
    for link in links.values():
        why = why_not_public(link) if is_http_link(link) else ""
        if why:
            raise Unreachable(why if is_share_page(link) else PRIVATE)


def _judge(answer: Fetched, size: int) -> None:
    """A byte of it comes, and it is as large as the file: a warning page of a tunnel must not be sent as a picture."""
    if answer.size is not None and answer.size != size:
        raise Unfetchable(ANOTHER)
    if not next(iter(answer), b""):
        raise Unfetchable("it is empty")
    if answer.size is None:
        raise Unfetchable("the server does not say how large it is, so another file may be there")


def _hint() -> str:
    if Connection.configured().is_sandbox:
        return f"Is the studio running, and port {settings.STUDIO_LINKS_PORT} its own (STUDIO_LINKS_PORT)?"
    if settings.STUDIO_S3_BUCKET:
        return "Look at the S3 settings, then send it."
    return "Is the tunnel of STUDIO_PUBLIC_URL still running? Then send it."

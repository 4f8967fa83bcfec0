"""What a take is made from, where it comes from this studio itself. It is fetched as many programs fetch: by a range
without an end, left in the middle and gone on with. Such a program takes what comes for the whole file, so where a
server answers with less than was asked for, a cut-off input would be paid for.
"""

import http.client
import io
import logging
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from PIL import Image

from studio.media.refusals import NotTaken
from studio.media.untrusted import small_picture

from .tasks import Task

log = logging.getLogger("studio.sandbox")

MOST_BYTES = 50 * 1024 * 1024
SECONDS = 5.0
SIGNED, SAMPLES = "/files/", "/samples/"  # the studio's signed links, and the sandbox's own samples
PIECE = 256 * 1024
SIDE = 2400  # pixels: no shot is made of more


class CutOff(Exception):
    """An input ended before its end."""


def given_picture(task: Task) -> Image.Image | None:
    """The picture of an image-to-video take; None where it has none, or one from anywhere but this machine: the sandbox
    goes out to nobody. Raises CutOff.
    """
    link = task.request.get("image") if task.request.get("type") == "image-to-video" else None
    try:
        content = io.BytesIO()
        for piece in _pieces(str(link or ""), (SIGNED, SAMPLES)):
            content.write(piece)
            if content.tell() > MOST_BYTES:
                return None
        if not content.tell():
            return None
        return Image.open(io.BytesIO(small_picture(content, SIDE)), formats=["JPEG"]).convert("RGB")
    except (OSError, ValueError, http.client.HTTPException, NotTaken) as error:
        log.debug("The picture of %s cannot be had: %s", task.id, error)
        return None


def fetch_rest(task: Task) -> None:
    """The recording or the video: it is not used, but has to come whole all the same. Raises CutOff."""
    for name in ("audio", "video"):
        try:
            for _ in _pieces(str(task.request.get(name) or ""), (SIGNED,)):
                pass
        except (OSError, ValueError, http.client.HTTPException) as error:
            log.debug("The %s of %s cannot be had: %s", name, task.id, error)


def _pieces(link: str, paths: tuple[str, ...]) -> Iterator[bytes]:
    """A file of this machine, piece by piece; nothing where it is none, or cannot be had."""
    url = urlsplit(link)
    if url.scheme != "http" or not url.hostname or not ip_address(url.hostname).is_loopback:
        return
    if not url.path.startswith(paths):
        return
    place = (url.hostname, url.port or 80, url.path)
    came = 0
    with _Part(place, 0) as first:
        for piece in first.pieces(first.length // 2 if first.is_part else None):
            came += len(piece)
            yield piece
    if not first.is_part:
        return
    with _Part(place, came) as rest:
        if not rest.is_part:
            raise OSError(f"the rest of it was answered with {rest.status}")
        for piece in rest.pieces(None):
            came += len(piece)
            yield piece
    if came != rest.size:
        raise CutOff(f"{came:,} of {rest.size:,} bytes of what it is made from came")


class _Part:
    """The answer to a GET of all that lies behind the first bytes of a file."""

    def __init__(self, place: tuple[str, int, str], start: int) -> None:
        host, port, path = place
        self._connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
        self._connection.request("GET", path, headers={"Range": f"bytes={start}-"})
        self._answer = self._connection.getresponse()
        self.status, self.is_part = self._answer.status, self._answer.status == 206
        self.length = self._answer.length or 0
        total = self._answer.headers.get("Content-Range", "").rpartition("/")[2]
        self.size = int(total) if total.isdecimal() else start + self.length

    def pieces(self, most: int | None) -> Iterator[bytes]:
        """So many of its bytes, or all; none of an answer that is no file."""
        left = most if self.status in (200, 206) else 0
        while left is None or left > 0:
            piece = self._answer.read(PIECE if left is None else min(PIECE, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece

    def __enter__(self) -> "_Part":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

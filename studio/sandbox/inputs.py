"""What a take is made from, where it comes from this studio itself: the sandbox goes out to nobody. It is fetched as
many programs fetch: by a range without an end, left in the middle and gone on with. Such a program takes what comes for
the whole file, so where a server answers with less than was asked for, a cut-off input would be paid for.
"""

import http.client
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from PIL import Image

from studio.media.refusals import NotTaken
from studio.media.untrusted import small_picture

from .tasks import Task

log = logging.getLogger("studio.sandbox")

MOST_BYTES = 50 * 1024 * 1024
SECONDS = 5.0
SIGNED, SAMPLES = "/files/", "/samples/"  # the studio's signed links, and the sandbox's own samples
PIECE = 256 * 1024
SIDE = 2400  # pixels: no clip is made of more
_UNREACHABLE = (OSError, ValueError, http.client.HTTPException)


class CutOff(Exception):
    """An input ended before its end."""


def fetch_inputs(task: Task) -> Image.Image | None:
    """The picture of an image-to-video take, if it has one of this machine. Recordings and videos are not used, but
    have to come whole all the same. Raises CutOff.
    """
    for name in ("audio", "video"):
        try:
            for _ in _pieces(str(task.request.get(name) or ""), (SIGNED,)):
                pass
        except _UNREACHABLE as error:
            log.debug("The %s of %s cannot be had: %s", name, task.id, error)
    link = task.request.get("image") if task.request.get("type") == "image-to-video" else None
    content = io.BytesIO()
    try:
        for piece in _pieces(str(link or ""), (SIGNED, SAMPLES)):
            content.write(piece)
            if content.tell() > MOST_BYTES:
                return None
        if not content.tell():
            return None
        return Image.open(io.BytesIO(small_picture(content, SIDE)), formats=["JPEG"]).convert("RGB")
    except (*_UNREACHABLE, NotTaken) as error:
        log.debug("The picture of %s cannot be had: %s", task.id, error)
        return None


def _pieces(link: str, paths: tuple[str, ...]) -> Iterator[bytes]:
    """A file of this machine, piece by piece; nothing where it is none."""
    url = urlsplit(link)
    if url.scheme != "http" or not url.hostname or not ip_address(url.hostname).is_loopback:
        return
    if not url.path.startswith(paths):
        return
    came = 0
    with _asked(url, 0) as answer:
        if answer.status not in (200, 206):
            return
        size = _size(answer)
        enough = size if answer.status == 200 else (answer.length or 0) // 2
        while came < enough and (piece := answer.read(min(PIECE, enough - came))):
            came += len(piece)
            yield piece
    if answer.status == 200:
        return
    with _asked(url, came) as answer:
        if answer.status != 206:
            raise OSError(f"the rest of it was answered with {answer.status}")
        while piece := answer.read(PIECE):
            came += len(piece)
            yield piece
    if came != size:
        raise CutOff(f"{came:,} of {size:,} bytes of what it is made from came")


@contextmanager
def _asked(url: SplitResult, start: int) -> Iterator[http.client.HTTPResponse]:
    """The answer to a GET of all that lies behind the first bytes of a file."""
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=SECONDS)
    try:
        connection.request("GET", url.path, headers={"Range": f"bytes={start}-"})
        yield connection.getresponse()
    finally:
        connection.close()


def _size(answer: http.client.HTTPResponse) -> int:
    """Of the whole file."""
    total = answer.headers.get("Content-Range", "").rpartition("/")[2]
    return int(total) if total.isdecimal() else answer.length or 0

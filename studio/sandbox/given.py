"""The picture that a take begins with, where it comes from this studio itself."""

import http.client
import io
import logging
from ipaddress import ip_address
from urllib.parse import urlsplit

from PIL import Image

from studio.media.clean import MOST_BYTES, clean
from studio.media.refusals import NotTaken

from .tasks import Task

log = logging.getLogger("studio.sandbox")

SECONDS = 5.0
PATHS = ("/files/", "/samples/")  # of the studio's signed links, and of the sandbox's own samples


def given_picture(task: Task) -> Image.Image | None:
    """The picture of an image-to-video take; None where it has none, or one from anywhere but this machine: the sandbox
    goes out to nobody.
    """
    link = task.request.get("image") if task.request.get("type") == "image-to-video" else None
    try:
        content = _fetched(str(link)) if link else None
        if content is None:
            return None
        with clean(io.BytesIO(content)).file as file:
            return Image.open(file).convert("RGB")
    except (OSError, ValueError, http.client.HTTPException, NotTaken) as error:
        log.debug("The picture of %s cannot be had: %s", task.id, error)
        return None


def _fetched(link: str) -> bytes | None:
    url = urlsplit(link)
    if url.scheme != "http" or not url.hostname or not ip_address(url.hostname).is_loopback:
        return None
    if not url.path.startswith(PATHS):
        return None
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=SECONDS)
    try:
        connection.request("GET", url.path)
        answer = connection.getresponse()
        return answer.read(MOST_BYTES) if answer.status == 200 else None
    finally:
        connection.close()

"""Which link of an answer leads to the video that was made.

An answer may hold others beside it: of its cover, of the provider's own pages, and an echo of what we sent. None of
those is ever taken for the result: a take would then be finished by the very file that it was made from.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from studio.catalog.links import is_http_link

LINK_LIMIT = 8192  # characters
_DEPTH = 8
# Where the result has been seen, or in the same family of providers, in the order in which they are looked at.
_PLACES = ("response", "output", "outputs", "video_url", "video_urls", "videos", "result", "results", "task_result")
# What it is called inside such a place.
_INNER = ("video_url", "url", "download_url", "file_url", "video", "video_urls", "urls", *_PLACES)
_NO_VIDEO = re.compile(
    r"\.(avif|bmp|gif|heic|jpe?g|png|svg|webp|aac|flac|m4a|mp3|ogg|opus|wav|json|srt|vtt|html?)$", re.I
)
_VIDEO = re.compile(r"\.(m4v|mkv|mov|mp4|webm)$", re.I)
_IN_TEXT = re.compile(r"https?://[^\s\"'<>\\]+", re.I)
# Beginnings of names, without "_" and case, under which no result is: inputs, pictures, sound, pages of the provider.
_OTHERS = (
    "input", "request", "param", "reference", "source", "mask", "firstframe", "lastframe", "startframe", "endframe",
    "image", "img", "cover", "thumb", "poster", "picture", "photo", "preview", "avatar", "logo", "icon",
    "audio", "sound", "music", "webhook", "callback", "notify", "doc", "help", "support", "terms", "policy", "pricing",
    "billing", "upgrade", "error", "urls", "statusurl", "responseurl", "cancelurl", "queueurl", "pollurl", "self",
    "dashboard", "homepage", "website",
)  # fmt: skip


def clean_link(value: Any) -> str:
    """An absolute http or https link as a URL: blanks around it and line ends in it are dropped, other blanks escaped.
    "" for whatever is none.
    """
    if not isinstance(value, str) or len(value) > LINK_LIMIT:
        return ""
    link = re.sub(r"[\r\n\t]", "", value.strip()).replace(" ", "%20")
    return link if is_http_link(link) else ""


class Links:
    """The links of one answer. `inputs`: by parameter, the links that the take was asked for with."""

    def __init__(self, inputs: Mapping[str, str]) -> None:
        self._sent = {_same(clean_link(link) or link) for link in inputs.values()}
        self._echoes = {f"{name}{end}" for name in inputs for end in ("", "url", "link", "uri")}

    def known(self, boxes: Collection[dict[str, Any]]) -> Iterator[str]:
        """Those in places that we know, the likeliest first."""
        for box in boxes:
            for name in _PLACES:
                yield from self._fit(_inside(box.get(name)))

    def anywhere(self, answer: dict[str, Any]) -> Iterator[str]:
        """Those that may be the result by their looks, wherever they are; each once."""
        yield from dict.fromkeys(self._fit(self._all(answer)))

    def _fit(self, values: Iterator[Any]) -> Iterator[str]:
        for link in map(clean_link, values):
            if link and _same(link) not in self._sent and not _NO_VIDEO.search(urlsplit(link).path):
                yield link

    def _all(self, value: Any, depth: int = 0) -> Iterator[str]:
        if depth > _DEPTH:
            return
        if isinstance(value, dict):
            for name, inner in value.items():
                if not self._is_other(name):
                    yield from self._all(inner, depth + 1)
        elif isinstance(value, list):
            for inner in value:
                yield from self._all(inner, depth + 1)
        elif isinstance(value, str):
            yield from self._in_text(value, depth)

    def _is_other(self, name: str) -> bool:
        plain = re.sub(r"[^a-z]", "", name.lower())
        return plain.startswith(_OTHERS) or plain in self._echoes

    def _in_text(self, text: str, depth: int) -> Iterator[str]:
        """A text that is a link, or JSON that holds one, or a sentence that names a file of video."""
        if clean_link(text):
            yield text
            return
        if text.lstrip()[:1] in ("{", "[") and len(text) < 8 * LINK_LIMIT:
            with suppress(ValueError, RecursionError):
                yield from self._all(json.loads(text), depth + 1)
                return
        for link in _IN_TEXT.findall(text):
            link = link.rstrip(".,;:!?)]}")
            with suppress(ValueError):
                if _VIDEO.search(urlsplit(link).path):
                    yield link


def _inside(value: Any, depth: int = 0) -> Iterator[Any]:
    """All texts that stand for a video in a place that is known for it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < _DEPTH:
        for item in value:
            yield from _inside(item, depth + 1)
    elif isinstance(value, dict) and depth < _DEPTH and not _is_called_other(value):
        for name in dict.fromkeys(_INNER):
            yield from _inside(value.get(name), depth + 1)


def _is_called_other(item: dict[str, Any]) -> bool:
    """Whether it says itself that it is a picture or sound, as in `{"type": "image", "url": …}`."""
    kinds = (item.get(name) for name in ("type", "kind", "role", "content_type", "mime_type", "media_type"))
    return any(isinstance(kind, str) and kind.lower().startswith(_OTHERS) for kind in kinds)


def _same(link: str) -> str:
    """Two spellings of one link are equal by this."""
    return unquote(link).strip()

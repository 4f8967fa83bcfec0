"""Names for files that people find again: by day, number, mode, first words and seed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import accumulate
from pathlib import PurePosixPath

JOINERS = "\u200c\u200d"  # between the letters of Persian words, for one
WORDS, LENGTH = 6, 48  # at most, of a slug; letters of any script, each of up to four bytes in a file's name


def slug(text: str) -> str:
    """The first words, lower case, with hyphens between: `cat-playing-piano`. Letters and digits of any script stay,
    with their marks and joiners; whatever means something to a path, a shell or a browser goes, and so do pictures.
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text[:1000]).lower())
    words = _spelt(text).split()[:WORDS]
    fitting = [length <= LENGTH for length in accumulate(len(word) + 1 for word in words)]
    return "-".join(words[: sum(fitting)]) or "".join(words[:1])[:LENGTH].rstrip(JOINERS)


def _spelt(text: str) -> str:
    """With spaces for all that is no part of a word. A mark needs the letter before it, and a joiner one on each side:
    what is left of an emoji would be an invisible part of the name.
    """
    kept: list[str] = []
    for number, character in enumerate(text, start=1):
        kind, before, following = unicodedata.category(character), "".join(kept[-1:]), text[number : number + 1]
        is_joined = character in JOINERS and before.isalpha() | _is_mark(before) and following.isalpha()
        is_word = kind[0] in "LN" or is_joined or (_is_mark(character) and before.strip())
        kept.append(character if is_word else " ")
    return "".join(kept)


def _is_mark(character: str) -> bool:
    """An accent or a vowel sign; not a frame around a letter, nor the wish to see it as a picture."""
    return unicodedata.category(character) in ("Mn", "Mc") and not "\ufe00" <= character <= "\ufe0f"


def video_name(day: date, pk: int, mode: str, prompt: str, seed: int) -> str:
    """Where a take's video is in the media store, without the suffix: always the same for the same take."""
    parts = [f"{pk:04}", re.sub(r"[^a-z0-9-]", "", mode), slug(prompt), f"seed-{seed if seed >= 0 else 'random'}"]
    return f"videos/{day.isoformat()}/{'_'.join(part for part in parts if part)}"


def sidecar(name: str) -> str:
    """The name of what was asked for, beside the video of this name."""
    return str(PurePosixPath(name).with_suffix(".json"))

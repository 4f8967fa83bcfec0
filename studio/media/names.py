"""Names for files that people find again: by day, number, mode, first words and seed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import accumulate
from pathlib import PurePosixPath

WORDS, LENGTH = 6, 48  # at most, of a slug; letters of any script, each of up to four bytes in a file's name


def slug(text: str) -> str:
    """The first words, lower case, with hyphens between: `cat-playing-piano`. Letters and digits of any script stay;
    whatever means something to a path, a shell or a browser goes.
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text[:1000]).lower())
    kept = "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in text)
    words = kept.split()[:WORDS]
    fitting = [length <= LENGTH for length in accumulate(len(word) + 1 for word in words)]
    return "-".join(words[: sum(fitting)]) or "".join(words[:1])[:LENGTH]


def video_name(day: date, pk: int, mode: str, prompt: str, seed: int) -> str:
    """Where a take's video is in the media store, without the suffix: always the same for the same take."""
    parts = [f"{pk:04}", re.sub(r"[^a-z0-9-]", "", mode), slug(prompt), f"seed-{seed if seed >= 0 else 'random'}"]
    return f"videos/{day.isoformat()}/{'_'.join(part for part in parts if part)}"


def sidecar(name: str) -> str:
    """The name of what was asked for, beside the video of this name."""
    return str(PurePosixPath(name).with_suffix(".json"))

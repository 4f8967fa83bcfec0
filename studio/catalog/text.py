"""What people type, as far as it can be seen: whether a text shows anything at all, and what in it must not be sent."""

from __future__ import annotations

import unicodedata

# Nothing is drawn for these by themselves: controls, formats, spaces, line ends, and marks that need a letter.
_INVISIBLE = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me", "Mc"}
# Letters and symbols by their category, but blank: Hangul fillers, the empty braille cell, a blank hieroglyph, a note
# without a head; an object's place holder, which stays behind where text was copied without the picture in it.
_BLANK = set("\u115f\u1160\u3164\uffa0\u2800\ufffc\U0001d159\U00013441\U00013442")
_BREAKING = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINES = {"\t", "\n", "\r"}


def is_visible(text: str) -> bool:
    """Whether there is anything to read in it. Joiners, marks and selectors beside something visible do no harm."""
    return any(_is_drawn(character) for character in text)


def _is_drawn(character: str) -> bool:
    return not (unicodedata.category(character) in _INVISIBLE or character in _BLANK or _is_ignorable(ord(character)))


def _is_ignorable(code: int) -> bool:
    """Not assigned yet, but to be ignored by what does not know it; and what never will be a character."""
    return code == 0x2065 or 0xFFF0 <= code <= 0xFFF8 or 0xE0000 <= code <= 0xE0FFF or _is_noncharacter(code)


def _is_noncharacter(code: int) -> bool:
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def control_in(text: str) -> str:
    """The first control character (C0, delete or C1) that is no tab and no line end; empty where there is none. They
    cannot be seen, and come from text that was read in the wrong encoding.
    """
    found = (each for each in text if unicodedata.category(each) == "Cc" and each not in _LINES)
    return next(found, "")


def without_controls(text: str) -> str:
    return "".join(each for each in text if each in _LINES or unicodedata.category(each) != "Cc")


def without_traps(name: str) -> str:
    """A name on one line, without what breaks the line or changes its direction, which could make one name look like
    another. Joiners and selectors stay: they are parts of words and of emoji.
    """
    return "".join(each for each in name if unicodedata.category(each) not in _BREAKING and each not in _TURNING)

"""How text is folded before it is searched: without accents, case and width, and with each emoji, and each letter of a
script that puts no spaces between words, as a word of its own: there a word may begin anywhere.

What is typed and what is stored are folded alike. SQLite calls `fold`; PostgreSQL runs `folded_sql`, which does the
same in SQL. A change here is a change of the triggers, so the next start indexes everything anew.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

LONGEST = 50_000  # characters of a text that are indexed
# Characters that are left out: accents and vowel marks (not those of scripts that are unreadable without them), the
# Arabic lengthening stroke, joiners, soft hyphens, and whatever else cannot be seen. Escapes that both re and
# PostgreSQL's regular expressions know.
LEFT_OUT = (
    r"\u00AD\u0300-\u036F\u0483-\u0487\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061C\u0640"
    r"\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u180B-\u180F\u1AB0-\u1AFF\u1DC0-\u1DFF"
    r"\u0E31\u0E34-\u0E3A\u0E47-\u0E4E\u0EB1\u0EB4-\u0EBC\u0EC8-\u0ECD\u102B-\u103E\u1056-\u1059\u17B4-\u17D3"
    r"\u200B-\u200F\u202A-\u202E\u2060-\u206F\u20D0-\u20FF\uFE00-\uFE0F\uFE20-\uFE2F\uFEFF\U000E0000-\U000E01EF"
)
# Emoji and other pictures. To a full-text index they are gaps between words, so each becomes a word: its number.
PICTURES = (
    r"\u00A9\u00AE\u203C\u2049\u2139\u2190-\u21FF\u2300-\u23FF\u25A0-\u27BF\u2900-\u297F\u2B00-\u2BFF\u3030\u303D"
    r"\u3297\u3299\U0001F000-\U0001FAFF"
)
# Thai, Lao, Burmese, Khmer, Japanese and Chinese.
WITHOUT_SPACES = (
    r"\u0E01-\u0E30\u0E32\u0E33\u0E40-\u0E46\u0E81-\u0EB0\u0EB2\u0EB3\u0EBD-\u0EC6\u1000-\u102A\u1780-\u17B3"
    r"\u3005\u3041-\u3096\u30A1-\u30FA\u30FC\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U00020000-\U0003134F"
)
# Letters with a stroke, and those that are two: Unicode does not take them apart.
LETTERS = {
    "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "ŧ": "t", "ς": "σ",
    "æ": "ae", "œ": "oe", "ß": "ss", "þ": "th",
}  # fmt: skip
_LEFT_OUT, _PICTURE = re.compile(f"[{LEFT_OUT}]"), re.compile(f"[{PICTURES}]")
_WITHOUT_SPACES = re.compile(f"[{WITHOUT_SPACES}]")
_LETTERS = str.maketrans(LETTERS)


def fold(text: str) -> str:
    text = text[:LONGEST]
    if text.isascii():
        return text.lower()
    text = _LEFT_OUT.sub("", unicodedata.normalize("NFKD", text))
    text = unicodedata.normalize("NFC", text).lower().translate(_LETTERS)
    text = _WITHOUT_SPACES.sub(r" \g<0> ", text)
    return _PICTURE.sub(lambda picture: f" u{ord(picture[0]):x} ", text)


def folded_sql(text: str) -> str:
    """The same for PostgreSQL, as an expression; `text` is one as well."""
    plain = f"normalize(left({text}, {LONGEST}), NFKD)"
    plain = f"lower(normalize(regexp_replace({plain}, '[{LEFT_OUT}]', '', 'g'), NFC))"
    single = {one: other for one, other in LETTERS.items() if len(other) == 1}
    plain = f"translate({plain}, '{''.join(single)}', '{''.join(single.values())}')"
    for one in (each for each in LETTERS if each not in single):
        plain = f"replace({plain}, '{one}', '{LETTERS[one]}')"
    plain = f"regexp_replace({plain}, '([{WITHOUT_SPACES}])', ' \\1 ', 'g')"
    word = f"CASE WHEN letter ~ '[{PICTURES}]' THEN ' u' || to_hex(ascii(letter)) || ' ' ELSE letter END"
    spelt = (
        f"(SELECT string_agg({word}, '' ORDER BY place)"
        " FROM regexp_split_to_table(plain, '') WITH ORDINALITY AS letters(letter, place))"
    )
    return f"(SELECT CASE WHEN plain ~ '[{PICTURES}]' THEN {spelt} ELSE plain END FROM (SELECT {plain} AS plain) AS p)"


def connected(connection: Any, **_: Any) -> None:
    """Each connection of Django's to SQLite knows the function that the triggers call."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("dailies_fold", 1, fold, deterministic=True)

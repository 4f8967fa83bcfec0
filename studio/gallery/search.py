"""What somebody typed to search for, in the words of the two databases' full-text indexes.

A word is a run of letters and digits, whatever its case and accents, or an emoji; all words have to be there. "Words
in quotes" have to stand side by side, and so do the parts of a word like `n50xxxx_ltx2` or `fog-covered`. `-word` and
`-"words"` must not be there. The last word may be only the beginning of one, unless it is in quotes or a space follows:
it is still being typed. Whatever else stands there separates, so nothing that is typed can mean anything to the
database. Both what is typed and what is stored are folded (`folding`), so that `cafe` finds "Café".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import connection
from django.db.models.expressions import RawSQL

from studio.generations.queryset import GenerationQuerySet

from .folding import fold

LONGEST, MOST = 1_000, 40  # characters that are looked at, and words or phrases in them
_TERM = re.compile(r"""(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))""")
_WORD = re.compile(r"[^\W_]+")
_QUOTES = dict.fromkeys(map(ord, "“”„‟«»＂"), '"')  # what phones and word processors make of "
# PostgreSQL: the tables of the two are alike to whoever searches, but for this.
WHERE = {
    "sqlite": "SELECT rowid FROM studio_search WHERE studio_search MATCH %s",
    "postgresql": "SELECT id FROM studio_search WHERE words @@ to_tsquery('simple', %s)",
}


@dataclass(frozen=True)
class Term:
    """Words that have to stand side by side; the last of them may be a beginning."""

    words: tuple[str, ...]
    unwanted: bool = False
    open: bool = False

    @property
    def fts5(self) -> str:
        return f'"{" ".join(self.words)}"{"*" if self.open else ""}'

    @property
    def tsquery(self) -> str:
        quoted = [f"'{word}'" for word in self.words]
        return f"({' <-> '.join(quoted)}{':*' if self.open else ''})"


def terms(text: str) -> list[Term]:
    text = text[:LONGEST].replace("\0", " ").translate(_QUOTES)
    found = []
    for match in _TERM.finditer(text):
        folded = fold(match["phrase"] or match["word"] or "")
        words = tuple(_WORD.findall(folded))
        is_open = match["word"] is not None and match.end() == len(text) and folded[-1:].isalnum()
        if words:
            found.append(Term(words, bool(match["minus"]), is_open and not match["minus"]))
    return found[:MOST]


def matching(wanted: list[Term], unwanted: list[Term]) -> RawSQL:
    """The ids of the takes that have all of the ones and none of the others, whoever owns them."""
    if connection.vendor == "postgresql":
        words = [*(term.tsquery for term in wanted), *(f"!{term.tsquery}" for term in unwanted)]
        return RawSQL(WHERE["postgresql"], [" & ".join(words)])
    sought = " AND ".join(term.fts5 for term in wanted)
    if unwanted:
        sought = f"({sought}) NOT ({' OR '.join(term.fts5 for term in unwanted)})"
    return RawSQL(WHERE["sqlite"], [sought])


def search(takes: GenerationQuerySet, text: str) -> GenerationQuerySet:
    """The takes whose prompt, note and task ids have what is looked for; all of them where that is nothing."""
    found = terms(text)
    wanted, unwanted = ([term for term in found if term.unwanted == sign] for sign in (False, True))
    if wanted:
        return takes.filter(pk__in=matching(wanted, unwanted))
    for term in unwanted:
        takes = takes.exclude(pk__in=matching([term], []))
    return takes

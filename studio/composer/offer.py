"""What the Generate button says, on its way with the form: nothing else is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

WRITTEN = re.compile(r"(\d{1,4})x(\d{1,9})-(\d{1,9})( free)?", re.ASCII)


@dataclass(frozen=True)
class Offer:
    """So many takes for `low` to `high` credits in all. `free`: as test clips, which cost nothing."""

    takes: int
    low: int
    high: int
    free: bool = False

    @classmethod
    def read(cls, text: str) -> Offer | None:
        """As the page has it; None for anything else."""
        found = WRITTEN.fullmatch(text)
        return cls(int(found[1]), int(found[2]), int(found[3]), bool(found[4])) if found else None

    @property
    def written(self) -> str:
        return f"{self.takes}x{self.low}-{self.high}{' free' if self.free else ''}"

    def __str__(self) -> str:
        takes = f"{self.takes} take{'s' * (self.takes != 1)}"
        credits = f"{self.low}" if self.low == self.high else f"{self.low}–{self.high}"
        return f"{takes} · free ({credits} credits with a key)" if self.free else f"{takes} · {credits} credits"

    def is_within(self, said: Offer) -> bool:
        """Whether that is what was said, or less open: who pressed a button that said 38–122 agreed to 80–94."""
        same = (self.takes, self.free) == (said.takes, said.free)
        return same and said.low <= self.low and self.high <= said.high

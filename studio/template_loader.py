"""Templates are indented and broken into lines for people; a page of cards is a third lighter without that."""

from __future__ import annotations

import re

from django.template.base import Origin
from django.template.loaders import filesystem

# Indentation, and the ends of lines that hold nothing but tags without output.
FLOW = r"(?:if|elif|else|endif|for|empty|endfor|with|endwith|load|extends|block|endblock|localize|endlocalize)"
UNSEEN = re.compile(rf"^[ \t]*((?:\{{%[ ]{FLOW}\b[^%]*%\}}[ \t]*)+)\n|^[ \t]+", re.MULTILINE)


class Loader(filesystem.Loader):
    """What Jinja calls `lstrip_blocks` and `trim_blocks`, once for each template when it is read."""

    def get_contents(self, origin: Origin) -> str:
        return UNSEEN.sub(lambda found: found[1] or "", super().get_contents(origin))

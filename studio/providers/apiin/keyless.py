"""Text that cannot carry the API key."""

import html
import json
import re

HIDDEN = "[key]"
RAW_LIMIT = 64 * 1024  # bytes
_STUB = 8  # a shorter beginning of a key gives nothing away: its first four letters are the same in every key
_ROOM = 16 * 1024  # more than any key takes, escaped


class Keyless:
    """Takes one key out of texts. An empty key is in no text."""

    def __init__(self, key: str = "") -> None:
        self._whole = re.compile(_pattern(key) if key else r"(?!)")
        self._stubs = [key[:length] for length in range(len(key) - 1, _STUB - 1, -1)]
        self._is_secret = len(key) >= _STUB  # a shorter one would be found in texts that have nothing to do with it

    def hide(self, text: str) -> str:
        """The text without the key: as it is, escaped for JSON, HTML or a URL, or cut off at the end."""
        text = self._whole.sub(HIDDEN, text)
        stub = next((stub for stub in self._stubs if text.endswith(stub)), "")
        return text.removesuffix(stub) + HIDDEN if stub else text

    def is_in(self, text: str) -> bool:
        """Whether the key is in a text that is of no use without it, such as a link."""
        return self._is_secret and self._whole.search(text) is not None

    def raw(self, body: bytes) -> str:
        """An answer's bytes as text to keep: without the key, fit for any database, at most 64 KiB in UTF-8."""
        # Cut first with room to spare: the pattern runs over little, and still sees a key that crosses the limit.
        text = self.hide(body[: RAW_LIMIT + _ROOM].decode("utf-8", "replace")).replace("\x00", "\ufffd")
        return text.encode()[:RAW_LIMIT].decode("utf-8", "ignore")


def _pattern(key: str) -> str:
    """The key as JSON, as it is, or with each character escaped in whatever way."""
    return "|".join((re.escape(json.dumps(key)[1:-1]), re.escape(key), "".join(map(_forms, key))))


def _forms(character: str) -> str:
    # Atomic, so that a text which almost holds the key takes no longer than any other.
    code = ord(character)
    coded = rf"(?i:\\{{1,4}}u{code:04x}|%{code:02x}|&#x0{{0,4}}{code:x};)|&#0{{0,4}}{code};"
    plain, named = re.escape(character), re.escape(html.escape(character))
    if character in "\"'/":
        plain = rf"\\{{0,4}}{plain}"
    elif character == "\\":
        plain = r"\\{1,4}"
    return f"(?>{coded}|{plain}|{named})"

"""What a parameter of a model takes, and what to say about a value that it does not take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from .links import is_http_link, upload_id
from .text import control_in, is_visible

SEED_RANDOM = -1

Value = str | int | Decimal


class InvalidValue(Exception):
    """A value that the API would refuse. Its text says why, in words for people."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a model, under the API's name.

    `kind` says what it is: `text`, `link` (to a file), `choice`, `seconds` (the length of the video) or `seed`.
    `measures` is the parameter with the file whose length this is.
    """

    name: str
    kind: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    least: int = 0
    most: int = 0
    step: int = 1
    whole: bool = False
    measures: str = ""
    stacked: bool = False

    def clean(self, value: object, *, required: bool = False) -> Value | None:
        """The value as it is sent, from JSON or from what was typed. Nothing means the default, or None without one.

        Raises InvalidValue.
        """
        return CLEAN[self.kind](self, text_of(value), required)


def text_of(value: object) -> str:
    """A value as text. Raises InvalidValue for what is neither text nor a number, or cannot be stored and sent."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise InvalidValue("This has to be text or a number.")
    try:
        text = str(value)
    except ValueError:  # Python writes no number of more than some thousand digits
        return "a number without end"
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidValue("This holds a character that cannot be sent.")
    return text.strip()


def _text(parameter: Parameter, text: str, required: bool) -> str | None:
    text = text.replace("\r\n", "\n")  # browsers count the end of a line as one character
    if len(text) > parameter.most:
        over = len(text) - parameter.most
        raise InvalidValue(f"The limit is {parameter.most:,} characters; this is {over:,} too long.")
    if control := control_in(text):
        raise InvalidValue(_cannot_be_sent(text, control))
    if text and not is_visible(text):
        way_out = "Describe the shot." if required else "Describe the shot, or leave it empty."
        raise InvalidValue(f"There are only invisible characters here. {way_out}")
    if required and not text:
        raise InvalidValue(f"Describe the shot: this mode needs a {parameter.label.lower()}.")
    return text or None


def _link(parameter: Parameter, text: str, required: bool) -> str | None:
    if required and not text:
        raise InvalidValue(f"Paste a link to the {parameter.name}.")
    if text and not is_http_link(text) and upload_id(text) is None:
        raise InvalidValue("This is not a link. It begins with http:// or https://.")
    return text or None


def _choice(parameter: Parameter, text: str, required: bool) -> str:
    choice = text or parameter.default
    if choice not in parameter.choices:
        raise InvalidValue(f"Choose one of {', '.join(parameter.choices)}.")
    return choice


def _seconds(parameter: Parameter, text: str, required: bool) -> Decimal:
    try:
        seconds = Decimal(text or parameter.least)
    except InvalidOperation:
        seconds = Decimal("NaN")
    if not seconds.is_finite():
        raise InvalidValue("Give the length in seconds, as a number.")
    if not parameter.least <= seconds <= parameter.most:
        limits = f"{parameter.least} to {parameter.most}"
        raise InvalidValue(f"The API takes {limits} seconds; this is {_shown(seconds, text)}.")
    if parameter.whole and seconds != seconds.to_integral_value():
        raise InvalidValue("Give whole seconds.")
    return seconds.quantize(Decimal("0.1"))


def _seed(parameter: Parameter, text: str, required: bool) -> int:
    try:
        seed = int(text or SEED_RANDOM)
    except ValueError:
        seed = SEED_RANDOM - 1
    if not SEED_RANDOM <= seed <= parameter.most:
        raise InvalidValue(f"A seed is a whole number from 0 to {parameter.most}, or −1 for a random one.")
    return seed


CLEAN: Mapping[str, Callable[[Parameter, str, bool], Value | None]] = {
    "text": _text,
    "link": _link,
    "choice": _choice,
    "seconds": _seconds,
    "seed": _seed,
}


def _cannot_be_sent(text: str, control: str) -> str:
    """Nobody can see a control character, so the message names it, with the last word before it."""
    word = "".join(text.partition(control)[0].split()[-1:])[-20:]
    place = f"after “{word}”" if word else "at its beginning"
    return f"This holds an invisible control character (U+{ord(control):04X}) {place}. Delete it or type this anew."


def _shown(number: Decimal, text: str) -> str:
    """A number in full where it is short; written out, `1e999999` would fill the page."""
    return f"{number:f}" if abs(number.adjusted()) < 12 and len(text) < 24 else text[:24]

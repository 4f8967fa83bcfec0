"""One valid request for a video, to and from the API's JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from . import modes
from .links import is_http_link, upload_id
from .modes import MODES, Mode
from .text import control_in, is_visible

LINKS = ("image", "audio", "video")


class InvalidRequest(Exception):
    """A request that the API would refuse. `errors` maps the API's parameter names to a message for people."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors.items()))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """One valid request. Build it with `parse`; parameters that the mode does not take are None.

    `duration` is in whole seconds, `audio_duration` and `video_duration` in seconds to a tenth; exactly one is set.
    """

    type: str
    prompt: str = ""
    image: str | None = None
    audio: str | None = None
    audio_duration: Decimal | None = None
    video: str | None = None
    video_duration: Decimal | None = None
    mode: str | None = None
    audio_mode: str | None = None
    resolution: str = modes.DEFAULT_RESOLUTION
    aspect_ratio: str | None = None
    duration: Decimal | None = None
    seed: int = modes.SEED_RANDOM

    @property
    def seconds(self) -> Decimal:
        """The length of the video in seconds, whichever parameter carries it."""
        seconds = getattr(self, MODES[self.type].seconds_field)
        assert isinstance(seconds, Decimal)
        return seconds

    @property
    def own_files(self) -> dict[str, int]:
        """By parameter: the uploads that stand where a link has to be before this is sent."""
        links = {name: upload_id(getattr(self, name) or "") for name in LINKS}
        return {name: number for name, number in links.items() if number is not None}

    def with_seed(self, seed: int) -> "GenerationRequest":
        return replace(self, seed=seed)

    def to_api(self) -> dict[str, Any]:
        """The JSON body of `POST /videos/generations`: parameters of this mode only, in the documentation's order."""
        body: dict[str, Any] = {"model": modes.MODEL}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and value != "":
                body[field.name] = _number(value) if isinstance(value, Decimal) else value
        return body

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "GenerationRequest":
        """A request from the API's JSON or from a form's strings. Defaults are the API's own; parameters that the mode
        does not take are passed over.

        Raises InvalidRequest with a message for each parameter that is wrong.
        """
        reader = _Reader(data)
        mode = MODES.get(reader.text("type"))
        if mode is None:
            raise InvalidRequest({"type": f"Choose one of {', '.join(MODES)}."})
        values = reader.read(mode)
        if reader.errors:
            raise InvalidRequest(reader.errors)
        return cls(type=mode.name, **values)


class _Reader:
    """Reads the parameters of one mode and gathers what is wrong with them."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.errors: dict[str, str] = {}

    def read(self, mode: Mode) -> dict[str, Any]:
        values: dict[str, Any] = {"prompt": self.prompt(required=mode.prompt_required)}
        for name in mode.links:
            values[name] = self.link(name, required=True)
        for name in mode.optional_links:
            values[name] = self.link(name, required=False)
        values[mode.seconds_field] = self.seconds(mode)
        if mode.has_control:
            values["mode"] = self.choice("mode", modes.CONTROL_MODES, modes.DEFAULT_CONTROL_MODE)
            values["audio_mode"] = self.choice("audio_mode", modes.AUDIO_MODES, modes.DEFAULT_AUDIO_MODE)
        if mode.has_aspect_ratio:
            values["aspect_ratio"] = self.choice("aspect_ratio", modes.ASPECT_RATIOS, modes.DEFAULT_ASPECT_RATIO)
        values["resolution"] = self.choice("resolution", modes.RESOLUTIONS, modes.DEFAULT_RESOLUTION)
        values["seed"] = self.seed()
        return values

    def text(self, name: str) -> str:
        """A parameter as text. What is neither text nor a number, or cannot be stored and sent, is an error."""
        value = self.data.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            self.errors[name] = "This has to be text or a number."
            return ""
        text = _written(value)
        if not _is_storable(text):
            self.errors[name] = "This holds a character that cannot be sent."
            return ""
        return text.strip()

    def prompt(self, *, required: bool) -> str:
        prompt = self.text("prompt").replace("\r\n", "\n")  # browsers count a line's end as one character
        if control := control_in(prompt):
            self.errors["prompt"] = _cannot_be_sent(prompt, control)
        elif prompt and not is_visible(prompt):
            self.errors["prompt"] = "There are only invisible characters here. " + (
                "Describe the shot." if required else "Describe the shot, or leave it empty."
            )
        elif required and not prompt and "prompt" not in self.errors:
            self.errors["prompt"] = "Describe the shot: this mode needs a prompt."
        if len(prompt) > modes.PROMPT_LIMIT:
            over = len(prompt) - modes.PROMPT_LIMIT
            self.errors["prompt"] = f"The limit is {modes.PROMPT_LIMIT:,} characters; this is {over:,} too long."
        return prompt

    def link(self, name: str, *, required: bool) -> str | None:
        link = self.text(name)
        if not link:
            if required and name not in self.errors:
                self.errors[name] = f"Paste a link to the {name}."
            return None
        if not is_http_link(link) and upload_id(link) is None:
            self.errors[name] = "This is not a link. It begins with http:// or https://."
        return link

    def seconds(self, mode: Mode) -> Decimal:
        text = self.text(mode.seconds_field) or str(modes.SECONDS_LEAST)
        try:
            seconds = Decimal(text)
        except InvalidOperation:
            seconds = Decimal("NaN")
        if not seconds.is_finite():
            self.errors[mode.seconds_field] = "Give the length in seconds, as a number."
        elif not modes.SECONDS_LEAST <= seconds <= modes.SECONDS_MOST:
            limits = f"{modes.SECONDS_LEAST} to {modes.SECONDS_MOST}"
            self.errors[mode.seconds_field] = f"The API takes {limits} seconds; this is {_shown(seconds, text)}."
        elif mode.whole_seconds and seconds != seconds.to_integral_value():
            self.errors[mode.seconds_field] = "Give whole seconds."
        return seconds.quantize(Decimal("0.1")) if mode.seconds_field not in self.errors else seconds

    def choice(self, name: str, choices: Any, default: str) -> str:
        value = self.text(name) or default
        if value not in choices:
            self.errors[name] = f"Choose one of {', '.join(choices)}."
        return value

    def seed(self) -> int:
        text = self.text("seed") or str(modes.SEED_RANDOM)
        try:
            seed = int(text)
        except ValueError:
            seed = modes.SEED_RANDOM - 1
        if not modes.SEED_RANDOM <= seed <= modes.SEED_MOST:
            self.errors["seed"] = f"A seed is a whole number from 0 to {modes.SEED_MOST}, or −1 for a random one."
        return seed


def _written(value: str | int | float | Decimal) -> str:
    try:
        return str(value)
    except ValueError:  # Python writes no number of more than some thousand digits
        return "a number without end"


def _is_storable(text: str) -> bool:
    """Whether any database holds it: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _cannot_be_sent(text: str, control: str) -> str:
    """Nobody can see it, so it is named, with the last word before it."""
    word = "".join(text.partition(control)[0].split()[-1:])[-20:]
    place = f"after “{word}”" if word else "at its beginning"
    return f"This holds an invisible control character (U+{ord(control):04X}) {place}. Delete it or type this anew."


def _shown(number: Decimal, text: str) -> str:
    """A number in full where it is short; written out, `1e999999` would fill the page."""
    return f"{number:f}" if abs(number.adjusted()) < 12 and len(text) < 24 else text[:24]


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)

"""One valid request for a video, to and from the API's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from .links import upload_id
from .modes import DEFAULT_MODEL, MODELS, Mode, find_mode
from .parameters import InvalidValue, Value

LINKS = ("image", "audio", "video")


class InvalidRequest(Exception):
    """A request that the API would refuse. `errors` maps the API's parameter names to a message for people."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors.items()))
        self.errors = errors


@dataclass(frozen=True)
class GenerationRequest:
    """One valid request. Build it with `parse`. `values` are the parameters that are sent, by their names: lengths in
    seconds to a tenth, the seed as a whole number, everything else as text.
    """

    model: str
    type: str
    values: Mapping[str, Value]

    @property
    def kind(self) -> Mode:
        return MODELS[self.model].modes[self.type]

    def text(self, name: str) -> str:
        """A parameter as text; empty where it is not sent."""
        return str(self.values.get(name, ""))

    @property
    def prompt(self) -> str:
        return self.text("prompt")

    @property
    def resolution(self) -> str:
        return self.text("resolution")

    @property
    def aspect_ratio(self) -> str:
        return self.text("aspect_ratio")

    @property
    def seed(self) -> int:
        return int(self.values[self.kind.of_kind("seed")[0].name])

    @property
    def seconds(self) -> Decimal:
        """The length of the video in seconds, whichever parameter carries it."""
        return Decimal(self.values[self.kind.length.name])

    @property
    def own_files(self) -> dict[str, int]:
        """By parameter: the uploads that stand where a link has to be before this is sent."""
        links = {name: upload_id(self.text(name)) for name in LINKS}
        return {name: number for name, number in links.items() if number is not None}

    def with_seed(self, seed: int) -> GenerationRequest:
        return replace(self, values={**self.values, self.kind.of_kind("seed")[0].name: seed})

    def to_api(self) -> dict[str, Any]:
        """The JSON body of `POST /videos/generations`, in the documentation's order."""
        order = MODELS[self.model].parameters
        values = {name: self.values[name] for name in order if name in self.values}
        return {"model": self.model, "type": self.type, **{name: _json(value) for name, value in values.items()}}

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> GenerationRequest:
        """A request from the API's JSON or from a form's strings. Defaults are the API's own; parameters that the mode
        does not take are left out.

        Raises InvalidRequest with a message for each parameter that is wrong.
        """
        model = data.get("model") or DEFAULT_MODEL
        if not isinstance(model, str) or model not in MODELS:
            raise InvalidRequest({"model": f"Choose one of {', '.join(MODELS)}."})
        type = data.get("type")
        mode = find_mode(type, model) if isinstance(type, str) else None
        if mode is None:
            raise InvalidRequest({"type": f"Choose one of {', '.join(MODELS[model].modes)}."})
        values, errors = {}, {}
        for parameter in mode.parameters:
            try:
                values[parameter.name] = parameter.clean(
                    data.get(parameter.name), required=parameter.name in mode.needed
                )
            except InvalidValue as error:
                errors[parameter.name] = str(error)
        if errors:
            raise InvalidRequest(errors)
        return cls.of(mode, values)

    @classmethod
    def of(cls, mode: Mode, values: Mapping[str, Value | None]) -> GenerationRequest:
        """A request of clean values; those that are None are not sent."""
        return cls(mode.model, mode.name, {name: value for name, value in values.items() if value is not None})


def _json(value: Value) -> str | int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value

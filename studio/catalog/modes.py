"""What can be made: the models, each read once from its TOML file in this folder, and their modes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .parameters import CLEAN, Parameter

T = TypeVar("T")


class CatalogError(Exception):
    """A TOML file that cannot be read. Its text is one line that names the file and the place in it."""


@dataclass(frozen=True)
class Mode:
    """One way to make a video with a model.

    `parameters` are in the order in which the composer shows them; `needed` are the names of those that cannot be left
    out. `undocumented` parameters are sent only when somebody asks for it; it says in words what they are.
    `prices` are the credits for the shortest and the longest video by resolution; `published` are the lengths whose
    prices the provider shows.
    """

    model: str
    name: str
    title: str
    purpose: str
    parameters: tuple[Parameter, ...]
    needed: frozenset[str]
    prices: Mapping[str, tuple[int, int]]
    published: Mapping[str, tuple[int, ...]]
    undocumented: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    help: str = ""
    caution: str = ""

    @property
    def key(self) -> str:
        """What addresses and forms call it: its name, after that of its model where it is not the default model's."""
        return self.name if self.model == DEFAULT_MODEL else f"{self.model}:{self.name}"

    def of_kind(self, kind: str) -> list[Parameter]:
        return [parameter for parameter in self.parameters if parameter.kind == kind]

    @property
    def length(self) -> Parameter:
        """The parameter that carries the length of the video."""
        return self.of_kind("seconds")[0]

    def parameter(self, name: str) -> Parameter:
        return next(parameter for parameter in self.parameters if parameter.name == name)


@dataclass(frozen=True)
class Model:
    """One model. `parameters` are the names of all, in the order of the provider's documentation."""

    name: str
    title: str
    parameters: tuple[str, ...]
    modes: Mapping[str, Mode]

    @property
    def first(self) -> Mode:
        return next(iter(self.modes.values()))


def read_model(path: Path) -> Model:
    """The model of a TOML file. Raises CatalogError."""
    try:
        file = _Table(path.name, tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path.name}: {error}") from None
    name, title = file.take("name", str), file.take("title", str)
    parameters = {table.name: _parameter(table) for table in file.tables("parameters")}
    modes = [_mode(name, table, parameters) for table in file.tables("modes")]
    file.is_read()
    if not modes:
        raise CatalogError(f"{path.name}: modes: there has to be one")
    return Model(name, title, tuple(parameters), {mode.name: mode for mode in modes})


def read_models(folder: Path) -> dict[str, Model]:
    models = [read_model(path) for path in folder.glob("*.toml")]
    return {model.name: model for model in sorted(models, key=lambda model: model.name)}


class _Table:
    """A table of the file. It knows its place, so that a message can name it, and what nobody has read."""

    def __init__(self, place: str, data: Any) -> None:
        self.place, self.name = place, place.rpartition(".")[2]
        if not isinstance(data, dict):
            raise CatalogError(f"{place}: this has to be a table")
        self.left = dict(data)

    def take(self, name: str, kind: type[T], default: T | None = None) -> T:
        value = self.left.pop(name, default)
        if value is None:
            raise CatalogError(f"{self.place}: {name} is missing")
        if type(value) is not kind:
            raise self.error(name, f"this has to be {_KINDS[kind]}")
        return value

    def tables(self, name: str) -> list[_Table]:
        inner = self.take(name, dict)
        return [_Table(f"{self.place}: {name}.{each}", data) for each, data in inner.items()]

    def words(self, name: str) -> dict[str, str]:
        found: dict[str, str] = self.take(name, dict, {})
        if not all(isinstance(words, str) for words in found.values()):
            raise self.error(name, "these have to be words")
        return found

    def numbers(self, name: str) -> dict[str, tuple[int, ...]]:
        found = self.take(name, dict)
        for each, numbers in found.items():
            if not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
                raise self.error(f"{name}.{each}", "this has to be a list of whole numbers")
        return {each: tuple(numbers) for each, numbers in found.items()}

    def is_read(self) -> None:
        for name in self.left:
            raise self.error(name, "nothing has this name")

    def error(self, name: str, why: str) -> CatalogError:
        joint = "." if ": " in self.place else ": "
        return CatalogError(f"{self.place}{joint}{name}: {why}")


_KINDS: dict[type, str] = {str: "text", int: "a whole number", bool: "true or false", dict: "a table", list: "a list"}


def _parameter(table: _Table) -> Parameter:
    found = Parameter(
        table.name,
        kind=table.take("kind", str),
        label=table.take("label", str),
        choices=table.words("choices"),
        default=table.take("default", str, ""),
        least=table.take("least", int, 0),
        most=table.take("most", int, 0),
        step=table.take("step", int, 1),
        whole=table.take("whole", bool, False),
        measures=table.take("measures", str, ""),
        stacked=table.take("stacked", bool, False),
    )
    table.is_read()
    if found.kind not in CLEAN:
        raise table.error("kind", f"this has to be one of {', '.join(CLEAN)}")
    if found.kind == "choice" and found.default not in found.choices:
        raise table.error("default", f"this has to be one of {', '.join(found.choices)}")
    if found.kind == "seconds" and not (0 < found.least < found.most and found.step > 0):
        raise table.error("least", "a length has a least, a most and a step")
    if found.kind in ("text", "seed") and found.most <= 0:
        raise table.error("most", "this has to be above 0")
    return found


def _mode(model: str, table: _Table, parameters: Mapping[str, Parameter]) -> Mode:
    needs, takes, undocumented = table.take("needs", list), table.take("takes", list), table.words("undocumented")
    names = [*needs, *undocumented, *takes]
    for name in names:
        if name not in parameters:
            raise CatalogError(f"{table.place}: there is no parameter {name!r}")
    found = Mode(
        model,
        table.name,
        title=table.take("title", str),
        purpose=table.take("purpose", str),
        parameters=tuple(parameters[name] for name in names),
        needed=frozenset(needs),
        prices={name: (least, most) for name, (least, most) in _pairs(table)},
        published=table.numbers("published"),
        undocumented=undocumented,
        example=table.take("example", str, ""),
        help=table.take("help", str, ""),
        caution=table.take("caution", str, ""),
    )
    table.is_read()
    for kind in ("seconds", "seed"):
        if len(found.of_kind(kind)) != 1:
            raise CatalogError(f"{table.place}: a mode takes one parameter of the kind {kind!r}")
    if "resolution" not in names or set(found.parameter("resolution").choices) != set(found.prices):
        raise table.error("prices", "each resolution has a price")
    if not set(found.published) <= set(found.prices):
        raise table.error("published", "this is for resolutions that have a price")
    return found


def _pairs(table: _Table) -> list[tuple[str, tuple[int, ...]]]:
    prices = table.numbers("prices")
    for name, pair in prices.items():
        if len(pair) != 2:
            raise table.error(f"prices.{name}", "this has to be two numbers")
    return list(prices.items())


MODELS = read_models(Path(__file__).parent)
DEFAULT_MODEL = next(iter(MODELS))


def find_mode(name: str, model: str = "") -> Mode | None:
    """The mode of this name or key; None where the model has none, or there is no such model."""
    before, _, name = name.rpartition(":")
    found = MODELS.get(model or before or DEFAULT_MODEL)
    return found.modes.get(name) if found else None


def default_mode() -> Mode:
    return MODELS[DEFAULT_MODEL].first


def every_mode() -> list[Mode]:
    return [mode for model in MODELS.values() for mode in model.modes.values()]


def choices_of(parameter: str) -> dict[str, str]:
    """The values that a parameter has in any mode of any model, with their words."""
    found: dict[str, str] = {}
    for mode in every_mode():
        for each in mode.parameters:
            if each.name == parameter:
                found |= {value: words for value, words in each.choices.items() if value not in found}
    return found


# The shortest and the longest video that any mode makes.
SECONDS_LEAST = min(mode.length.least for mode in every_mode())
SECONDS_MOST = max(mode.length.most for mode in every_mode())

"""What a page says, read as a browser reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "input", "img", "br", "source", "hr", "base"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Element]:
        """This element and all below it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts()).split())

    @property
    def exact(self) -> str:
        return "".join(self._texts())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            yield from [child] if isinstance(child, str) else child._texts()

    def all(self, tag: str = "", **attrs: str) -> list[Element]:
        wanted = {
            name.rstrip("_").replace("_", "-") if name != "hx_swap_oob" else "hx-swap-oob": value
            for name, value in attrs.items()
        }
        if "name" in attrs:
            wanted["name"] = attrs["name"]
        return [
            each
            for each in self
            if (not tag or each.tag == tag) and all(each.attrs.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **attrs: str) -> Element:
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} of {tag} {attrs}"
        return found[0]

    def id(self, name: str) -> Element:
        return self.one(id=name)

    def names(self) -> set[str]:
        """The names that this form sends."""
        return {
            each.attrs["name"]
            for each in self
            if each.tag in ("input", "textarea", "select", "button") and "name" in each.attrs
        }

    def values(self) -> dict[str, str]:
        """What this form sends as it stands."""
        sent: dict[str, str] = {}
        for each in self:
            name = each.attrs.get("name")
            chosen = each.attrs.get("type") not in ("radio", "checkbox") or "checked" in each.attrs
            if name and each.tag == "input" and chosen:
                sent[name] = each.attrs.get("value", "on")
            if name and each.tag == "textarea":
                sent[name] = each.exact
        return sent


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in [each.tag for each in self.open]:
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def text_of(answer: Any) -> str:
    """The body of an answer, of a file too."""
    return (answer.getvalue() if answer.streaming else answer.content).decode()


def read(answer: Any) -> Element:
    reader = _Reader()
    reader.feed(answer if isinstance(answer, str) else text_of(answer))
    return reader.root


def cards(page: Element) -> list[Element]:
    return [each for each in page.all("article") if each.attrs.get("id", "").startswith("generation-")]

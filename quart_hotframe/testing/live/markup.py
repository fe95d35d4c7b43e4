"""HTML as a tree that patches change."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser
from typing import Any

VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()
)  # fmt: skip
"""Elements without an end tag."""
CLOSED_BY = {
    "li": {"li"}, "option": {"option"}, "tr": {"tr", "td", "th"}, "td": {"td", "th"},
    "th": {"td", "th"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"},
    "tbody": {"thead", "tbody", "tr", "td", "th"},
}  # fmt: skip
"""Elements whose end tag may be absent before this one."""
RAW = ("script", "style", "template")


class Element:
    """An element. ``typed`` is what somebody wrote or chose in a field, ``None`` is nothing."""

    def __init__(self, tag: str, attributes: dict[str, str] | None = None) -> None:
        self.tag = tag
        self.attributes = attributes or {}
        self.children: list[Element | str] = []
        self.parent: Element | None = None
        self.typed: Any = None

    @property
    def id(self) -> str | None:
        """Its id."""
        return self.attributes.get("id")

    @property
    def text(self) -> str:
        """What one reads in it, with single spaces."""
        return " ".join("".join(_texts(self)).split())

    @property
    def html(self) -> str:
        """The element as HTML."""
        pairs = sorted(self.attributes.items())
        said = "".join(f' {name}="{escape(value)}"' for name, value in pairs)
        return f"<{self.tag}{said}>" + ("" if self.tag in VOID else f"{self.inner}</{self.tag}>")

    @property
    def inner(self) -> str:
        """What stands in it, as HTML."""
        return "".join(_written(one) for one in self.children)

    def all(self) -> Iterator[Element]:
        """Yield the elements in it, as they stand."""
        for one in list(self.children):
            if isinstance(one, Element):
                yield one
                yield from one.all()

    def above(self) -> Iterator[Element]:
        """Yield itself and those that it stands in."""
        one: Element | None = self
        while one is not None:
            yield one
            one = one.parent

    def by_id(self, id: str) -> Element | None:
        """Return the element with an id."""
        return next((one for one in self.all() if one.id == id), None)

    def put(self, children: Sequence[Element | str], at: int | None = None) -> None:
        """Insert children, at the end unless a place is given."""
        place = len(self.children) if at is None else at
        self.children[place:place] = children
        for one in children:
            if isinstance(one, Element):
                one.parent = self

    def place(self) -> tuple[Element, int]:
        """Return its parent, and where in it this one stands.

        :raises ValueError: it stands in none.
        """
        if self.parent is None:
            raise ValueError(f"<{self.tag}> stands in nothing.")
        return self.parent, next(n for n, one in enumerate(self.parent.children) if one is self)

    def replace(self, children: Sequence[Element | str]) -> None:
        """Put others into the place of this one."""
        parent, at = self.place()
        del parent.children[at]
        self.parent = None
        parent.put(children, at)


def _texts(one: Element) -> Iterator[str]:
    for child in one.children:
        if isinstance(child, str):
            yield child
        elif child.tag not in RAW and "hidden" not in child.attributes:
            yield " " if child.tag in ("br", "li", "p", "td", "th", "div", "option") else ""
            yield from _texts(child)
            yield "" if child.tag in ("b", "i", "em", "span", "a", "strong") else " "


def _written(one: Element | str) -> str:
    return escape(one, quote=False) if isinstance(one, str) else one.html


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self._at = Element("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while self._at.tag in CLOSED_BY.get(tag, ()) and self._at.parent is not None:
            self._at = self._at.parent
        made = Element(tag, {name: value or "" for name, value in attrs})
        self._at.put([made])
        if tag not in VOID:
            self._at = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for one in self._at.above():
            if one.tag == tag and one.parent is not None:
                self._at = one.parent
                return

    def handle_data(self, data: str) -> None:
        self._at.put([data])


def parse(html: str) -> Element:
    """Return an element without a tag that holds what HTML says."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root
